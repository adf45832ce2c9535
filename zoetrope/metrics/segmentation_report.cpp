#include "zoetrope/metrics/segmentation_report.h"

#include <cstdlib>

namespace zoetrope::metrics {
namespace {

std::vector<std::int64_t> transcript_of(Labels labels) {
  std::vector<std::int64_t> transcript;
  for (const LabelRun& run : label_runs(labels)) transcript.push_back(run.label);
  return transcript;
}

}  // namespace

SegmentationReport report_segmentation(std::span<const LabelledVideo> videos, std::int64_t num_classes,
                                       Labels background) {
  SegmentationReport report{.videos = static_cast<std::int64_t>(videos.size())};
  report.classes.resize(static_cast<std::size_t>(num_classes));
  FrameCounts frames, foreground;
  std::array<MatchCounts, kSegmentOverlaps.size()> pooled = {};
  const double share = videos.empty() ? 0 : 1.0 / static_cast<double>(videos.size());
  for (const auto& [predicted, truth] : videos) {
    const FrameCounts counts = count_frames(predicted, truth);
    frames += counts;
    foreground += count_frames(predicted, truth, background);
    report.accuracy_per_video += share * counts.accuracy();
    report.edit += share * edit_score(predicted, truth, background);
    report.iod += share * mean_best_overlap(predicted, truth, OverlapOf::kPrediction, background);
    report.iou += share * mean_best_overlap(predicted, truth, OverlapOf::kUnion, background);
    const std::vector<std::int64_t> a = transcript_of(predicted), b = transcript_of(truth);
    report.matching += share * matching_score(a, b).ratio();
    report.matching_edit_distance += share * matching_score(a, b, MatchingRule::kEditDistance).ratio();
    report.matching_difflib += share * matching_score(a, b, MatchingRule::kDifflib).ratio();
    report.length_difference +=
        share * std::abs(static_cast<double>(a.size()) - static_cast<double>(b.size()));
    for (std::size_t k = 0; k < pooled.size(); ++k) {
      const MatchCounts matches = count_segments(predicted, truth, kSegmentOverlaps[k], background);
      pooled[k] += matches;
      report.f1_per_video[k] += share * matches.f1();
    }
    const std::vector<ClassFrames> classes = count_class_frames(predicted, truth, num_classes);
    for (std::size_t c = 0; c < classes.size(); ++c) report.classes[c] += classes[c];
  }
  report.frames = frames.total;
  report.mof = frames.accuracy();
  report.mof_foreground = foreground.accuracy();
  for (std::size_t k = 0; k < pooled.size(); ++k) report.f1_pooled[k] = pooled[k].f1();
  return report;
}

}  // namespace zoetrope::metrics
