#pragma once
// MuCon and SCT as what a run over features learns: one video a step, as both are published. Validation segments whole
// videos at the full rate.
//
// The order of an epoch's videos, and which of them carry labels under mixed supervision, depend on the seed (and the
// epoch) alone.

#include <vector>

#include "zoetrope/data/segmentation_set.h"
#include "zoetrope/models/list.h"
#include "zoetrope/training/objective.h"
#include "zoetrope/training/sequence_recipe.h"

namespace zoetrope::training {

/// The sets outlive the objective and have the same classes.
struct SequenceData {
  const data::SegmentationSet& train;
  const data::SegmentationSet* validation = nullptr;
};

class SegmentationObjective : public Objective {
 public:
  /// The model's num_classes and in_channels become the data's, and so does max_steps where the recipe does not say it
  /// (the longest training transcript and the end). Throws Error (kUsage) for a recipe that does not fit the data.
  SegmentationObjective(SequenceRecipe recipe, SequenceData data,
                        const models::ModelList& models = models::all_models());

  [[nodiscard]] const RunOptions& run() const override { return recipe_.run; }
  [[nodiscard]] RecipeText recipe() const override { return recipe_text(recipe_); }
  [[nodiscard]] std::int64_t steps() const override { return std::ssize(data_.train.videos); }
  void begin_epoch(std::int64_t epoch) override;
  [[nodiscard]] torch::Tensor loss(const ObjectiveStep& step) override;
  [[nodiscard]] std::string name_of(std::int64_t index) const override;
  [[nodiscard]] bool validates() const override { return data_.validation != nullptr; }
  [[nodiscard]] std::vector<tasks::HeadMetrics> validate(models::Model& model, torch::Device device) override;
  void describe_bundle(bundle::BundleConfig& config) const override;
  [[nodiscard]] const std::vector<std::string>& labels() const override { return data_.train.classes; }

  /// Whether that training video's labels are used.
  [[nodiscard]] bool is_labelled(std::size_t video) const { return labelled_[video]; }

 private:
  [[nodiscard]] const data::SegmentationVideo& video_of(std::int64_t index) const;
  [[nodiscard]] bool is_taught(std::int64_t epoch) const;
  [[nodiscard]] tasks::SequenceTarget target_of(std::size_t video) const;

  SequenceRecipe recipe_;
  SequenceData data_;
  std::vector<bool> labelled_;
  std::vector<std::size_t> order_;  // of the epoch's videos
};

/// Columns 0, sample, 2 sample, ... of a video's features: [1, D, T].
[[nodiscard]] torch::Tensor load_features(const data::FeatureFile& file, std::int64_t sample = 1,
                                          std::int64_t num_frames = -1);

}  // namespace zoetrope::training
