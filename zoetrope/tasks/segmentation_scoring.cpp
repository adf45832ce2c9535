#include "zoetrope/tasks/segmentation_scoring.h"

#include <array>

namespace zoetrope::tasks {
namespace {

constexpr std::array<std::pair<const char*, double>, 3> kMinIous = {
    {{"f1@10", 0.10}, {"f1@25", 0.25}, {"f1@50", 0.50}}};

double overlap_of(metrics::Labels predicted, metrics::Labels truth, metrics::Labels background) {
  const auto transcript = [&](metrics::Labels labels) {
    std::vector<std::int64_t> actions;
    for (const metrics::LabelRun& run : metrics::label_runs(labels, background)) actions.push_back(run.label);
    return actions;
  };
  const bool aligned = transcript(predicted) == transcript(truth);
  return (aligned ? metrics::mean_aligned_overlap : metrics::mean_best_overlap)(
      predicted, truth, metrics::OverlapOf::kPrediction, background);
}

}  // namespace

SegmentationScoring::SegmentationScoring(std::vector<std::string> classes,
                                         std::vector<std::int64_t> background)
    : classes_(std::move(classes)), background_(std::move(background)), of_class_(classes_.size()) {}

void SegmentationScoring::add(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth) {
  ++videos_;
  frames_ += metrics::count_frames(predicted, truth);
  foreground_ += metrics::count_frames(predicted, truth, background_);
  edit_ += metrics::edit_score(predicted, truth, background_);
  iod_ += overlap_of(predicted, truth, background_);
  for (std::size_t i = 0; i < kOverlaps; ++i)
    segments_[i] += metrics::count_segments(predicted, truth, kMinIous[i].second, background_);
  for (std::size_t t = 0; t < truth.size(); ++t) {
    metrics::FrameCounts& counts = of_class_.at(static_cast<std::size_t>(truth[t]));
    counts += {.correct = predicted[t] == truth[t] ? 1 : 0, .total = 1};
  }
}

HeadMetrics SegmentationScoring::result() const {
  HeadMetrics result{.name = "segmentation", .samples = videos_, .class_names = classes_};
  if (videos_ == 0) return result;
  result.values.emplace_back("accuracy", frames_.accuracy());
  if (!background_.empty()) result.values.emplace_back("accuracy_bg", foreground_.accuracy());
  result.values.emplace_back("edit", edit_ / static_cast<double>(videos_));
  for (std::size_t i = 0; i < kOverlaps; ++i)
    result.values.emplace_back(kMinIous[i].first, segments_[i].f1());
  result.values.emplace_back("iod", iod_ / static_cast<double>(videos_));
  for (const metrics::FrameCounts& counts : of_class_) {
    result.class_samples.push_back(counts.total);
    result.class_values.push_back(counts.total == 0 ? std::nullopt : std::optional(counts.accuracy()));
  }
  return result;
}

}  // namespace zoetrope::tasks
