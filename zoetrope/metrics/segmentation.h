#pragma once
// Metrics of temporal segmentation, from the labels of frames. Prediction and truth of a video are spans of
// class ids, one a frame, of equal length (else Error). Everything is a share in [0, 1]; tables print
// percent.
//
// Frames and segments are counted, so that counts can be summed over videos before they become shares:
// accuracy over all frames (MoF) and F1 with pooled counts (MS-TCN's way) are `total += count(...)` over the
// videos. The edit score is a mean over videos. Lea et al. average accuracy and F1 over videos too: take each
// video's share then.
//
// Sources: MoF, edit and F1@k as in M. Fayyaz, Holistic Video Understanding, section 2.10 (2.15 to 2.20); Lea
// et al., Temporal Convolutional Networks for Action Segmentation and Detection, CVPR 2017; Abu Farha and
// Gall, MS-TCN, CVPR 2019. Where the text and the authors' code differ, the code is followed; the functions
// say in what.

#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/metrics/match_counts.h"

namespace zoetrope::metrics {

using Labels = std::span<const std::int64_t>;

/// Frames [start, end) of one label.
struct LabelRun {
  std::int64_t label = 0;
  std::int64_t start = 0;
  std::int64_t end = 0;
};

/// The runs of equal labels, without those of a background class. Two runs of one class with background
/// between them stay two.
[[nodiscard]] std::vector<LabelRun> label_runs(Labels labels, Labels background = {});

struct FrameCounts {
  std::int64_t correct = 0;
  std::int64_t total = 0;

  [[nodiscard]] double accuracy() const {
    return total == 0 ? 0 : static_cast<double>(correct) / static_cast<double>(total);
  }
  FrameCounts& operator+=(const FrameCounts& other) {
    correct += other.correct;
    total += other.total;
    return *this;
  }
};

/// Frames whose label is right (2.15). Frames whose *true* class is background are left out (MoF-BG).
[[nodiscard]] FrameCounts count_frames(Labels predicted, Labels truth, Labels background = {});

/// 1 - Levenshtein(predicted runs, true runs) / max(number of runs), on the sequences of labels. 1 where
/// neither has a run. Runs of background are left out of both.
[[nodiscard]] double edit_score(Labels predicted, Labels truth, Labels background = {});

/// Segments that are found (2.17 to 2.20): each predicted run, in time order, looks at the true run of its
/// own class of highest IoU (the first of equals); it is a true positive if that IoU is `min_iou` or more and
/// the run is not yet taken, else a false positive, even where another true run would do. Runs of background
/// are left out of both. `min_iou` is above 0. F1@10 is `count_segments(p, t, 0.10).f1()`.
[[nodiscard]] MatchCounts count_segments(Labels predicted, Labels truth, double min_iou,
                                         Labels background = {});

/// What is divided by in the overlap of two segments.
enum class OverlapOf {
  kPrediction,  ///< |S n S^| / |S|, S the predicted segment: IoD
  kUnion        ///< IoU, over the hull of the two: the Jaccard index of segments
};

/// The best overlap of each true segment with a predicted one of its class (0 without), mean over the true
/// segments: IoD and IoU (Jaccard) as the code of ISBA (Ding and Xu, CVPR 2018) has them, whatever the
/// transcripts. Runs of background are left out of both. 0 where no true run is left. A set's value is the
/// mean over its videos.
[[nodiscard]] double mean_best_overlap(Labels predicted, Labels truth, OverlapOf of, Labels background = {});

/// Alignment, where the prediction has the true transcript: segments are matched one to one in their order,
/// mean over the segments. Throws Error where the transcripts differ.
[[nodiscard]] double mean_aligned_overlap(Labels predicted, Labels truth, OverlapOf of,
                                          Labels background = {});

/// What became of the frames of one class.
struct ClassFrames {
  std::int64_t correct = 0, predicted = 0, truth = 0;

  [[nodiscard]] double precision() const { return share(correct, predicted); }
  [[nodiscard]] double recall() const { return share(correct, truth); }
  /// Intersection over union of the frames: the class's Jaccard index.
  [[nodiscard]] double iou() const { return share(correct, predicted + truth - correct); }
  ClassFrames& operator+=(const ClassFrames& other) {
    correct += other.correct;
    predicted += other.predicted;
    truth += other.truth;
    return *this;
  }

 private:
  static double share(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

/// [num_classes], to be summed over videos. Throws Error for a label outside of [0, num_classes).
[[nodiscard]] std::vector<ClassFrames> count_class_frames(Labels predicted, Labels truth,
                                                          std::int64_t num_classes);

/// Agreement of a segmentation that knows no class names with the truth.
struct PartAgreement {
  FrameCounts frames;   ///< frames whose part is matched to their true part, of all frames
  double mean_iou = 0;  ///< mean over the true parts of the IoU in frames with the matched part, 0 without
};

/// The parts are sets of frames of equal label, so a part may come back. Parts are matched one to one such
/// that the number of agreeing frames is the greatest possible (the Hungarian method); parts left over agree
/// nowhere. To compare runs rather than classes, give every run its own label. Throws Error above 4096 parts
/// on either side.
[[nodiscard]] PartAgreement match_parts(Labels predicted, Labels truth);

}  // namespace zoetrope::metrics
