#include "zoetrope/metrics/segmentation_report.h"

#include <cstdlib>

namespace zoetrope::metrics {
namespace {

std::vector<std::int64_t> transcript_of(Labels labels, Labels background = {}) {
  std::vector<std::int64_t> transcript;
  for (const LabelRun& run : label_runs(labels, background)) transcript.push_back(run.label);
  return transcript;
}

}  // namespace

SegmentationTally::SegmentationTally(std::int64_t num_classes, Labels background)
    : background_(background.begin(), background.end()) {
  sums_.classes.resize(static_cast<std::size_t>(num_classes));
}

void SegmentationTally::add(Labels predicted, Labels truth) {
  const std::vector<ClassFrames> classes = count_class_frames(predicted, truth, std::ssize(sums_.classes));
  for (std::size_t c = 0; c < classes.size(); ++c) sums_.classes[c] += classes[c];
  ++sums_.videos;
  const FrameCounts counts = count_frames(predicted, truth);
  frames_ += counts;
  foreground_ += count_frames(predicted, truth, background_);
  sums_.accuracy_per_video += counts.accuracy();
  sums_.edit += edit_score(predicted, truth, background_);
  sums_.iod += mean_best_overlap(predicted, truth, OverlapOf::kPrediction, background_);
  sums_.iou += mean_best_overlap(predicted, truth, OverlapOf::kUnion, background_);
  is_aligned_ = is_aligned_ && transcript_of(predicted, background_) == transcript_of(truth, background_);
  if (is_aligned_)
    iod_aligned_ += mean_aligned_overlap(predicted, truth, OverlapOf::kPrediction, background_);
  const std::vector<std::int64_t> a = transcript_of(predicted), b = transcript_of(truth);
  sums_.matching += matching_score(a, b).ratio();
  sums_.matching_edit_distance += matching_score(a, b, MatchingRule::kEditDistance).ratio();
  sums_.matching_difflib += matching_score(a, b, MatchingRule::kDifflib).ratio();
  sums_.length_difference += std::abs(static_cast<double>(a.size()) - static_cast<double>(b.size()));
  for (std::size_t k = 0; k < pooled_.size(); ++k) {
    const MatchCounts matches = count_segments(predicted, truth, kSegmentOverlaps[k], background_);
    pooled_[k] += matches;
    sums_.f1_per_video[k] += matches.f1();
  }
}

SegmentationReport SegmentationTally::report() const {
  SegmentationReport report = sums_;
  report.frames = frames_.total;
  report.mof = frames_.accuracy();
  report.mof_foreground = foreground_.accuracy();
  for (std::size_t k = 0; k < pooled_.size(); ++k) report.f1_pooled[k] = pooled_[k].f1();
  if (report.videos == 0) return report;
  const auto videos = static_cast<double>(report.videos);
  for (double* mean : {&report.accuracy_per_video, &report.edit, &report.iod, &report.iou, &report.matching,
                       &report.matching_edit_distance, &report.matching_difflib, &report.length_difference})
    *mean /= videos;
  for (double& mean : report.f1_per_video) mean /= videos;
  if (is_aligned_) report.iod_aligned = iod_aligned_ / videos;
  return report;
}

SegmentationReport report_segmentation(std::span<const LabelledVideo> videos, std::int64_t num_classes,
                                       Labels background) {
  SegmentationTally tally(num_classes, background);
  for (const auto& [predicted, truth] : videos) tally.add(predicted, truth);
  return tally.report();
}

}  // namespace zoetrope::metrics
