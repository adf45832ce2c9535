#pragma once
// TSRNet (models/tsrnet.h) as what a run over features learns: a step takes a batch of untrimmed videos with
// their classes, and as many trimmed clips for the transfer. Of the segments of training videos, the classes
// alone are used. Validation classifies whole videos and finds the actions in them
// (tasks/detection_scoring.h).
//
// The order of an epoch's videos and clips depends on the seed and the epoch alone; the last batch of an
// epoch may be smaller, and clips begin anew where there are fewer of them than videos.

#include <vector>

#include "zoetrope/data/detection_set.h"
#include "zoetrope/data/feature_streams.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/tsrnet.h"
#include "zoetrope/training/detection_recipe.h"
#include "zoetrope/training/objective.h"

namespace zoetrope::training {

/// The sets outlive the objective. Classes are those of `train`; the trimmed clips' are found among them by
/// name.
struct DetectionData {
  const data::DetectionSet& train;
  const data::DetectionSet* validation = nullptr;
  const data::DetectionSet* trimmed = nullptr;
};

class DetectionObjective : public Objective {
 public:
  /// The model's num_classes becomes the data's, and so do its streams and dimensions where each stream has
  /// files of its own. Throws Error (kUsage) for a recipe that does not fit the data.
  DetectionObjective(DetectionRecipe recipe, DetectionData data,
                     const models::ModelList& models = models::all_models());

  [[nodiscard]] const RunOptions& run() const override { return recipe_.run; }
  [[nodiscard]] RecipeText recipe() const override { return recipe_text(recipe_); }
  [[nodiscard]] std::int64_t steps() const override;
  void begin_epoch(std::int64_t epoch) override;
  [[nodiscard]] torch::Tensor loss(const ObjectiveStep& step) override;
  [[nodiscard]] std::string name_of(std::int64_t index) const override;
  [[nodiscard]] bool validates() const override { return data_.validation != nullptr; }
  [[nodiscard]] std::vector<tasks::HeadMetrics> validate(models::Model& model, torch::Device device) override;
  void describe_bundle(bundle::BundleConfig& config) const override;
  [[nodiscard]] const std::vector<std::string>& labels() const override { return data_.train.classes; }

 private:
  struct Batch {
    std::vector<torch::Tensor> features;  // [1, D, T] each
    torch::Tensor labels;                 // [N, C]
  };
  [[nodiscard]] Batch untrimmed_batch(const ObjectiveStep& step) const;
  [[nodiscard]] Batch trimmed_batch(const ObjectiveStep& step, std::int64_t count) const;
  [[nodiscard]] nn::TsrnetPrediction predict(models::Tsrnet& model, std::size_t stream,
                                             const Batch& untrimmed, const Batch& trimmed) const;
  [[nodiscard]] bool transfers() const;

  DetectionRecipe recipe_;
  DetectionData data_;
  std::vector<std::int64_t> shared_;                // class ids of the trimmed classes, or -1
  std::vector<std::size_t> order_, trimmed_order_;  // of the epoch
};

}  // namespace zoetrope::training
