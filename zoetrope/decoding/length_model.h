#pragma once
// What a segment's length says: log scores of lengths, as a table from length 0 on. Beyond the table's end, and
// at length 0, a score is minus infinity: the segment cannot be that long.
//
//   decoding::LengthScores scores = decoding::poisson_lengths(35.5);    // scores[40]: log mass of 40 frames
//
// Sources: Richard, Kuehne, Iqbal, Gall, NeuralNetwork-Viterbi, CVPR 2018, and its code, which MuCon (Souri et
// al., TPAMI 2022) took over. Both tables are concave where they are finite: alignment.h lives by that.

#include <cstdint>
#include <span>
#include <vector>

namespace zoetrope::decoding {

using LengthScores = std::vector<double>;

struct PoissonOptions {
  std::int64_t max_length = 2000;  ///< so many frames or more are not possible; frames of the decoder's rate
  /// Divides the mass by that of its mean, rounded, so that long segments do not score less than short ones:
  /// where transcripts of several classes compete. For one transcript it changes the score, not the lengths.
  bool renormalize = false;
};

/// scores[l] = l log m - m - log l!, of lengths 1 to max_length - 1. With `renormalize`, less
/// r log r - r - log (floor m)!, r = m rounded half to even, as the authors' code has it (there is no log of 0:
/// where r is 0, r log r is 0). Throws Error for a mean that is not above 0 and finite, and for max_length
/// below 2.
[[nodiscard]] LengthScores poisson_lengths(double mean, const PoissonOptions& options = {});

/// A table for each mean, which share their logarithms.
[[nodiscard]] std::vector<LengthScores> poisson_tables(std::span<const double> means,
                                                       const PoissonOptions& options = {});

/// 0 up to `threshold`, (l - threshold) log(alpha) above it, of lengths 1 to max_length. Throws Error for alpha
/// outside of (0, 1] and for max_length below 1.
[[nodiscard]] LengthScores threshold_lengths(double threshold, double alpha, std::int64_t max_length);

/// Throws Error for a table that is not finite from length 1 to its end, or not concave there.
void check_length_scores(const LengthScores& scores);

/// The mean length of each class over the segments of a transcript, of `lengths` as a network predicts them; 0
/// for classes that are not in it. MuCon's code scores a segment by the mean of its class, its text by its own
/// predicted length.
[[nodiscard]] std::vector<double> class_means(std::span<const std::int64_t> transcript,
                                              std::span<const double> lengths, std::int64_t num_classes);

}  // namespace zoetrope::decoding
