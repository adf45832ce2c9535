#include "zoetrope/tasks/segmentation_scoring.h"

#include <fmt/format.h>

namespace zoetrope::tasks {

SegmentationScoring::SegmentationScoring(std::vector<std::string> classes,
                                         const std::vector<std::int64_t>& background)
    : classes_(std::move(classes)),
      has_background_(!background.empty()),
      tally_(std::ssize(classes_), background) {}

void SegmentationScoring::add(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth) {
  tally_.add(predicted, truth);
}

HeadMetrics SegmentationScoring::result() const {
  const metrics::SegmentationReport report = tally_.report();
  HeadMetrics result{.name = "segmentation",
                     .samples = report.videos,
                     .class_names = classes_,
                     .class_measure = "recall",
                     .unit = "frames"};
  if (report.videos == 0) return result;
  result.values.emplace_back("accuracy", report.mof);
  if (has_background_) result.values.emplace_back("accuracy_bg", report.mof_foreground);
  result.values.emplace_back("edit", report.edit);
  for (std::size_t k = 0; k < metrics::kSegmentOverlaps.size(); ++k)
    result.values.emplace_back(fmt::format("f1@{:.0f}", 100 * metrics::kSegmentOverlaps[k]),
                               report.f1_pooled[k]);
  result.values.emplace_back("iod", report.iod);
  if (report.iod_aligned) result.values.emplace_back("iod_aligned", *report.iod_aligned);
  for (const metrics::ClassFrames& frames : report.classes) {
    result.class_samples.push_back(frames.truth);
    result.class_values.push_back(frames.truth == 0 ? std::nullopt : std::optional(frames.recall()));
  }
  return result;
}

}  // namespace zoetrope::tasks
