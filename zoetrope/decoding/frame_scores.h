#pragma once
// The scores of frames for classes that a decoder starts from.

#include <cstdint>
#include <span>
#include <vector>

namespace zoetrope::decoding {

/// [num_frames, num_classes], frame after frame: log probabilities (less the log priors of classes, where the
/// baselines want it). Minus infinity is "not this class"; NaN and plus infinity are an Error.
struct FrameScores {
  std::span<const float> values;
  std::int64_t num_classes = 0;

  [[nodiscard]] std::int64_t num_frames() const {
    return num_classes <= 0 ? 0 : static_cast<std::int64_t>(values.size()) / num_classes;
  }
};

/// Throws Error where the values are no whole rows, or one is NaN or plus infinity.
void check_frame_scores(const FrameScores& scores);

/// Throws Error where a label is none of `num_classes` classes.
void check_transcript(std::span<const std::int64_t> transcript, std::int64_t num_classes);

/// A class's scores added up, so that those of any stretch of frames are one difference.
struct ClassSums {
  std::vector<double> sums = {};         ///< [num_frames + 1]; frames of minus infinity count as 0
  std::vector<std::int32_t> first = {};  ///< [num_frames + 1]: the least s such that none lies in [s, t)
};

/// Of the classes that `wanted` marks, [num_classes]; the others stay empty.
[[nodiscard]] std::vector<ClassSums> add_up(const FrameScores& scores, const std::vector<bool>& wanted);

}  // namespace zoetrope::decoding
