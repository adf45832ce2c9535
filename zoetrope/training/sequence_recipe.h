#pragma once
// What a run over feature sequences is made of, as TOML: recipe.h for networks that segment whole videos (MuCon, SCT).
// `zoetrope train` takes a recipe for one of these where it says `task = "segmentation"`.

#include <cstdint>
#include <string>

#include "zoetrope/core/config.h"
#include "zoetrope/data/segmentation_set.h"
#include "zoetrope/tasks/segmentation.h"
#include "zoetrope/training/run_options.h"

namespace zoetrope::training {

inline constexpr const char* kSegmentationTask = "segmentation";

/// What a training video tells. Its labels of frames are used for no more than that.
enum class Supervision {
  kFrames,       ///< the label of every frame
  kMixed,        ///< that, of a share of the videos; the transcript of the others
  kTranscripts,  ///< the actions in their order
  kSets          ///< the actions
};
inline EnumNames<Supervision> config_names(Supervision) {
  return {{"frames", Supervision::kFrames},
          {"mixed", Supervision::kMixed},
          {"transcripts", Supervision::kTranscripts},
          {"sets", Supervision::kSets}};
}

/// For how long MuCon's decoder is given the true actions.
enum class Teaching { kAlways, kFirst, kNever };
inline EnumNames<Teaching> config_names(Teaching) {
  return {{"always", Teaching::kAlways}, {"first", Teaching::kFirst}, {"never", Teaching::kNever}};
}

struct SequenceDataOptions {
  data::SegmentationOptions train = {};
  data::SegmentationOptions validation = {.subset = "test"};  ///< without a root: that of train
  bool validate = true;
  std::int64_t sample = 1;  ///< every so many-th frame is taken; validation is at the full rate
  double fps = 0;           ///< frames of the features a second, for timelines; 0: not known
};
void describe(ConfigFields& fields, SequenceDataOptions& options);

struct SequenceRecipe {
  std::string task = kSegmentationTask;
  RunOptions run = {
      .name = "segmentation",
      .model = {.name = "mucon"},
      .optimizer = {.lr = 0.01, .momentum = 0, .nesterov = false, .weight_decay = 0.005, .decay_all = true},
      .schedule = {.kind = ScheduleKind::kStep, .milestones = {70}},
      .epochs = 150};
  SequenceDataOptions data = {};
  Supervision supervision = Supervision::kTranscripts;
  double labelled = 0.1;  ///< share of the videos with labels, of mixed supervision; drawn by the seed
  Teaching teaching = Teaching::kAlways;
  double teaching_epochs = 70;  ///< of `first`
  nn::MuconLossOptions mucon = {};
  nn::SctLossOptions sct = {};
  tasks::DecodeOptions decoding = {};  ///< of validation and of the bundle
  std::string extractor = {};          ///< goes into the bundle: see bundle::SequenceSection
};
void describe(ConfigFields& fields, SequenceRecipe& options);

}  // namespace zoetrope::training
