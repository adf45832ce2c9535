#pragma once
// Iterative soft boundary assignment: Ding and Xu, "Weakly-Supervised Action Segmentation with Iterative Soft
// Boundary Assignment", CVPR 2018 (decoding/soft_boundaries.h). Rounds of training on targets that follow
// from the transcripts; after each, the boundaries of the training videos move to where the network is less
// sure. A round is an epoch of the trainer, and holds many passes over the videos.
//
//   loss   cross-entropy with soft targets, the mean over the frames of a batch; a frame weighs as its
//          class does, 1 / sqrt(how often the class stands in the sequences as they are), of mean 1 over the
//          classes
//   stop   the video-level loss: of each class, the cross-entropy between whether the transcript holds it
//          and its largest probability in the video, summed over classes, the mean over videos. The run ends
//          when it was not smaller for more than `patience` rounds; its best round is the bundle `best`,
//          whatever validation says
//
// As in the authors' code (Zephyr-D/TCFPN-ISBA): eight videos a step, padded with zeros; new weights every
// round (`restart`; the optimiser's averages go on); the first two rounds never count as the best. Any
// network of feature sequences that takes several videos at a time can learn so; the paper's is
// models/tcfpn.h.

#include <optional>
#include <vector>

#include "zoetrope/training/sequence_objective.h"

namespace zoetrope::training {

class IsbaObjective : public SequenceObjective {
 public:
  /// Throws Error (kUsage) as SequenceObjective, and where a transcript does not fit its video.
  IsbaObjective(SequenceRecipe recipe, SequenceData data,
                const models::ModelList& models = models::all_models());

  [[nodiscard]] std::int64_t steps() const override { return recipe_.isba.passes * steps_of_pass(); }
  void begin_epoch(std::int64_t epoch) override;
  [[nodiscard]] torch::Tensor loss(const ObjectiveStep& step) override;
  [[nodiscard]] std::string name_of(std::int64_t index) const override;
  void end_epoch(models::Model& model, torch::Device device, std::int64_t epoch) override;
  [[nodiscard]] bool is_done() const override;
  [[nodiscard]] std::optional<double> merit() const override;
  [[nodiscard]] models::NamedTensors state() const override;
  void restore(const models::NamedTensors& state) override;

  /// The training videos' transcripts with what was inserted so far.
  [[nodiscard]] const std::vector<std::vector<std::int64_t>>& sequences() const noexcept {
    return sequences_;
  }
  /// The video-level loss of each round so far.
  [[nodiscard]] const std::vector<double>& video_losses() const noexcept { return video_losses_; }

 private:
  struct Batch;

  [[nodiscard]] std::int64_t steps_of_pass() const;
  [[nodiscard]] std::size_t best_round() const;
  [[nodiscard]] std::vector<float> class_weights() const;
  [[nodiscard]] Batch batch_of(std::int64_t place) const;
  double move_boundaries(const torch::Tensor& probabilities, std::size_t video, std::int64_t round);

  std::vector<std::vector<std::int64_t>> sequences_;
  std::vector<double> video_losses_;
  std::vector<float> weights_;  // of the classes, in this round
  std::int64_t pass_ = -1;      // whose order is known
};

}  // namespace zoetrope::training
