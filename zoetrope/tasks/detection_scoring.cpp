#include "zoetrope/tasks/detection_scoring.h"

#include <fmt/format.h>

#include "zoetrope/metrics/multilabel.h"

namespace zoetrope::tasks {

std::vector<std::pair<std::string, double>> detection_precisions(
    std::span<const metrics::Detection> detections, std::span<const metrics::TrueSegment> truth) {
  const std::vector<double> coarse = metrics::thresholds(0.1, 0.1, 0.9),
                            fine = metrics::thresholds(0.5, 0.05, 0.95);
  const metrics::DetectionPrecisions found = metrics::activitynet_precisions(detections, truth, coarse);
  std::vector<std::pair<std::string, double>> values;
  for (std::size_t k = 0; k < coarse.size(); ++k)
    values.emplace_back(fmt::format("map@{:.0f}", 100 * coarse[k]), found.mean[k]);
  values.emplace_back("average_map", metrics::activitynet_precisions(detections, truth, fine).average());
  return values;
}

DetectionScoring::DetectionScoring(std::vector<std::string> classes) : classes_(std::move(classes)) {}

void DetectionScoring::add(const VideoScores& scores, std::span<const Detected> found,
                           std::vector<metrics::TrueSegment> truth) {
  if (rankings_.empty()) {
    rankings_.push_back({});
    if (scores.streams.size() > 1) {
      for (const VideoScores::Stream& stream : scores.streams) rankings_.push_back({stream.name + "_", {}});
    }
  }
  const auto append = [](Ranking& ranking, const std::vector<double>& values) {
    for (const double value : values) ranking.scores.push_back(static_cast<float>(value));
  };
  append(rankings_.front(), scores.scores);
  for (std::size_t i = 1; i < rankings_.size(); ++i) append(rankings_[i], scores.streams[i - 1].scores);
  for (const Detected& each : found)
    detections_.push_back({videos_, each.label, each.start, each.end, each.score});
  positives_.resize(positives_.size() + classes_.size());
  const std::size_t row = positives_.size() - classes_.size();
  for (metrics::TrueSegment& segment : truth) {
    segment.video = videos_;
    positives_.at(row + static_cast<std::size_t>(segment.label)) = 1;
    truth_.push_back(segment);
  }
  ++videos_;
}

HeadMetrics DetectionScoring::result() const {
  HeadMetrics result{.name = "detection", .samples = videos_, .class_names = classes_};
  if (videos_ == 0) return result;
  for (const Ranking& ranking : rankings_) {
    const metrics::TagTable tags{{ranking.scores, classes_.size()}, positives_};
    const metrics::AveragePrecisions precisions = metrics::class_average_precisions(tags);
    result.values.emplace_back(ranking.prefix + "map", precisions.mean());
    result.values.emplace_back(ranking.prefix + "accuracy", metrics::hit_at_one(tags));
    if (ranking.prefix.empty()) result.class_values = precisions.each;
  }
  if (!truth_.empty()) {
    for (auto& value : detection_precisions(detections_, truth_)) result.values.push_back(std::move(value));
  }
  result.class_samples.assign(classes_.size(), 0);
  for (std::size_t i = 0; i < positives_.size(); ++i)
    result.class_samples[i % classes_.size()] += positives_[i];
  return result;
}

}  // namespace zoetrope::tasks
