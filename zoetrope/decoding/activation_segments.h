#pragma once
// Segments from class activations: where a class's activation over time is high. For detectors that were
// trained with the labels of videos alone.
//
// Source: W-TALC (Paul, Roy, Roy-Chowdhury, ECCV 2018) and its code (sujoyp/wtalc-pytorch), whose evaluator makes
// detections so; the threshold halfway between a video's lowest and highest activation is common among them.

#include <cstdint>
#include <span>
#include <vector>

namespace zoetrope::decoding {

struct ActivationSegment {
  std::int64_t start = 0;  ///< positions [start, end)
  std::int64_t end = 0;
  double score = 0;
};

struct ActivationOptions {
  double threshold = 0.5;       ///< share of the way from the highest activation down to the lowest
  std::int64_t min_length = 2;  ///< positions
  double video_weight = 0.7;    ///< of the video's score in a segment's
  std::int64_t top_part = 8;    ///< a video's score is the mean of its int(T / top_part) highest activations
};

/// Of one class in one video: the runs strictly above the threshold; the score of a run is its highest
/// activation plus video_weight times the video's score. None where the video's score is 0 or below, or T is
/// below top_part. Throws Error for a NaN.
[[nodiscard]] std::vector<ActivationSegment> activation_segments(std::span<const double> activations,
                                                                 const ActivationOptions& options = {});

}  // namespace zoetrope::decoding
