#pragma once
// Detections of one class in one video from its activation over time: what lies above a threshold, joined,
// scored and thinned out. The steps of TSRNet's detector (Zhang et al., AAAI 2019) and of most that learn
// from the labels of videos alone; activation_segments.h is W-TALC's own.
//
//   const auto found = decoding::threshold_segments(activations, {.thresholds = {0.3, 0.5}}, fps);
//
//   smoothing    a mean over so many positions about each (an even number and one more)
//   threshold    a share of the way from the video's lowest activation up to its highest (`range`), or a
//                factor of its mean (`mean`); of several thresholds, each makes segments of its own
//   grouping     runs strictly above the threshold; two that are at most `max_gap` apart are one; a run that
//                is shorter than `min_length` is dropped
//   score        mean or highest (smoothed) activation of the segment; or `contrast`, its mean less the mean
//                over `margin` times its length on both sides (AutoLoc, Shou et al., ECCV 2018)
//   NMS          the best first, and none that overlaps a better one by more than `nms`; of equals one
//
// The paper gives neither thresholds nor scores nor the NMS: the defaults are ours. Where all activations are
// equal (a network without attention), the whole video is the one segment.

#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/decoding/activation_segments.h"

namespace zoetrope::decoding {

enum class ThresholdOf { kRange, kMean };
inline EnumNames<ThresholdOf> config_names(ThresholdOf) {
  return {{"range", ThresholdOf::kRange}, {"mean", ThresholdOf::kMean}};
}

enum class SegmentScore { kMean, kMax, kContrast };
inline EnumNames<SegmentScore> config_names(SegmentScore) {
  return {{"mean", SegmentScore::kMean}, {"max", SegmentScore::kMax}, {"contrast", SegmentScore::kContrast}};
}

/// Lengths are seconds where a rate is given.
struct DetectOptions {
  double class_score =
      0.1;  ///< lowest score of a class of which a video's segments are searched (tasks/detection.h)
  std::vector<double> thresholds = {0.5};
  ThresholdOf of = ThresholdOf::kRange;
  double smoothing = 0;
  double max_gap = 0;
  double min_length = 0;
  SegmentScore score = SegmentScore::kMean;
  double margin = 0.25;
  double nms = 0.5;  ///< highest overlap (intersection over union) that is kept
};
void describe(ConfigFields& fields, DetectOptions& options);

/// Best first; `rate` is positions a second. Throws Error for a NaN.
[[nodiscard]] std::vector<ActivationSegment> threshold_segments(std::span<const double> activations,
                                                                const DetectOptions& options = {},
                                                                double rate = 1);

/// Of segments of one class, those that overlap no better one by more than `max_iou`, best first; of equals
/// one is kept. Of equal scores, the earlier in the list is the better.
[[nodiscard]] std::vector<ActivationSegment> suppress_overlaps(std::vector<ActivationSegment> segments,
                                                               double max_iou);

/// The mean over `width` positions about each; of those that there are, near the ends.
[[nodiscard]] std::vector<double> smooth(std::span<const double> values, std::int64_t width);

}  // namespace zoetrope::decoding
