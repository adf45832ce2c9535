#pragma once
// Transfer from a 2D network to a 3D one without labels (nn/correspondence.h for the paper): both see the same clips, the
// teacher as frames, whose features are averaged, the student as a whole, and the student learns to tell whether frames
// and clip belong together. Any network that has features teaches any other. The student's bundle is what stays; a run
// with `init` finetunes it.
//
// Of a step's N clips come 2N pairs: each clip with its own frames, and with those of another video's clip in the step,
// drawn by seed, epoch and step; a clip whose step has no other video is in no negative pair. Each network's features are
// computed once a clip. Clips are cropped and coloured before they become frames, so that a pair shares what was drawn;
// each network's input is brought to the mean and deviation that it was trained with.
//
// Validation is the share of pairs that are told right, chance 50 %.

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/data/loader.h"
#include "zoetrope/models/list.h"
#include "zoetrope/nn/correspondence.h"
#include "zoetrope/training/correspondence_recipe.h"
#include "zoetrope/training/objective.h"

namespace zoetrope::training {

/// The sets outlive the objective. Two samples are of one video where their paths agree.
struct CorrespondenceData {
  const data::Dataset& train;
  data::SampleSource source;
  const data::Dataset* validation = nullptr;
  data::SampleSource validation_source = {};
  int workers = 0;  ///< threads that make clips; 0: one a core
};

/// For each sample of a step the place in it of another video's, drawn from all of these; -1 where there is none.
[[nodiscard]] std::vector<std::int64_t> other_videos(const data::Dataset& dataset,
                                                     const std::vector<std::int64_t>& samples,
                                                     RandomGenerator& random);

class CorrespondenceObjective : public Objective {
 public:
  /// Loads the teacher. Throws Error: kUsage for a recipe without one or with a model that has no features, else as
  /// bundle::load_bundle.
  CorrespondenceObjective(CorrespondenceRecipe recipe, CorrespondenceData data,
                          const models::ModelList& models = models::all_models());

  [[nodiscard]] const RunOptions& run() const override { return recipe_.run; }
  [[nodiscard]] RecipeText recipe() const override { return recipe_text(recipe_); }
  [[nodiscard]] std::shared_ptr<torch::nn::Module> beside() override { return head_; }
  [[nodiscard]] std::int64_t steps() const override { return loader_->steps(); }
  void begin_epoch(std::int64_t epoch) override;
  [[nodiscard]] torch::Tensor loss(const ObjectiveStep& step) override;
  [[nodiscard]] std::string name_of(std::int64_t index) const override;
  [[nodiscard]] bool validates() const override { return data_.validation != nullptr; }
  [[nodiscard]] std::vector<tasks::HeadMetrics> validate(models::Model& model, torch::Device device) override;
  void describe_bundle(bundle::BundleConfig& config) const override;
  [[nodiscard]] const std::vector<std::string>& labels() const override { return no_labels_; }
  [[nodiscard]] models::NamedTensors state() const override;
  void restore(const models::NamedTensors& state) override;
  [[nodiscard]] const models::Model& teacher() const noexcept { return *teacher_; }

 private:
  struct Pairs {
    torch::Tensor logits, answers;  // [P, 2] and [P], 1 where they belong together
  };
  void load_teacher(const models::ModelList& models);
  void make_head(const models::ModelList& models);
  [[nodiscard]] std::vector<std::int64_t> others(const data::Dataset& dataset, const data::Batch& batch,
                                                 std::int64_t epoch) const;
  [[nodiscard]] Pairs compare(models::Model& student, const torch::Tensor& clips,
                              const std::vector<std::int64_t>& others, torch::Device device);

  CorrespondenceRecipe recipe_;
  CorrespondenceData data_;
  std::shared_ptr<models::Model> teacher_;
  InputOptions teacher_input_;
  std::shared_ptr<nn::CorrespondenceHead> head_;
  std::vector<std::string> untrained_;  // of the student: what its features do not depend on
  std::optional<data::Loader> loader_, validation_loader_;
  std::int64_t epoch_ = -1, next_step_ = 0;
  std::vector<std::string> no_labels_;
};

}  // namespace zoetrope::training
