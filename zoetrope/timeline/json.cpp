#include "zoetrope/timeline/json.h"

#include <limits>
#include <nlohmann/json.hpp>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/timeline/json_input.h"
#include "zoetrope/timeline/json_output.h"
#include "zoetrope/timeline/limits.h"

namespace zoetrope::timeline {
namespace {

using nlohmann::ordered_json;

constexpr const char* kSchema = "zoetrope.timeline";

// ---- writing
// -------------------------------------------------------------------------------------------------------

void put_text(ordered_json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}

void put_number(ordered_json& object, const char* key, auto number) {
  if (number != 0) object[key] = number;
}

void put_source(ordered_json& object, const Source& source) {
  if (source.name.empty() && source.sha256.empty()) return;
  ordered_json entry = ordered_json::object();
  put_text(entry, "name", source.name);
  put_text(entry, "sha256", source.sha256);
  object["source"] = std::move(entry);
}

ordered_json json_of(const VideoSource& video) {
  ordered_json object = ordered_json::object();
  put_text(object, "path", video.path);
  put_text(object, "sha256", video.sha256);
  object["start"] = video.start;
  object["duration"] = video.duration;
  put_number(object, "num_frames", video.num_frames);
  put_number(object, "fps", video.fps);
  put_number(object, "width", video.width);
  put_number(object, "height", video.height);
  return object;
}

ordered_json json_of(const Segment& segment) {
  ordered_json object = {{"start", segment.start}, {"end", segment.end}, {"label", segment.label}};
  if (segment.label_id != -1) object["label_id"] = segment.label_id;
  if (segment.score) object["score"] = *segment.score;
  return object;
}

ordered_json json_of(const Caption& caption) {
  return {{"start", caption.start}, {"end", caption.end}, {"text", caption.text}};
}

template <typename Part>
ordered_json json_array(const std::vector<Part>& parts, ordered_json (*one)(const Part&)) {
  ordered_json array = ordered_json::array();
  for (const Part& part : parts) array.push_back(one(part));
  return array;
}

// What a track, a curve and a text have in common.
template <typename Part>
ordered_json json_of_head(const Part& part) {
  ordered_json object = {{"name", part.name}};
  put_text(object, "description", part.description);
  put_source(object, part.source);
  return object;
}

ordered_json json_of(const Track& track) {
  ordered_json object = json_of_head(track);
  object["segments"] = json_array(track.segments, json_of);
  return object;
}

ordered_json json_of(const TextTrack& text) {
  ordered_json object = json_of_head(text);
  object["captions"] = json_array(text.captions, json_of);
  return object;
}

ordered_json json_of(const Curve& curve) {
  ordered_json object = json_of_head(curve);
  put_text(object, "unit", curve.unit);
  object["times"] = curve.times;
  object["values"] = curve.values;  // NaN is written as null
  return object;
}

ordered_json json_of(const Attachment& attachment) {
  ordered_json object = ordered_json::object();
  put_text(object, "name", attachment.name);
  put_text(object, "media_type", attachment.media_type);
  object["path"] = attachment.path;
  if (!attachment.shape.empty()) object["shape"] = attachment.shape;
  object["start"] = attachment.start;
  object["end"] = attachment.end;
  return object;
}

// ---- reading
// -------------------------------------------------------------------------------------------------------

std::string optional_text(const JsonView& object, const char* key) {
  const std::optional<JsonView> value = object.find(key);
  return value ? value->text() : "";
}

double optional_number(const JsonView& object, const char* key) {
  const std::optional<JsonView> value = object.find(key);
  return value ? value->number() : 0;
}

std::int64_t optional_integer(const JsonView& object, const char* key, std::int64_t otherwise = 0) {
  const std::optional<JsonView> value = object.find(key);
  return value ? value->integer() : otherwise;
}

// Calls `read` on each element of an array that may be absent.
template <typename Read>
void read_each(const JsonView& object, const char* key, Read&& read) {
  const std::optional<JsonView> array = object.find(key);
  if (!array) return;
  for (std::size_t i = 0, n = array->size(); i < n; ++i) read((*array)[i]);
}

template <typename Part>
Part read_head(const JsonView& object) {
  Part part;
  part.name = object.at("name").text();
  part.description = optional_text(object, "description");
  if (const std::optional<JsonView> source = object.find("source")) {
    part.source = {optional_text(*source, "name"), optional_text(*source, "sha256")};
  }
  return part;
}

VideoSource read_video(const JsonView& object) {
  VideoSource video;
  video.path = optional_text(object, "path");
  video.sha256 = optional_text(object, "sha256");
  video.start = optional_number(object, "start");
  video.duration = optional_number(object, "duration");
  video.num_frames = optional_integer(object, "num_frames");
  video.fps = optional_number(object, "fps");
  video.width = optional_integer(object, "width");
  video.height = optional_integer(object, "height");
  return video;
}

Track read_track(const JsonView& object) {
  auto track = read_head<Track>(object);
  read_each(object, "segments", [&](const JsonView& segment) {
    const std::optional<JsonView> score = segment.find("score");
    track.segments.push_back({.start = segment.at("start").number(),
                              .end = segment.at("end").number(),
                              .label = segment.at("label").text(),
                              .label_id = optional_integer(segment, "label_id", -1),
                              .score = score ? std::optional<double>(score->number()) : std::nullopt});
  });
  return track;
}

Curve read_curve(const JsonView& object) {
  auto curve = read_head<Curve>(object);
  curve.unit = optional_text(object, "unit");
  read_each(object, "times", [&](const JsonView& time) { curve.times.push_back(time.number()); });
  read_each(object, "values", [&](const JsonView& value) {
    curve.values.push_back(value.is_null() ? std::numeric_limits<double>::quiet_NaN() : value.number());
  });
  return curve;
}

TextTrack read_text_track(const JsonView& object) {
  auto text = read_head<TextTrack>(object);
  read_each(object, "captions", [&](const JsonView& caption) {
    text.captions.push_back(
        {caption.at("start").number(), caption.at("end").number(), caption.at("text").text()});
  });
  return text;
}

Attachment read_attachment(const JsonView& object) {
  Attachment attachment;
  attachment.name = optional_text(object, "name");
  attachment.media_type = optional_text(object, "media_type");
  attachment.path = object.at("path").text();
  read_each(object, "shape", [&](const JsonView& size) { attachment.shape.push_back(size.integer()); });
  attachment.start = optional_number(object, "start");
  attachment.end = optional_number(object, "end");
  return attachment;
}

void check_version(const JsonView& root, const std::string& name) {
  const std::optional<JsonView> schema = root.find("schema");
  if (!schema || schema->text() != kSchema) {
    throw Error::input("{}: no timeline of Zoetrope: \"schema\" is not \"{}\"", name, kSchema);
  }
  const std::int64_t version = root.at("version").integer();
  if (version != kJsonVersion) {
    throw Error::input("{}: version {} of the timeline's schema, but this program reads version {}", name,
                       version, kJsonVersion);
  }
}

}  // namespace

std::string to_json(const Timeline& timeline) {
  validate(timeline);
  const ordered_json document = {{"schema", kSchema},
                                 {"version", kJsonVersion},
                                 {"video", json_of(timeline.video)},
                                 {"tracks", json_array(timeline.tracks, json_of)},
                                 {"curves", json_array(timeline.curves, json_of)},
                                 {"texts", json_array(timeline.texts, json_of)},
                                 {"attachments", json_array(timeline.attachments, json_of)},
                                 {"warnings", timeline.warnings}};
  return print_json(document);
}

Timeline from_json(std::string_view text, const std::string& name) {
  const nlohmann::json document = parse_json(text, name);
  const JsonView root(document, name);
  check_version(root, name);
  Timeline timeline;
  if (const std::optional<JsonView> video = root.find("video")) timeline.video = read_video(*video);
  read_each(root, "tracks", [&](const JsonView& v) { timeline.tracks.push_back(read_track(v)); });
  read_each(root, "curves", [&](const JsonView& v) { timeline.curves.push_back(read_curve(v)); });
  read_each(root, "texts", [&](const JsonView& v) { timeline.texts.push_back(read_text_track(v)); });
  read_each(root, "attachments",
            [&](const JsonView& v) { timeline.attachments.push_back(read_attachment(v)); });
  read_each(root, "warnings", [&](const JsonView& v) { timeline.warnings.push_back(v.text()); });
  sort_by_time(timeline);
  validate(timeline, name);
  return timeline;
}

void write_json(const Timeline& timeline, const std::filesystem::path& path) {
  write_file_atomically(path, to_json(timeline));
}

Timeline read_json(const std::filesystem::path& path) {
  return from_json(read_text_file(path, kMaxFileBytes), path.string());
}

}  // namespace zoetrope::timeline
