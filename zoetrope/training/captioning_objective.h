#pragma once
// A captioner (models/captioner.h) as what a run over features learns: a step takes a batch of captions of the training
// videos, each with its video's features; a video comes as often in an epoch as it has captions. Words are those of the
// training captions (data/word_list.h). Validation says a caption of each video and compares it with all that people say
// of it: BLEU@4 of the whole set decides.
//
// The order of an epoch's captions depends on the seed and the epoch alone; the last batch may be smaller.

#include <string>
#include <utility>
#include <vector>

#include "zoetrope/data/captioning_set.h"
#include "zoetrope/data/word_list.h"
#include "zoetrope/models/list.h"
#include "zoetrope/training/captioning_recipe.h"
#include "zoetrope/training/objective.h"

namespace zoetrope::training {

/// The sets outlive the objective.
struct CaptioningData {
  const data::CaptioningSet& train;
  const data::CaptioningSet* validation = nullptr;
};

class CaptioningObjective : public Objective {
 public:
  /// The model's words, streams and dimensions become the data's, its max_steps the decoding's. Throws Error (kUsage) for a
  /// recipe that does not fit the data.
  CaptioningObjective(CaptioningRecipe recipe, CaptioningData data,
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
  [[nodiscard]] const std::vector<std::string>& labels() const override { return words_.labels(); }

 private:
  struct Example {
    std::size_t video = 0;
    std::vector<std::int64_t> words = {};
  };
  [[nodiscard]] torch::Tensor features_of(const data::CaptioningVideo& video,
                                          const data::CaptioningOptions& options) const;

  CaptioningRecipe recipe_;
  CaptioningData data_;
  data::WordList words_;
  std::vector<Example> examples_;
  std::vector<std::size_t> order_;  // of the epoch
};

}  // namespace zoetrope::training
