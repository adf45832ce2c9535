#pragma once
// All that papers print of a temporal segmentation, over a set of videos.
//
//   metrics::SegmentationTally tally(num_classes, background);
//   tally.add(predicted, truth);                                // labels of a video's frames
//   tally.report().f1_pooled[2];                                // F1@50

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "zoetrope/metrics/segmentation.h"
#include "zoetrope/metrics/transcript.h"

namespace zoetrope::metrics {

inline constexpr std::array<double, 3> kSegmentOverlaps = {0.10, 0.25, 0.50};

/// Labels of a video's frames, both of one length.
struct LabelledVideo {
  Labels predicted;
  Labels truth;
};

/// Shares in [0, 1]. Background is left out of edit, F1, IoD, IoU (of prediction and truth) and of
/// `mof_foreground` (of the truth), of nothing else.
struct SegmentationReport {
  std::int64_t videos = 0;
  std::int64_t frames = 0;
  double mof = 0;                 ///< over all frames
  double mof_foreground = 0;      ///< MoF-BG
  double accuracy_per_video = 0;  ///< mean over videos
  double edit = 0;                ///< mean over videos, as the following
  double iod = 0, iou = 0;
  /// Where every video has its true transcript (an alignment): IoD of segments that are matched in their order.
  std::optional<double> iod_aligned = {};
  double matching = 0, matching_edit_distance = 0, matching_difflib = 0;  ///< on whole transcripts
  double length_difference = 0;                                           ///< of transcripts, absolute
  std::array<double, 3> f1_pooled = {};     ///< of counts summed over videos, at kSegmentOverlaps
  std::array<double, 3> f1_per_video = {};  ///< mean over videos
  std::vector<ClassFrames> classes = {};
};

class SegmentationTally {
 public:
  explicit SegmentationTally(std::int64_t num_classes, Labels background = {});

  /// Throws Error where the lengths differ, or a label is outside of [0, num_classes).
  void add(Labels predicted, Labels truth);
  [[nodiscard]] SegmentationReport report() const;

 private:
  std::vector<std::int64_t> background_;
  SegmentationReport sums_;  // over videos, of what are means
  FrameCounts frames_, foreground_;
  double iod_aligned_ = 0;
  bool is_aligned_ = true;
  std::array<MatchCounts, kSegmentOverlaps.size()> pooled_ = {};
};

/// The same of videos that are all at hand.
[[nodiscard]] SegmentationReport report_segmentation(std::span<const LabelledVideo> videos,
                                                     std::int64_t num_classes, Labels background = {});

}  // namespace zoetrope::metrics
