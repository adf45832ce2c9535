#pragma once
// CDFL: Li, Lei, Todorovic, "Weakly Supervised Energy-Based Learning for Action Segmentation", ICCV 2019. The
// network, the alignment and what it knows of classes are NeuralNetwork-Viterbi's (nnv_objective.h); but a
// video is one step, whose loss is that of all segmentations near the alignment (nn/cdfl_loss.h), and no
// frames are buffered.
//
// As in the authors' code (JunLi-Galios/CDFL), whose rate is divided by 512. Any network of feature sequences
// can learn so.

#include <optional>

#include "zoetrope/training/alignment_buffer.h"
#include "zoetrope/training/sequence_objective.h"

namespace zoetrope::training {

class CdflObjective : public SequenceObjective {
 public:
  /// Throws Error (kUsage) as SequenceObjective, and where a transcript does not fit its video.
  CdflObjective(SequenceRecipe recipe, SequenceData data,
                const models::ModelList& models = models::all_models());

  [[nodiscard]] torch::Tensor loss(const ObjectiveStep& step) override;
  [[nodiscard]] models::NamedTensors state() const override { return state_of(buffer_); }
  void restore(const models::NamedTensors& state) override;

  [[nodiscard]] const AlignmentBuffer& buffer() const noexcept { return buffer_; }

 private:
  [[nodiscard]] std::optional<bundle::AlignmentSection> alignment() const override;

  AlignmentBuffer buffer_;
};

}  // namespace zoetrope::training
