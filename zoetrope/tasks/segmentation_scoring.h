#pragma once
// How good segmentations are, over the videos of a data set, in the manner of MS-TCN: frames, and the segments' counts,
// are summed over all videos; the edit score is a mean over them. Background counts as a class in `accuracy`, and in
// nothing else (metrics/segmentation.h).
//
//   tasks::SegmentationScoring scoring(classes, background);
//   scoring.add(predicted, truth);                              // frame labels of a video
//   const tasks::HeadMetrics metrics = scoring.result();

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zoetrope/metrics/segmentation_report.h"
#include "zoetrope/tasks/scoring.h"

namespace zoetrope::tasks {

class SegmentationScoring {
 public:
  SegmentationScoring(std::vector<std::string> classes, const std::vector<std::int64_t>& background);

  void add(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth);

  /// "accuracy" (MoF) first; with background, "accuracy_bg" (frames whose truth is none); "edit", "f1@10", "f1@25",
  /// "f1@50", "iod", and of an alignment "iod_aligned" (metrics/segmentation_report.h). Samples are videos; the
  /// classes' values are the shares of their frames that are right.
  [[nodiscard]] HeadMetrics result() const;

 private:
  std::vector<std::string> classes_;
  bool has_background_;
  metrics::SegmentationTally tally_;
};

}  // namespace zoetrope::tasks
