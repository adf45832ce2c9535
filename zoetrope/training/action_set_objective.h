#pragma once
// ActionSet: Richard, Kuehne, Gall, "Action Sets: Weakly Supervised Action Segmentation without Ordering
// Constraints", CVPR 2018. Single frames learn which classes occur in their video (models/action_set.h): the
// sum over the classes of the cross-entropy of yes or no, the mean over a batch of frames. Prior, mean
// lengths and a grammar follow from the sets alone (decoding/set_grammar.h), and decode by alignment.
//
// As in the authors' code (alexanderrichard/action-sets). Theirs shuffles the frames of all videos, all of
// them in memory; here frames are shuffled within pools of videos, `pool` at a time in a shuffled order,
// which are read once an epoch: 64 videos of 2,100 frames of 2,048 numbers are 1.1 GB. The background, which
// begins and ends each transcript of the grammar, is the first of the data's.

#include <optional>
#include <vector>

#include "zoetrope/training/sequence_objective.h"

namespace zoetrope::training {

class ActionSetObjective : public SequenceObjective {
 public:
  /// Throws Error (kUsage) as SequenceObjective, for another model than `action_set`, and where the videos
  /// are too short for `action_set.min_length`.
  ActionSetObjective(SequenceRecipe recipe, SequenceData data,
                     const models::ModelList& models = models::all_models());

  [[nodiscard]] std::int64_t steps() const override { return begins_.back(); }
  void begin_epoch(std::int64_t epoch) override;
  [[nodiscard]] torch::Tensor loss(const ObjectiveStep& step) override;
  [[nodiscard]] std::string name_of(std::int64_t index) const override;

 private:
  [[nodiscard]] std::optional<bundle::AlignmentSection> alignment() const override { return alignment_; }
  [[nodiscard]] std::size_t pool_of(std::int64_t index) const;
  void load_pool(std::int64_t epoch, std::size_t pool);

  bundle::AlignmentSection alignment_;
  std::vector<std::int64_t> begins_ = {0};  // the first step of each pool, and the end
  std::optional<std::size_t> loaded_;       // the pool that these are of:
  torch::Tensor frames_;                    // [F, D], shuffled
  torch::Tensor occurs_;                    // [F, C], int64: 1 where the video's set holds the class
};

}  // namespace zoetrope::training
