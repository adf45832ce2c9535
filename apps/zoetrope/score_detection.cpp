#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <map>
#include <numeric>
#include <optional>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "apps/zoetrope/output.h"
#include "apps/zoetrope/score.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/data/annotation_file.h"
#include "zoetrope/data/detection_set.h"
#include "zoetrope/metrics/detection.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::cli {
namespace {

double percent(double share) {
  return 100 * share;
}

/// Ids by name, given as names come.
class Names {
 public:
  std::int64_t id_of(const std::string& name) {
    return ids_.emplace(name, static_cast<std::int64_t>(ids_.size())).first->second;
  }
  /// Of a name that is there; id_of adds those that are not.
  [[nodiscard]] std::int64_t known_id(const std::string& name) const { return ids_.at(name); }
  [[nodiscard]] std::map<std::int64_t, std::string> by_id() const {
    std::map<std::int64_t, std::string> names;
    for (const auto& [name, id] : ids_) names.emplace(id, name);
    return names;
  }
  [[nodiscard]] bool contains(const std::string& name) const { return ids_.contains(name); }
  [[nodiscard]] std::vector<std::string> sorted() const {
    std::vector<std::string> names;
    for (const auto& [name, id] : ids_) names.push_back(name);
    return names;
  }

 private:
  std::map<std::string, std::int64_t> ids_;
};

struct DetectionInput {
  Names videos, labels;
  std::vector<metrics::TrueSegment> truth, ambiguous;
  std::vector<metrics::Detection> detections;
};

/// Videos with their segments, from JSON or from a table of video, start, end, label and score in seconds.
std::vector<data::AnnotatedVideo> read_videos(const std::string& path, const ScoreOptions& options) {
  if (options.layout == "activitynet") return data::read_annotated_videos(path);
  data::AnnotationTable table(path);
  const std::size_t video = table.column("video"), label = table.column("label"),
                    start = table.column("start"), end = table.column("end");
  const std::optional<std::size_t> score = table.find_column("score");
  std::map<std::string, data::AnnotatedVideo> videos;
  while (table.next()) {
    const std::string name = table.field(video);
    data::AnnotatedVideo& each = videos[name];
    each.name = name;
    const data::TimeSpan span = table.span(start, end);
    double confidence = 1;
    if (score) {
      const std::string text = table.field(*score);
      char* rest = nullptr;
      confidence = std::strtod(text.c_str(), &rest);
      if (text.empty() || *rest != '\0' || std::isnan(confidence))
        table.fail(fmt::format("score: '{}' is no number", data::shown(text)));
    }
    each.segments.push_back({table.field(label), span.start, span.end, confidence});
  }
  std::vector<data::AnnotatedVideo> list;
  for (auto& [name, each] : videos) list.push_back(std::move(each));
  return list;
}

/// A video's name in the truth, where it stands with or without ActivityNet's "v_"; else the name itself.
std::string true_name(const std::string& name, const Names& videos) {
  const std::string other = data::other_name(name);
  return !videos.contains(name) && videos.contains(other) ? other : name;
}

/// "VIDEO START END" a line, in seconds, as THUMOS14 lists its ambiguous segments.
std::vector<metrics::TrueSegment> read_ambiguous(const std::string& path, const Names& videos) {
  const std::string text = data::read_annotations(path);
  std::vector<metrics::TrueSegment> segments;
  std::set<std::string> unknown;
  timeline::LineReader lines(text, path);
  for (std::string_view line; lines.next(line);) {
    if (timeline::trim(line).empty()) continue;
    std::istringstream words{std::string(line)};
    std::string name, rest;
    double start = 0, end = 0;
    if (!(words >> name >> start >> end) || words >> rest)
      throw Error::input("{}:{}: should be 'VIDEO START END'", path, lines.number());
    name = true_name(name, videos);
    if (!videos.contains(name)) {
      unknown.insert(name);
      continue;
    }
    segments.push_back({videos.known_id(name), -1, start, end});
  }
  if (!unknown.empty())
    log_warning("{}: {} videos are not among those that are scored, '{}' for one", path, unknown.size(),
                data::shown(*unknown.begin()));
  return segments;
}

/// "a, b, c, ..."
std::string first_names(const std::vector<std::string>& names) {
  constexpr std::size_t kShown = 3;
  const auto end = names.begin() + static_cast<std::ptrdiff_t>(std::min(names.size(), kShown));
  return fmt::format("{}{}", fmt::join(names.begin(), end, ", "), names.size() > kShown ? ", ..." : "");
}

/// What lowers the numbers, and is more often a slip than a weak detector.
void warn_of_gaps(const ScoreOptions& options, const std::vector<std::string>& videos,
                  const std::vector<std::string>& classes, const std::set<std::string>& predicted_videos,
                  const std::set<std::string>& predicted_labels) {
  std::vector<std::string> missed, strange;
  std::ranges::set_difference(videos, predicted_videos, std::back_inserter(missed));
  std::ranges::set_difference(predicted_labels, classes, std::back_inserter(strange));
  if (!missed.empty()) {
    log_warning("{}: no detection for {} of {} videos, whose segments count as missed: {}",
                options.predictions, missed.size(), videos.size(), first_names(missed));
  }
  if (!strange.empty()) {
    log_warning("{}: {} predicted labels are no class of the truth, and add nothing to the mAP: {}{}",
                options.predictions, strange.size(), first_names(strange),
                did_you_mean(strange.front(), classes));
  }
}

DetectionInput read_detections(const ScoreOptions& options) {
  DetectionInput input;
  std::set<std::string> known_labels;  // of the whole file: a subset need not have all
  for (const data::AnnotatedVideo& video : read_videos(options.truth, options)) {
    for (const data::LabelledSegment& each : video.segments) known_labels.insert(each.label);
    if (!options.subset.empty() && video.subset != options.subset) continue;
    const std::int64_t id = input.videos.id_of(video.name);
    for (const data::LabelledSegment& each : video.segments)
      input.truth.push_back({id, input.labels.id_of(each.label), each.start, each.end});
  }
  if (input.truth.empty()) {
    throw Error::input("{}: no annotated segment{}", options.truth,
                       options.subset.empty() ? "" : fmt::format(" in subset '{}'", options.subset));
  }
  const std::vector<std::string> true_videos = input.videos.sorted();
  std::set<std::string> predicted_videos, predicted_labels;
  std::size_t unknown = 0;
  for (const data::AnnotatedVideo& video : read_videos(options.predictions, options)) {
    const std::string name = true_name(video.name, input.videos);
    if (!input.videos.contains(name)) ++unknown;
    if (!options.subset.empty() && !input.videos.contains(name)) continue;
    const std::int64_t id = input.videos.id_of(name);
    if (!video.segments.empty()) predicted_videos.insert(name);
    for (const data::LabelledSegment& each : video.segments) {
      predicted_labels.insert(each.label);
      input.detections.push_back({id, input.labels.id_of(each.label), each.start, each.end, each.score});
    }
  }
  warn_of_gaps(options, true_videos, {known_labels.begin(), known_labels.end()}, predicted_videos,
               predicted_labels);
  if (unknown > 0 && options.subset.empty())
    log_warning("{} videos with detections are not in the truth; their detections are false positives",
                unknown);
  if (!options.ambiguous.empty()) input.ambiguous = read_ambiguous(options.ambiguous, input.videos);
  return input;
}

metrics::DetectionPrecisions precisions(const DetectionInput& input, const ScoreOptions& options,
                                        const std::vector<double>& min_ious) {
  if (options.evaluator == "activitynet")
    return metrics::activitynet_precisions(input.detections, input.truth, min_ious);
  DetectionInput moved = input;
  const auto to_positions = [&](auto& segments) {
    for (auto& each : segments) {
      each.start = metrics::to_position(each.start, options.positions_per_second);
      each.end = metrics::to_position(each.end, options.positions_per_second);
    }
  };
  to_positions(moved.truth);
  to_positions(moved.detections);
  to_positions(moved.ambiguous);
  return metrics::weakly_supervised_precisions(moved.detections, moved.truth, moved.ambiguous, min_ious);
}

Json precisions_json(const metrics::DetectionPrecisions& found, const std::vector<double>& min_ious,
                     const std::map<std::int64_t, std::string>& names) {
  Json classes = Json::object();
  std::map<std::string, std::size_t> order;
  for (std::size_t c = 0; c < found.classes.size(); ++c) order.emplace(names.at(found.classes[c]), c);
  for (const auto& [name, c] : order) {
    Json values = Json::array();
    for (const std::vector<double>& each : found.each) values.push_back(percent(each[c]));
    classes[name] = values;
  }
  Json means = Json::array();
  for (const double mean : found.mean) means.push_back(percent(mean));
  return {
      {"tiou", min_ious}, {"map", means}, {"average_map", percent(found.average())}, {"classes", classes}};
}

}  // namespace

int score_detection(const ScoreOptions& options) {
  const DetectionInput input = read_detections(options);
  const std::vector<double> thumos = metrics::thresholds(0.1, 0.1, 0.9);
  const std::vector<double> fine = metrics::thresholds(0.5, 0.05, 0.95);
  const metrics::DetectionPrecisions coarse_found = precisions(input, options, thumos);
  const metrics::DetectionPrecisions fine_found = precisions(input, options, fine);
  const std::string evaluator = options.evaluator == "activitynet"
                                    ? "ActivityNet (interpolated AP, the free segment of highest IoU)"
                                    : "weakly supervised (W-TALC: plain AP, integer positions)";
  Json recall = Json::object();
  for (const std::int64_t n : {1, 5, 10, 50, 100}) {
    const std::vector<double> each = metrics::recall_at(input.detections, input.truth, n, fine);
    recall[std::to_string(n)] =
        percent(std::accumulate(each.begin(), each.end(), 0.0) / static_cast<double>(each.size()));
  }
  if (options.json) {
    const auto names = input.labels.by_id();
    print_json({{"task", "detection"},
                {"evaluator", evaluator},
                {"unit", "percent"},
                {"segments", input.truth.size()},
                {"detections", input.detections.size()},
                {"thumos", precisions_json(coarse_found, thumos, names)},
                {"activitynet", precisions_json(fine_found, fine, names)},
                {"average_recall_at", recall}});
    return 0;
  }
  fmt::print("{} segments, {} detections; mAP of {}\n\n", input.truth.size(), input.detections.size(),
             evaluator);
  for (std::size_t k = 0; k < thumos.size(); ++k)
    fmt::print("mAP@{:.1f}              {:6.2f}\n", thumos[k], percent(coarse_found.mean[k]));
  fmt::print("mAP@0.75             {:6.2f}\nmAP@0.95             {:6.2f}\nmAP@0.5:0.05:0.95    {:6.2f}\n",
             percent(fine_found.mean[5]), percent(fine_found.mean[9]), percent(fine_found.average()));
  for (const auto& [n, value] : recall.items())
    fmt::print("AR@{:<4}              {:6.2f}\n", n, value.get<double>());
  return 0;
}

}  // namespace zoetrope::cli
