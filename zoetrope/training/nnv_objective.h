#pragma once
// NeuralNetwork-Viterbi: Richard, Kuehne, Iqbal, Gall, "NeuralNetwork-Viterbi: A Framework for Weakly
// Supervised Video Learning", CVPR 2018. A network (models/gru.h) learns from alignments that it makes
// itself, video by video:
//
//   1. the video's frames are scored by the network, less the classes' prior, and aligned to its transcript
//      with Poisson lengths about the classes' means
//   2. steps of SGD, of 512 frames each in random order: the video's frames with the labels of the
//      alignment, and 25 times as many frames (or all) drawn from the buffer of earlier videos, with the
//      labels that those had then
//   3. the video and its alignment enter the buffer, as long as the training set; prior and mean lengths are
//      those of the buffer (decoding/class_statistics.h)
//
// All of it as in the authors' code (alexanderrichard/NeuralNetwork-Viterbi), which goes over shuffled videos
// again and again, as epochs do. A step of the trainer is one of SGD: an epoch has some thousands.
//
// Memory: the buffer holds its videos' features, as the authors' code does: all of the training set, sampled.
// 1,400 videos of 2,100 frames of 64 numbers are 750 MB; of 2,048 numbers 24 GB: `nnv.buffer` keeps fewer
// videos.

#include <optional>
#include <vector>

#include "zoetrope/training/alignment_buffer.h"
#include "zoetrope/training/sequence_objective.h"

namespace zoetrope::models {
class Gru;
}

namespace zoetrope::training {

class NnvObjective : public SequenceObjective {
 public:
  /// Throws Error (kUsage) as SequenceObjective, for another model than `gru`, and where a transcript does
  /// not fit its video.
  NnvObjective(SequenceRecipe recipe, SequenceData data,
               const models::ModelList& models = models::all_models());
  ~NnvObjective() override;

  [[nodiscard]] std::int64_t steps() const override { return begins_.back(); }
  void begin_epoch(std::int64_t epoch) override;
  [[nodiscard]] torch::Tensor loss(const ObjectiveStep& step) override;
  [[nodiscard]] std::string name_of(std::int64_t index) const override;

  [[nodiscard]] models::NamedTensors state() const override;
  void restore(const models::NamedTensors& state) override;

  /// Of the videos so far, oldest first.
  [[nodiscard]] const AlignmentBuffer& buffer() const noexcept { return buffer_; }

 private:
  struct Current;

  [[nodiscard]] std::optional<bundle::AlignmentSection> alignment() const override;
  [[nodiscard]] std::size_t place_of(std::int64_t index) const;  // in the order, of the step's video
  [[nodiscard]] std::int64_t frames_to_learn(std::size_t video, std::int64_t buffered) const;
  void load_frames(AlignedVideo& video) const;
  [[nodiscard]] std::vector<std::int64_t> align(const ObjectiveStep& step, std::size_t video) const;
  void start_video(const ObjectiveStep& step, std::size_t place);

  AlignmentBuffer buffer_;
  std::int64_t window_ = 0;
  std::vector<std::int64_t> begins_ = {0};  // the first step of each place in the order, and the end
  std::unique_ptr<Current> current_;        // the video that is being learned from
};

}  // namespace zoetrope::training
