#include <fmt/format.h>

#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::cli {
namespace {

struct InfoOptions {
  std::vector<std::string> paths;
  bool json = false;
  bool jsonl = false;
  bool times = false;
};

/// "1 frame", "30 frames"
std::string counted(std::int64_t count, const char* what) {
  return fmt::format("{} {}{}", count, what, count == 1 ? "" : "s");
}

/// "h264 High", "vp9" where there is no profile
std::string codec_text(const std::string& codec, const std::string& profile) {
  return profile.empty() ? codec : codec + " " + profile;
}

std::string ratio_text(const media::Rational& ratio) {
  return fmt::format("{}/{}", ratio.num, ratio.den);
}

/// FFmpeg's names; null where the file does not say.
Json text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json video_json(const media::VideoStreamInfo& video) {
  Json edits = Json::array();
  for (const media::Edit& edit : video.edit_list) {
    edits.push_back({{"duration", edit.duration}, {"media_time", edit.media_time}, {"rate", edit.rate}});
  }
  const bool sideways = video.rotation % 180 != 0;
  return {{"index", video.index},
          {"codec", video.codec},
          {"profile", text_or_null(video.profile)},
          {"pix_fmt", video.pix_fmt},
          {"bit_depth", video.bit_depth},
          {"width", video.width},
          {"height", video.height},
          {"display_width", sideways ? video.height : video.width},
          {"display_height", sideways ? video.width : video.height},
          {"sample_aspect_ratio", ratio_text(video.sample_aspect_ratio)},
          {"rotation", video.rotation},
          {"color_range", text_or_null(video.color_range)},
          {"color_space", text_or_null(video.color_space)},
          {"color_transfer", text_or_null(video.color_transfer)},
          {"color_primaries", text_or_null(video.color_primaries)},
          {"field_order", text_or_null(video.field_order)},
          {"r_frame_rate", ratio_text(video.r_frame_rate)},
          {"avg_frame_rate", ratio_text(video.avg_frame_rate)},
          {"fps", video.fps},
          {"variable_frame_rate", video.variable_frame_rate},
          {"frames", video.frames},
          {"lost_frames", video.lost_frames},
          {"start_time", video.start_time},
          {"duration", video.duration},
          {"bit_rate", video.bit_rate},
          {"key_frames", video.key_frames},
          {"edit_list", edits}};
}

Json info_json(const media::MediaInfo& info) {
  Json video = Json::array(), audio = Json::array(), other = Json::array();
  for (const media::VideoStreamInfo& stream : info.video) video.push_back(video_json(stream));
  for (const media::AudioStreamInfo& stream : info.audio) {
    audio.push_back({{"index", stream.index},
                     {"codec", stream.codec},
                     {"profile", text_or_null(stream.profile)},
                     {"sample_fmt", stream.sample_fmt},
                     {"sample_rate", stream.sample_rate},
                     {"channels", stream.channels},
                     {"channel_layout", text_or_null(stream.channel_layout)},
                     {"language", text_or_null(stream.language)},
                     {"start_time", stream.start_time},
                     {"duration", stream.duration}});
  }
  for (const media::OtherStreamInfo& stream : info.other) {
    other.push_back({{"index", stream.index}, {"type", stream.type}, {"codec", stream.codec}});
  }
  return {{"path", info.path},
          {"container", info.container},
          {"bytes", info.bytes},
          {"duration", info.duration},
          {"best_video_stream", info.best_video_stream},
          {"best_audio_stream", info.best_audio_stream < 0 ? Json(nullptr) : Json(info.best_audio_stream)},
          {"has_audio", !info.audio.empty()},
          {"video", video},
          {"audio", audio},
          {"other", other},
          {"warnings", info.warnings}};
}

Json times_json(const media::VideoReader& reader) {
  Json times = Json::array();
  for (const media::FrameTime& time : reader.frame_times()) times.push_back(time.pts);
  return times;
}

void print_video(const media::VideoStreamInfo& video, bool best) {
  fmt::print("  video {}{}: {}, {}x{} {}", video.index, best ? " (best)" : "",
             codec_text(video.codec, video.profile), video.width, video.height, video.pix_fmt);
  if (video.rotation) fmt::print(", turned by {} degrees", video.rotation);
  fmt::print("\n    {}, {:.3f} a second{}, {:.3f} to {:.3f} s, {}, {} kbit/s\n",
             counted(video.frames, "frame"), video.fps, video.variable_frame_rate ? " (varying)" : "",
             video.start_time, video.start_time + video.duration,
             counted(static_cast<std::int64_t>(video.key_frames.size()), "key frame"), video.bit_rate / 1000);
  fmt::print("    colour {}, range {}\n",
             video.color_space.empty() ? "not stated (read as BT.601)" : video.color_space,
             video.color_range.empty()   ? "not stated"
             : video.color_range == "pc" ? "full"
                                         : "limited");
  if (!video.edit_list.empty())
    fmt::print("    edit list applied ({})\n",
               counted(static_cast<std::int64_t>(video.edit_list.size()), "part"));
}

void print_info(const media::MediaInfo& info) {
  fmt::print("{}\n  {}, {}, {}\n", info.path, info.container, bytes_text(info.bytes),
             duration_text(info.duration));
  for (const media::VideoStreamInfo& video : info.video)
    print_video(video, video.index == info.best_video_stream);
  for (const media::AudioStreamInfo& audio : info.audio) {
    fmt::print("  audio {}{}: {}, {} Hz, {}, {}\n", audio.index,
               audio.index == info.best_audio_stream ? " (best)" : "", codec_text(audio.codec, audio.profile),
               audio.sample_rate, audio.channel_layout, duration_text(audio.duration));
  }
  for (const media::OtherStreamInfo& other : info.other)
    fmt::print("  {} {}: {}\n", other.type, other.index, other.codec);
}

int run_info(const InfoOptions& options) {
  if (options.times && !options.json && !options.jsonl) throw Error::usage("--times needs --json or --jsonl");
  Json documents = Json::array();
  int failed = 0, last_code = 0;
  for (const std::string& path : options.paths) {
    try {
      const media::VideoReader reader(path);
      for (const std::string& warning : reader.info().warnings) log_warning("{}: {}", path, warning);
      if (!options.json && !options.jsonl) {
        print_info(reader.info());
        continue;
      }
      Json document = info_json(reader.info());
      if (options.times) document["pts"] = times_json(reader);
      if (options.jsonl) print_json_line(document);
      documents.push_back(std::move(document));
    } catch (const Error& error) {
      if (error.kind() != ErrorKind::kInput) throw;
      log_error("{}", error.what());
      ++failed;
      last_code = error.exit_code();
    }
  }
  if (options.json && !documents.empty())
    print_json(options.paths.size() == 1 ? documents.front() : documents);
  if (failed == static_cast<int>(options.paths.size())) return last_code;
  return failed ? kSomeInputsFailed : 0;
}

}  // namespace

void add_info(Program& program) {
  CLI::App& command = program.command("info", "what a video file holds, counted by scanning it",
                                      {{"info match.mp4", "a summary for people"},
                                       {"info match.mp4 --json", "everything, as one JSON document"},
                                       {"info *.mp4 --jsonl", "a JSON line for each file"}});
  auto options = std::make_shared<InfoOptions>();
  command.add_option("VIDEO", options->paths, "video files")->required();
  CLI::Option* json = command.add_flag(
      "--json", options->json, "one JSON document: an object, or an array where several files are given");
  command.add_flag("--jsonl", options->jsonl, "a JSON object a line, as each file is read")->excludes(json);
  command.add_flag("--times", options->times,
                   "with --json or --jsonl: the presentation time of every frame, as 'pts'");
  program.on_run(command, [options] { return run_info(*options); });
}

}  // namespace zoetrope::cli
