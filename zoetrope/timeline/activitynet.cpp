#include "zoetrope/timeline/activitynet.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "zoetrope/core/error.h"
#include "zoetrope/core/text_width.h"
#include "zoetrope/timeline/json_input.h"
#include "zoetrope/timeline/json_output.h"

namespace zoetrope::timeline {
namespace {

using nlohmann::ordered_json;

constexpr double kScoreOfUnscored = 1;

const Track& checked_track(const std::string& name, const ActivityNetVideo& video) {
  validate(video.timeline, name);
  return only_track(video.timeline, "ActivityNet's JSON");
}

Segment read_segment(const JsonView& object) {
  const JsonView span = object.at("segment");
  if (span.size() != 2) span.fail("must be [start, end]");
  Segment segment{span[0].number(), span[1].number(), object.at("label").text()};
  if (const std::optional<JsonView> score = object.find("score")) segment.score = score->number();
  if (segment.end < segment.start) span.fail("ends before it starts");
  return segment;
}

Track read_track(const JsonView& array, const char* name) {
  Track track{.name = name};
  for (std::size_t i = 0, n = array.size(); i < n; ++i) track.segments.push_back(read_segment(array[i]));
  return track;
}

ActivityNetVideo read_truth(const JsonView& object) {
  ActivityNetVideo video;
  if (const auto duration = object.find("duration")) video.timeline.video.duration = duration->number();
  if (const auto fps = object.find("fps")) video.timeline.video.fps = fps->number();
  if (const auto subset = object.find("subset")) video.subset = subset->text();
  const std::optional<JsonView> annotations = object.find("annotations");
  video.timeline.tracks = {annotations ? read_track(*annotations, "annotations")
                                       : Track{.name = "annotations"}};
  return video;
}

}  // namespace

std::string to_activitynet_results(const ActivityNetFile& file) {
  ordered_json results = ordered_json::object();
  for (const auto& [name, video] : file.videos) {
    ordered_json entries = ordered_json::array();
    for (const Segment& segment : checked_track(name, video).segments) {
      entries.push_back({{"label", segment.label},
                         {"score", segment.score.value_or(kScoreOfUnscored)},
                         {"segment", {segment.start, segment.end}}});
    }
    results[name] = std::move(entries);
  }
  return print_json({{"version", file.version},
                     {"results", std::move(results)},
                     {"external_data", {{"used", file.external_data}, {"details", ""}}}});
}

std::string to_activitynet_truth(const ActivityNetFile& file) {
  ordered_json database = ordered_json::object();
  for (const auto& [name, video] : file.videos) {
    ordered_json annotations = ordered_json::array();
    for (const Segment& segment : checked_track(name, video).segments) {
      annotations.push_back({{"label", segment.label}, {"segment", {segment.start, segment.end}}});
    }
    ordered_json entry = {{"duration", video.timeline.video.duration}, {"subset", video.subset}};
    if (video.timeline.video.fps > 0) entry["fps"] = video.timeline.video.fps;
    entry["annotations"] = std::move(annotations);
    database[name] = std::move(entry);
  }
  return print_json(
      {{"version", file.version}, {"taxonomy", ordered_json::array()}, {"database", std::move(database)}});
}

ActivityNetFile from_activitynet(std::string_view text, const std::string& name) {
  const nlohmann::json document = parse_json(text, name);
  const JsonView root(document, name);
  const std::optional<JsonView> results = root.find("results");
  const std::optional<JsonView> database = root.find("database");
  if (results.has_value() == database.has_value()) {
    throw Error::input("{}: no JSON of ActivityNet: needs either \"results\" or \"database\"", name);
  }
  ActivityNetFile file;
  if (const auto version = root.find("version")) file.version = version->text();
  if (const auto external = root.find("external_data")) {
    const std::optional<JsonView> used = external->find("used");
    file.external_data = used && used->truth();
  }
  const JsonView& videos = results ? *results : *database;
  for (const auto& [video_name, value] : videos.members()) {
    const JsonView view = videos.member(value);
    ActivityNetVideo video;
    if (results) {
      video.timeline.tracks = {read_track(view, "detections")};
    } else {
      video = read_truth(view);
    }
    video.timeline.video.path = video_name;
    sort_by_time(video.timeline);
    validate(video.timeline, name + ": " + fit_width(video_name, kShownColumns));
    file.videos.emplace(video_name, std::move(video));
  }
  return file;
}

}  // namespace zoetrope::timeline
