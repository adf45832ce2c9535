#pragma once
// Metrics of temporal detection: average precision by the two public evaluators, which differ, and average
// recall. A number should be printed with the name of the evaluator that made it.
//
//   ActivityNet (Caba Heilbron et al., CVPR 2015), as the challenge's and MMAction2's code have it: detections
//   of a class over all videos in order of score; each looks at the true segments of its video and class in
//   order of IoU and takes the first that is free, if its IoU is high enough; AP is the area under the
//   precision made non-increasing (VOC 2011); mean over the classes of the truth.
//
//   Weakly supervised (W-TALC, Paul et al., ECCV 2018, as its code and many after it): segments are integer
//   ranges of feature positions; a detection takes the first free true segment in the order of the
//   annotations that overlaps enough; AP is the sum of precisions at hits over the number of true segments.
//
// Videos and classes are indices. Equal scores: the earlier detection first. Everything is a share in [0, 1].

#include <cstdint>
#include <span>
#include <vector>

namespace zoetrope::metrics {

struct TrueSegment {
  std::int64_t video = 0;
  std::int64_t label = 0;
  double start = 0;
  double end = 0;
};

struct Detection {
  std::int64_t video = 0;
  std::int64_t label = 0;
  double start = 0;
  double end = 0;
  double score = 0;
};

/// Intersection over union of [start, end) in time; 0 where neither is longer than a point.
[[nodiscard]] double temporal_iou(double start_a, double end_a, double start_b, double end_b);

struct DetectionPrecisions {
  std::vector<std::int64_t> classes = {};      ///< of the truth, ascending
  std::vector<std::vector<double>> each = {};  ///< [threshold][class]
  std::vector<double> mean = {};               ///< over classes, by threshold: mAP

  [[nodiscard]] double average() const;  ///< of `mean` over the thresholds
};

/// By ActivityNet's evaluator. Detections of classes or videos that the truth lacks count as misses of
/// nothing (a class) or as false positives (a video). Of equal IoUs the later true segment comes first, as
/// there. Throws Error for a NaN, as all do here.
[[nodiscard]] DetectionPrecisions activitynet_precisions(std::span<const Detection> detections,
                                                         std::span<const TrueSegment> truth,
                                                         std::span<const double> min_ious);

/// By the weakly supervised evaluator, on positions (to_position). Detections that overlap an `ambiguous`
/// segment of their video, of whatever class, are left out. Where a class of the truth is left without a
/// detection, the authors' code gives up and returns 0 for the whole threshold; without `as_published` that
/// class counts as 0.
[[nodiscard]] DetectionPrecisions weakly_supervised_precisions(std::span<const Detection> detections,
                                                               std::span<const TrueSegment> truth,
                                                               std::span<const TrueSegment> ambiguous,
                                                               std::span<const double> min_ious,
                                                               bool as_published = true);

/// Seconds as a position among features, rounded half to even.
[[nodiscard]] double to_position(double seconds, double positions_per_second);

/// The share of true segments that any of the first n detections of their video overlaps by `min_iou`, by
/// threshold, whatever the labels. The order within a video is the given one.
[[nodiscard]] std::vector<double> recall_at(std::span<const Detection> detections,
                                            std::span<const TrueSegment> truth, std::int64_t n,
                                            std::span<const double> min_ious);

/// Average recall over the average number of proposals, as ActivityNet's proposal task has it.
struct RecallCurve {
  std::vector<double> proposals = {};  ///< [100], average number a video
  std::vector<double> recall = {};     ///< [100], mean over the thresholds
  double area = 0;                     ///< under it, over the largest number of proposals: AUC
};

/// Of each video, the same share of its proposals is kept, highest score first, such that videos have
/// `max_average` on average; then 1 %, 2 %, ... of those. As in the challenge's code, times are rounded to
/// float32. Throws Error without truth or without proposals for its videos.
[[nodiscard]] RecallCurve average_recall(std::span<const Detection> proposals,
                                         std::span<const TrueSegment> truth, double max_average,
                                         std::span<const double> min_ious);

/// first, first + step, ... up to `last`.
[[nodiscard]] std::vector<double> thresholds(double first, double step, double last);

}  // namespace zoetrope::metrics
