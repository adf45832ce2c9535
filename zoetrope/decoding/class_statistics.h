#pragma once
// How often and how long each class was in the alignments so far: what NeuralNetwork-Viterbi (Richard,
// Kuehne, Iqbal, Gall, CVPR 2018) and CDFL (Li, Lei, Todorovic, ICCV 2019) know of classes beside the
// network.
//
//   ClassStatistics statistics(num_classes);
//   statistics.add(transcript, lengths);                 // of a video; `remove` when it leaves the buffer
//   std::vector<double> prior = statistics.prior();
//
// As in the authors' code (alexanderrichard/NeuralNetwork-Viterbi): the prior of a class is its share of the
// frames, scaled by 1 - u / N where u of the N classes were never seen; those have 1 / N each, and all sum to
// 1. The mean length is frames over segments; of a class that was never seen, that of all classes. Before
// anything is added the prior is uniform and mean lengths are 1.

#include <cstdint>
#include <span>
#include <vector>

namespace zoetrope::decoding {

class ClassStatistics {
 public:
  explicit ClassStatistics(std::int64_t num_classes);

  /// Of an aligned video: the classes of its segments, and their lengths in frames. Throws Error for a class
  /// that is not there and for sizes that differ.
  void add(std::span<const std::int64_t> transcript, std::span<const std::int64_t> lengths);
  void remove(std::span<const std::int64_t> transcript, std::span<const std::int64_t> lengths);

  /// Sums to 1, every class above 0.
  [[nodiscard]] std::vector<double> prior() const;
  [[nodiscard]] std::vector<double> mean_lengths() const;

  [[nodiscard]] const std::vector<std::int64_t>& frames() const noexcept { return frames_; }
  [[nodiscard]] const std::vector<std::int64_t>& segments() const noexcept { return segments_; }

 private:
  void count(std::span<const std::int64_t> transcript, std::span<const std::int64_t> lengths,
             std::int64_t sign);

  std::vector<std::int64_t> frames_, segments_;  // by class
};

}  // namespace zoetrope::decoding
