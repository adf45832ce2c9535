#pragma once
// MuCon and SCT as what a run over features learns: one video a step, as both are published.
//
// Which videos carry labels under mixed supervision depends on the seed alone.

#include <vector>

#include "zoetrope/training/sequence_objective.h"

namespace zoetrope::training {

class SegmentationObjective : public SequenceObjective {
 public:
  /// Throws Error as SequenceObjective.
  SegmentationObjective(SequenceRecipe recipe, SequenceData data,
                        const models::ModelList& models = models::all_models());

  [[nodiscard]] torch::Tensor loss(const ObjectiveStep& step) override;

  /// Whether that training video's labels are used.
  [[nodiscard]] bool is_labelled(std::size_t video) const { return labelled_[video]; }

 private:
  [[nodiscard]] bool is_taught(std::int64_t epoch) const;
  [[nodiscard]] tasks::SequenceTarget target_of(std::size_t video) const;

  std::vector<bool> labelled_;
};

}  // namespace zoetrope::training
