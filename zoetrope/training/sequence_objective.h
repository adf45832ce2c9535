#pragma once
// What all methods share that learn to segment whole videos from their features: the data and what a recipe
// demands of it, the order of an epoch's videos, validation at the full rate, the bundle's description. A
// method adds its loss (segmentation_objective.h; nnv_objective.h, ...).
//
// The order of an epoch's videos depends on the seed and the epoch alone.

#include <memory>
#include <optional>
#include <vector>

#include "zoetrope/data/feature_scale.h"
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

class SequenceObjective : public Objective {
 public:
  /// The model's num_classes and in_channels become the data's, and so does max_steps where the recipe does
  /// not say it (the longest training transcript and the end). Throws Error (kUsage) for a recipe that does
  /// not fit the data.
  SequenceObjective(SequenceRecipe recipe, SequenceData data, const models::ModelList& models);

  [[nodiscard]] const RunOptions& run() const override { return recipe_.run; }
  [[nodiscard]] RecipeText recipe() const override { return recipe_text(recipe_); }
  /// A video each.
  [[nodiscard]] std::int64_t steps() const override { return std::ssize(data_.train.videos); }
  void begin_epoch(std::int64_t epoch) override { order_ = order_of(epoch); }
  [[nodiscard]] std::string name_of(std::int64_t index) const override;
  [[nodiscard]] bool validates() const override { return data_.validation != nullptr; }
  [[nodiscard]] std::vector<tasks::HeadMetrics> validate(models::Model& model, torch::Device device) override;
  void describe_bundle(bundle::BundleConfig& config) const override;
  [[nodiscard]] const std::vector<std::string>& labels() const override { return data_.train.classes; }

 protected:
  /// What a method that decodes by alignment has learned of it so far.
  [[nodiscard]] virtual std::optional<bundle::AlignmentSection> alignment() const { return std::nullopt; }

  [[nodiscard]] std::vector<std::size_t> order_of(std::int64_t epoch) const;
  [[nodiscard]] std::size_t video_at(std::int64_t place) const {
    return order_[static_cast<std::size_t>(place)];
  }
  [[nodiscard]] std::int64_t num_classes() const { return std::ssize(data_.train.classes); }
  /// Of a training video: sampled frames, and their features [1, D, T], on the CPU.
  [[nodiscard]] std::int64_t frames_of(std::size_t video) const;
  [[nodiscard]] torch::Tensor features_of(std::size_t video) const;
  /// The features of any video as the network takes them.
  [[nodiscard]] torch::Tensor columns_of(const data::SegmentationSet& set,
                                         const data::SegmentationVideo& video) const;
  /// Throws Error (kUsage) where a training video has fewer sampled frames than its transcript has actions.
  void check_transcripts_fit() const;

  SequenceRecipe recipe_;
  SequenceData data_;
  data::FeatureScale scale_;
  std::vector<std::size_t> order_;  // of the epoch's videos
};

/// A method's supervision in place of the recipe's, and its decoding where the recipe leaves the default.
[[nodiscard]] SequenceRecipe brought(SequenceRecipe recipe, Supervision supervision, tasks::Decode decode);

}  // namespace zoetrope::training
