#pragma once
// The best lengths for a transcript, exact at every frame.
//
// Given the scores y of T frames for N classes, a transcript a_1 .. a_M and a log score g_m of each segment's
// length, find the lengths l_1 .. l_M that maximise
//
//   sum_t y[t, a(t)] + sum_m g_m(l_m),     l_m >= 1, sum_m l_m = T
//
// where a(t) is the class of the segment that holds frame t (MuCon: Souri et al., TPAMI 2022; M. Fayyaz,
// Holistic Video Understanding, 9.14 and 9.15, with Poisson lengths). With Y_m(t) the sum of y[u, a_m] over
// u < t, the best score F_m(t) of the first m segments filling the first t frames is
//
//   F_0(0) = 0,   F_m(t) = Y_m(t) + max over s of [ F_{m-1}(s) - Y_m(s) + g_m(t - s) ],   t - L < s < t
//
// which costs M T L additions where it is done as it stands (L the longest length). But g_m is concave in its
// band, and minus infinity outside of it, which is concave, too. So for s < s' and t < t', from
// t - s' <= t - s, t' - s' <= t' - s and their equal sums,
//
//   g(t - s) + g(t' - s') >= g(t - s') + g(t' - s):
//
// a later start s' that is as good as s at t stays so at every later t': the least best start does not
// decrease with t. The step therefore takes the middle t first, scans its starts, and leaves each half of the
// frames only the starts on its own side: T log T additions a segment, M T log T in all, and M T integers of
// memory to find the way back. Frames that score minus infinity only make starts impossible in the same
// order, so the argument holds with them.
//
// Floating point: sums are of float64; of two alignments that differ by less than their rounding, either may
// be found. Exact ties, as in flat scores, go to the earliest last boundary, then to the earliest before it.

#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/decoding/frame_scores.h"
#include "zoetrope/decoding/length_model.h"

namespace zoetrope::decoding {

/// Ceiling on (segments) x (frames): 4 bytes each.
inline constexpr std::int64_t kMaxAlignmentCells = std::int64_t{1} << 30;

struct Alignment {
  double score = 0;                        ///< minus infinity where no lengths are possible
  std::vector<std::int64_t> lengths = {};  ///< one a segment, frames; empty where none are possible
};

/// `lengths` has a table for each segment, concave and finite from length 1 to its end (length_model.h).
/// Throws Error for labels that are no class, scores that are NaN or plus infinity, and tables that are not
/// concave.
[[nodiscard]] Alignment align(const FrameScores& scores, std::span<const std::int64_t> transcript,
                              std::span<const LengthScores> lengths);

/// With Poisson lengths; `means` has one a segment (the text; class_means makes the code's). With max_length
/// 0, a segment may be as long as the video.
[[nodiscard]] Alignment align_poisson(const FrameScores& scores, std::span<const std::int64_t> transcript,
                                      std::span<const double> means, PoissonOptions options = {});

/// The class of each frame.
[[nodiscard]] std::vector<std::int64_t> labels_of(std::span<const std::int64_t> transcript,
                                                  std::span<const std::int64_t> lengths);

}  // namespace zoetrope::decoding
