#pragma once
// What a run of 2D-to-3D transfer is made of, as TOML: `zoetrope train` takes a recipe for one where it says
// `task = "correspondence"`.

#include <cstdint>
#include <optional>
#include <string>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/core/config.h"
#include "zoetrope/data/augment.h"
#include "zoetrope/nn/correspondence.h"
#include "zoetrope/training/recipe.h"
#include "zoetrope/training/run_options.h"

namespace zoetrope::training {

inline constexpr const char* kCorrespondenceTask = "correspondence";

/// The frozen network, by one of the two.
struct TeacherSection {
  std::string bundle = {};
  std::optional<bundle::ModelSection> model =
      {};  ///< with weights as they begin: what a teacher knows, left out
};
void describe(ConfigFields& fields, TeacherSection& options);

struct CorrespondenceRecipe {
  std::string task = kCorrespondenceTask;
  /// The model is the student.
  RunOptions run = {.name = "transfer",
                    .model = {.name = "stc_resnet3d_18"},
                    .optimizer = {.lr = 0.1},
                    .schedule = {.kind = ScheduleKind::kStep, .milestones = {30, 60, 90, 120}},
                    .epochs = 150};
  TeacherSection teacher = {};
  WorldSection world = {};
  DataOptions data = {};  ///< labels are not looked at
  InputOptions input = {};
  data::AugmentOptions augment = {};
  nn::CorrespondenceOptions head = {};
  std::int64_t batch_size =
      32;  ///< clips of a step, each in a pair of its own frames and in one of another's
};
void describe(ConfigFields& fields, CorrespondenceRecipe& options);

}  // namespace zoetrope::training
