#include "zoetrope/data/detection_set.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>
#include <set>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/data/annotation_file.h"
#include "zoetrope/timeline/json_input.h"

namespace zoetrope::data {
namespace {

namespace fs = std::filesystem;
using timeline::JsonView;

LabelledSegment read_segment(const JsonView& object) {
  const JsonView span = object.at("segment");
  if (span.size() != 2) span.fail("must be [start, end]");
  LabelledSegment segment{object.at("label").text(), span[0].number(), span[1].number()};
  if (segment.label.empty()) object.at("label").fail("must not be empty");
  if (!(segment.start <= segment.end)) span.fail("ends before it starts");
  if (std::max(std::abs(segment.start), std::abs(segment.end)) > kMaxVideoSeconds)
    span.fail(fmt::format("is outside of {} seconds", kMaxVideoSeconds));
  if (const auto score = object.find("score")) segment.score = score->number();
  return segment;
}

std::vector<LabelledSegment> read_segments(const JsonView& array) {
  std::vector<LabelledSegment> segments;
  for (std::size_t i = 0, n = array.size(); i < n; ++i) segments.push_back(read_segment(array[i]));
  return segments;
}

AnnotatedVideo read_entry(const std::string& name, const JsonView& object) {
  AnnotatedVideo video{.name = name};
  if (const auto subset = object.find("subset")) video.subset = subset->text();
  if (const auto duration = object.find("duration")) video.duration = duration->number();
  if (const auto annotations = object.find("annotations")) video.segments = read_segments(*annotations);
  return video;
}

/// A stream's file, under either name; the first of them where it is not there.
fs::path stream_file(const fs::path& folder, const std::string& name) {
  if (name.empty() || name.find('/') != std::string::npos)
    throw Error::input("'{}' is no name of a video: it holds a folder", shown(name));
  std::error_code ignored;
  const fs::path plain = folder / (name + ".npy"), other = folder / (other_name(name) + ".npy");
  return !fs::exists(plain, ignored) && fs::exists(other, ignored) ? other : plain;
}

void find_features(const DetectionOptions& options, DetectionVideo& video) {
  const std::string& name = video.annotated.name;
  video.streams = stream_files(options, name);
  for (const fs::path& path : video.streams) {
    std::error_code ignored;
    if (!fs::exists(path, ignored))
      throw Error::input("{}: not there; the annotations name video '{}'", path.string(), shown(name));
  }
  for (const fs::path& path : video.streams) {
    const FeatureFile file(path, options.order);
    const std::int64_t frames = file.num_frames();
    video.dimensions.push_back(file.num_dimensions());
    if (&path == &video.streams.front()) video.num_frames = frames;
    const std::int64_t difference = std::abs(frames - video.num_frames);
    if (difference > options.max_length_difference) {
      throw Error::input(
          "{}: {} frames, but {} has {}; a max_length_difference of {} would cut both to the shorter",
          path.string(), frames, video.streams.front().string(), video.num_frames, difference);
    }
    video.num_frames = std::min(video.num_frames, frames);
  }
}

/// Of a video beside the first one. Throws Error (kInput).
void check_dimensions(const DetectionVideo& video, const DetectionVideo& first) {
  for (std::size_t i = 0; i < video.streams.size(); ++i) {
    if (video.dimensions[i] != first.dimensions[i]) {
      throw Error::input("{}: features of {} dimensions, but {} has {}", video.streams[i].string(),
                         video.dimensions[i], first.streams[i].string(), first.dimensions[i]);
    }
  }
}

/// The names by id. Throws Error (kInput) for a class that is to be kept and that the file does not have.
std::vector<std::string> kept_classes(const DetectionOptions& options, const std::set<std::string>& found) {
  const std::vector<std::string> all(found.begin(), found.end());
  for (const std::string& name : options.classes) {
    if (!found.contains(name))
      throw Error::input("{}: no segment is of class '{}'{}", options.annotations.string(), shown(name),
                         did_you_mean(name, all));
  }
  const std::set<std::string> kept(options.classes.begin(), options.classes.end());
  return kept.empty() ? all : std::vector<std::string>(kept.begin(), kept.end());
}

/// Leaves out segments of other classes, and videos that then have none.
void keep_classes(std::vector<DetectionVideo>& videos, const std::map<std::string, std::int64_t>& ids) {
  for (DetectionVideo& video : videos)
    std::erase_if(video.annotated.segments,
                  [&](const auto& segment) { return !ids.contains(segment.label); });
  std::erase_if(videos, [](const DetectionVideo& video) { return video.annotated.segments.empty(); });
}

}  // namespace

void describe(ConfigFields& f, DetectionOptions& o) {
  f.field("annotations", o.annotations, "ActivityNet's JSON: videos with their labels and segments");
  f.field("subset", o.subset, "training, validation, testing; empty: all");
  f.field("classes", o.classes, "the classes that are kept; empty: all");
  f.field("features", o.features, "the folder of the features");
  f.field("streams", o.streams, "its folders, one a stream; empty: one file a video");
  f.field("order", o.order, "sides of the feature files");
  f.field("max_length_difference", o.max_length_difference,
          "frames by which the streams of a video may differ; both are cut to the shorter")
      .at_least(0);
}

std::string other_name(const std::string& video) {
  return video.starts_with("v_") ? video.substr(2) : "v_" + video;
}

std::vector<AnnotatedVideo> read_annotated_videos(const fs::path& path) {
  const std::string name = path.string(), text = read_annotations(path);
  const nlohmann::json document = timeline::parse_json(text, name);
  const JsonView root(document, name);
  std::vector<AnnotatedVideo> videos;
  const auto results = root.find("results"), database = root.find("database");
  if (!results && !database)
    root.fail("has neither \"database\" (annotations) nor \"results\"; is this ActivityNet's form?");
  if (results) {
    for (const auto& [video, value] : results->members())
      videos.push_back({.name = video, .segments = read_segments(results->member(value))});
  } else {
    for (const auto& [video, value] : database->members())
      videos.push_back(read_entry(video, database->member(value)));
  }
  return videos;
}

std::vector<fs::path> stream_files(const DetectionOptions& options, const std::string& video) {
  if (options.streams.empty()) return {stream_file(options.features, video)};
  std::vector<fs::path> files;
  for (const std::string& stream : options.streams)
    files.push_back(stream_file(options.features / stream, video));
  return files;
}

DetectionSet read_detection_set(const DetectionOptions& options) {
  std::set<std::string> names, subsets;
  DetectionSet set;
  for (AnnotatedVideo& each : read_annotated_videos(options.annotations)) {
    for (const LabelledSegment& segment : each.segments) names.insert(segment.label);
    subsets.insert(each.subset);
    if (!options.subset.empty() && each.subset != options.subset) continue;
    set.videos.emplace_back().annotated = std::move(each);
  }
  if (set.videos.empty()) {
    throw Error::input("{}: no video of subset '{}'; there are {}", options.annotations.string(),
                       options.subset, shown(fmt::format("{}", fmt::join(subsets, ", "))));
  }
  set.classes = kept_classes(options, names);
  std::map<std::string, std::int64_t> ids;
  for (const std::string& name : set.classes) ids.emplace(name, static_cast<std::int64_t>(ids.size()));
  if (!options.classes.empty()) keep_classes(set.videos, ids);
  if (set.videos.empty()) {
    throw Error::input("{}: no video of subset '{}' has one of the classes that are kept",
                       options.annotations.string(), options.subset);
  }
  for (DetectionVideo& video : set.videos) {
    for (const LabelledSegment& segment : video.annotated.segments)
      video.labels.push_back(ids.at(segment.label));
    const std::set<std::int64_t> distinct(video.labels.begin(), video.labels.end());
    video.classes.assign(distinct.begin(), distinct.end());
    if (options.features.empty()) continue;
    find_features(options, video);
    check_dimensions(video, set.videos.front());
  }
  return set;
}

Dataset labels_of_videos(const DetectionSet& set) {
  Dataset dataset{.label_sets = {{.name = "label", .names = set.classes, .exclusive = false}}};
  for (const DetectionVideo& video : set.videos)
    dataset.samples.push_back({.id = video.annotated.name, .labels = {video.classes}});
  return dataset;
}

}  // namespace zoetrope::data
