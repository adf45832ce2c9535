#include "zoetrope/timeline/formats.h"

#include <array>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/timeline/activitynet.h"
#include "zoetrope/timeline/csv.h"
#include "zoetrope/timeline/ffmetadata.h"
#include "zoetrope/timeline/frames.h"
#include "zoetrope/timeline/json.h"
#include "zoetrope/timeline/limits.h"
#include "zoetrope/timeline/srt.h"
#include "zoetrope/timeline/webvtt.h"

namespace zoetrope::timeline {
namespace {

// Formats that need no options.
template <auto write>
std::string write_plain(const Timeline& timeline, const FormatOptions&) {
  return write(timeline);
}
template <auto read>
Timeline read_plain(std::string_view text, const std::string& name, const FormatOptions&) {
  return read(text, name);
}

// A video's name in a data set is that of its file, without folder and suffix.
template <auto write>
std::string write_activitynet(const Timeline& timeline, const FormatOptions&) {
  const std::string name = std::filesystem::path(timeline.video.path).stem().string();
  ActivityNetFile file;
  file.videos.emplace(name.empty() ? "video" : name, ActivityNetVideo{.timeline = timeline});
  return write(file);
}

Timeline read_activitynet(std::string_view text, const std::string& name, const FormatOptions& options) {
  ActivityNetFile file = from_activitynet(text, name);
  if (options.video.empty()) {
    if (file.videos.size() == 1) return std::move(file.videos.begin()->second.timeline);
    throw Error::usage("{}: has {} videos: choose one by its name", name, file.videos.size());
  }
  const auto video = file.videos.find(options.video);
  if (video != file.videos.end()) return std::move(video->second.timeline);
  std::vector<std::string> names;
  for (const auto& entry : file.videos) names.push_back(entry.first);
  throw Error::usage("{}: has no video '{}'{}", name, options.video, did_you_mean(options.video, names));
}

std::string write_frames(const Timeline& timeline, const FormatOptions& options) {
  return to_frames(timeline, {.start = timeline.video.start, .fps = options.fps}, options.background);
}

Timeline read_frames(std::string_view text, const std::string& name, const FormatOptions& options) {
  return from_frames(text, name, {.fps = options.fps}, options.background);
}

const std::array<Format, 8>& all_formats() {
  static const std::array<Format, 8> kFormats = {
      {{"json", {".json"}, "everything", false, write_plain<to_json>, read_plain<from_json>},
       {"webvtt",
        {".vtt"},
        "tracks (labels, ids, scores) and captions; times in milliseconds",
        false,
        write_plain<to_webvtt>,
        read_plain<from_webvtt>},
       {"srt",
        {".srt"},
        "captions, labels and scores as text; times in milliseconds",
        false,
        write_plain<to_srt>,
        read_plain<from_srt>},
       {"chapters",
        {".ffmeta", ".ffmetadata"},
        "one track's labels, as chapters for FFmpeg (FFMETADATA); times in milliseconds",
        true,
        write_plain<to_ffmetadata>,
        read_plain<from_ffmetadata>},
       {"csv", {".csv"}, "tracks (labels, ids, scores)", false, write_plain<to_csv>, read_plain<from_csv>},
       {"frames",
        {".txt"},
        "one track's labels, a line a frame (the layout of MS-TCN)",
        true,
        write_frames,
        read_frames},
       {"activitynet",
        {".activitynet.json"},
        "one track's labels and scores, as results of ActivityNet",
        true,
        write_activitynet<to_activitynet_results>,
        read_activitynet},
       {"activitynet-truth",
        {".truth.json"},
        "one track's labels, as annotations of ActivityNet",
        true,
        write_activitynet<to_activitynet_truth>,
        read_activitynet}}};
  return kFormats;
}

Timeline select_track(const Timeline& timeline, const std::string& name) {
  const Track* track = find_track(timeline, name);
  if (!track) {
    std::vector<std::string> names;
    for (const Track& other : timeline.tracks) names.push_back(other.name);
    throw Error::usage("no track '{}'{}", name, did_you_mean(name, names));
  }
  return {.video = timeline.video, .tracks = {*track}, .warnings = timeline.warnings};
}

}  // namespace

std::span<const Format> formats() {
  return all_formats();
}

const Format& format_of_name(const std::string& name) {
  std::vector<std::string> names;
  for (const Format& format : formats()) {
    if (format.name == name) return format;
    names.emplace_back(format.name);
  }
  throw Error::usage("no format '{}'{}; formats are {}", name, did_you_mean(name, names),
                     fmt::join(names, ", "));
}

const Format& format_of_path(const std::filesystem::path& path) {
  const std::string file = path.filename().string();
  const Format* best = nullptr;
  std::size_t longest = 0;
  for (const Format& format : formats()) {
    for (const std::string_view suffix : format.suffixes) {
      if (suffix.size() <= longest || !file.ends_with(suffix)) continue;
      best = &format;
      longest = suffix.size();
    }
  }
  if (!best) throw Error::usage("{}: no format has this suffix; name the format", path.string());
  return *best;
}

std::string write_as(const Format& format, const Timeline& timeline, const FormatOptions& options) {
  if (options.track.empty()) return format.write(timeline, options);
  return format.write(select_track(timeline, options.track), options);
}

void write_timeline(const Timeline& timeline, const std::filesystem::path& path, const Format& format,
                    const FormatOptions& options) {
  write_file_atomically(path, write_as(format, timeline, options));
}

Timeline read_timeline(const std::filesystem::path& path, const Format& format,
                       const FormatOptions& options) {
  return format.read(read_text_file(path, kMaxFileBytes), path.string(), options);
}

}  // namespace zoetrope::timeline
