#pragma once
// Iterative soft boundary assignment: Ding and Xu, "Weakly-Supervised Action Segmentation with Iterative Soft
// Boundary Assignment", CVPR 2018 (ISBA). A video's targets begin as its transcript, stretched evenly; after
// each round of training every boundary moves a little to the side on which the network is less sure, by an
// insertion:
//
//   transcript   a b         a  a b        (the network says `a` at the boundary: `a` grows)
//   frames       aaaabbbb -> aaaaabbb
//
// The frame at boundary i of n is floor((i + 1) / n T). Where the probability of the left class exceeds the
// right one's by more than `threshold`, the left class is repeated there, and the other way round; with
// probability `randomness` the other class is repeated instead. Boundaries between equal classes stay.
//
// As in the authors' code (Zephyr-D/TCFPN-ISBA): the targets are the one-hot rows of the transcript,
// stretched to T with linear interpolation (samples at pixel centres), which is what makes boundaries soft;
// the hard alignment that weighs the frames is the nearest stretch.

#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/core/random.h"
#include "zoetrope/decoding/frame_scores.h"

namespace zoetrope::decoding {

struct InsertionOptions {
  double threshold = 0.02;   ///< by which probabilities have to differ for a boundary to move
  double randomness = 0.1;   ///< how often it moves the other way
  std::int64_t repeats = 1;  ///< of the class that is inserted
};

/// `sequence` is a transcript or what insertions have made of one; `probabilities` are of the video's frames.
/// Draws a number for each insertion. A sequence that is as long as the video does not grow. Throws Error for
/// classes that are not there and for a sequence that is longer than the video.
[[nodiscard]] std::vector<std::int64_t> insert_at_boundaries(const std::vector<std::int64_t>& sequence,
                                                             const FrameScores& probabilities,
                                                             const InsertionOptions& options,
                                                             RandomGenerator& random);

/// The class of each of `frames` frames: the sequence stretched to the nearest. Of floor(t n / T).
[[nodiscard]] std::vector<std::int64_t> stretch_labels(std::span<const std::int64_t> sequence,
                                                       std::int64_t frames);

/// Of each frame, two neighbours in the sequence and how much of the second: its targets are 1 - share of the
/// first's class and share of the second's.
struct SoftLabels {
  std::vector<std::int64_t> first = {}, second = {};  ///< [T], classes
  std::vector<float> share = {};                      ///< [T], of `second`, in [0, 1)
};
[[nodiscard]] SoftLabels soften_labels(std::span<const std::int64_t> sequence, std::int64_t frames);

}  // namespace zoetrope::decoding
