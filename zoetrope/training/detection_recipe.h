#pragma once
// What a run over untrimmed videos with labels of whole videos is made of, as TOML: TSRNet and its variants.
// `zoetrope train` takes a recipe for one of these where it says `task = "detection"`.
//
//   Two-Stream         model.options.attention=mean loss.transfer=0
//   SRNet              loss.transfer=0
//   TSRNet w/o L_FC2   loss.fc2=0
//   overlapping classes first: a run over them, then another with init=runs/overlap/best

#include <cstdint>
#include <string>

#include "zoetrope/core/config.h"
#include "zoetrope/data/detection_set.h"
#include "zoetrope/decoding/threshold_segments.h"
#include "zoetrope/nn/tsrnet_loss.h"
#include "zoetrope/training/run_options.h"

namespace zoetrope::training {

inline constexpr const char* kDetectionTask = "detection";

/// What a trimmed clip's feature is: it is all action, so that it may well need no attention.
enum class TrimmedFeature { kMean, kAttention };
inline EnumNames<TrimmedFeature> config_names(TrimmedFeature) {
  return {{"mean", TrimmedFeature::kMean}, {"attention", TrimmedFeature::kAttention}};
}

struct DetectionDataOptions {
  data::DetectionOptions train = {.subset = "training"};
  data::DetectionOptions validation = {.subset = "validation"};  ///< without annotations: those of train
  data::DetectionOptions trimmed = {};  ///< clips with a class each; without annotations: no transfer
  bool validate = true;
  std::int64_t sample = 1;  ///< every so many-th frame is taken
  double fps = 0;           ///< frames of the features a second; 0: what the videos' durations tell
};
void describe(ConfigFields& fields, DetectionDataOptions& options);

struct DetectionRecipe {
  std::string task = kDetectionTask;
  RunOptions run = {.name = "detection",
                    .model = {.name = "tsrnet"},
                    .optimizer = {.lr = 1e-4, .nesterov = false, .weight_decay = 0, .groups = {{"flow", 5}}},
                    .schedule = {.kind = ScheduleKind::kStep},
                    .epochs = 100};
  DetectionDataOptions data = {};
  std::int64_t batch = 16;  ///< untrimmed videos, and as many trimmed clips
  TrimmedFeature trimmed = TrimmedFeature::kMean;
  nn::TsrnetLossOptions loss = {};
  decoding::DetectOptions decoding = {};  ///< of validation and of the bundle
  ExtractorOptions extractor = {};
};
void describe(ConfigFields& fields, DetectionRecipe& options);

}  // namespace zoetrope::training
