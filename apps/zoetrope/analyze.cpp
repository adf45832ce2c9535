#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/inference/analysis.h"
#include "zoetrope/inference/excerpts.h"
#include "zoetrope/inference/report.h"
#include "zoetrope/inference/video_files.h"
#include "zoetrope/timeline/formats.h"
#include "zoetrope/timeline/json.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;
using inference::VideoFile;

struct AnalyzeOptions {
  std::vector<std::string> inputs;
  std::string output, highlights;
  std::string on_error = "skip";
  std::string page_video = "auto";
  std::vector<std::string> formats;
  std::string track = "parts";
  bool force = false;
  bool json = false;
};

fs::path with_suffix(const fs::path& result, const char* suffix) {
  return result.string() + suffix;
}

fs::path export_path(const VideoFile& video, const timeline::Format& format) {
  return with_suffix(video.result, std::string(format.suffixes.front()).c_str());
}

inference::PageVideo page_video(const std::string& word) {
  if (word == "embed") return inference::PageVideo::kEmbed;
  if (word == "link") return inference::PageVideo::kLink;
  return word == "none" ? inference::PageVideo::kNone : inference::PageVideo::kAuto;
}

/// Whether an earlier run has left whole results of this very file.
bool is_done(const VideoFile& video, const AnalyzeOptions& options) {
  for (const char* suffix : {".json", ".vtt", ".html"}) {
    if (!fs::exists(with_suffix(video.result, suffix))) return false;
  }
  for (const std::string& name : options.formats) {
    if (!fs::exists(export_path(video, timeline::format_of_name(name)))) return false;
  }
  try {
    return timeline::read_json(with_suffix(video.result, ".json")).video.sha256 == sha256_of_file(video.path);
  } catch (const Error&) {
    return false;  // a result that cannot be read is made again
  }
}

/// Exports besides the page: for `--format`, in the formats' own order.
std::vector<std::string> format_names() {
  std::vector<std::string> names;
  for (const timeline::Format& format : timeline::formats()) names.emplace_back(format.name);
  return names;
}

void write_exports(const timeline::Timeline& timeline, const VideoFile& video,
                   const AnalyzeOptions& options) {
  for (const std::string& name : options.formats) {
    const timeline::Format& format = timeline::format_of_name(name);
    timeline::write_timeline(timeline, export_path(video, format), format,
                             {.track = format.one_track ? options.track : ""});
  }
}

/// "5 shots, 3 parts, 6 representative"
std::string summary_of(const timeline::Timeline& timeline) {
  std::string text;
  for (const timeline::Track& track : timeline.tracks) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", track.segments.size(), track.name);
  }
  return text;
}

timeline::Timeline analyze(const VideoFile& video, const AnalyzeOptions& options, ProgressMode mode) {
  media::VideoReader reader(video.path.string());
  for (const std::string& warning : reader.info().warnings)
    log_warning("{}: {}", video.path.string(), warning);
  Progress progress({.label = video.path.filename().string(), .total = reader.num_frames(), .mode = mode});
  timeline::Timeline timeline = inference::analyze_video(reader, {}, [&](std::int64_t frames) {
    throw_if_interrupted();
    progress.advance(frames - progress.done());
  });
  progress.finish();
  fs::create_directories(video.result.parent_path());
  timeline::write_timeline(timeline, with_suffix(video.result, ".vtt"), timeline::format_of_name("webvtt"));
  write_exports(timeline, video, options);
  inference::write_report(timeline, reader, with_suffix(video.result, ".html"),
                          {.video = page_video(options.page_video)});
  // Last, since its presence says that the rest is whole.
  timeline::write_json(timeline, with_suffix(video.result, ".json"));
  return timeline;
}

void make_highlights(const VideoFile& video, const std::string& path) {
  const timeline::Timeline timeline = timeline::read_json(with_suffix(video.result, ".json"));
  const timeline::Track* track = timeline::find_track(timeline, "representative");
  if (!track) throw Error::failed("{}: no representative segments", video.path.string());
  std::vector<inference::Span> spans;
  for (const timeline::Segment& segment : track->segments) spans.push_back({segment.start, segment.end});
  media::VideoReader reader(video.path.string());
  inference::write_excerpts(reader, spans, path);
}

/// What became of each video.
struct Summary {
  Json rows = Json::array();
  int analyzed = 0, skipped = 0, failed = 0;
  int last_error = 0;

  void succeed(const VideoFile& video, bool fresh) {
    ++(fresh ? analyzed : skipped);
    rows.push_back({{"video", video.path.string()},
                    {"status", fresh ? "analyzed" : "skipped"},
                    {"page", with_suffix(video.result, ".html").string()}});
  }
  void fail(const VideoFile& video, const std::string& message, int exit_code) {
    log_error("{}", message);
    ++failed;
    last_error = exit_code;
    rows.push_back({{"video", video.path.string()}, {"status", "failed"}, {"error", message}});
  }
};

void analyze_one(const VideoFile& video, const AnalyzeOptions& options, ProgressMode mode, Summary& summary) {
  if (!options.force && is_done(video, options)) {
    summary.succeed(video, false);
    log_info("{}: done before; --force does it again", video.path.string());
  } else {
    const timeline::Timeline timeline = analyze(video, options, mode);
    summary.succeed(video, true);
    if (!options.json) {
      fmt::print("{}: {}\n  {}\n", video.path.string(), summary_of(timeline),
                 with_suffix(video.result, ".html").string());
      std::fflush(stdout);
    }
  }
  if (!options.highlights.empty()) make_highlights(video, options.highlights);
}

int run_analyze(const AnalyzeOptions& options, ProgressMode mode) {
  const std::vector<VideoFile> videos = inference::find_videos(options.inputs, options.output);
  if (!options.highlights.empty() && videos.size() != 1) {
    throw Error::usage("--highlights {}: takes one video, not {}", options.highlights, videos.size());
  }
  Summary summary;
  for (const VideoFile& video : videos) {
    try {
      throw_if_interrupted();
      analyze_one(video, options, mode, summary);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInterrupted || error.kind() == ErrorKind::kUsage ||
          options.on_error == "fail")
        throw;
      summary.fail(video, error.what(), error.exit_code());
    } catch (const std::exception& error) {  // of a library: one video's misfortune, not the others'
      if (options.on_error == "fail") throw;
      summary.fail(video, video.path.string() + ": " + error.what(), 1);
    }
  }
  if (options.json) {
    print_json({{"analyzed", summary.analyzed},
                {"skipped", summary.skipped},
                {"failed", summary.failed},
                {"videos", summary.rows}});
  } else if (videos.size() > 1) {
    fmt::print("{} analyzed, {} done before, {} failed\n", summary.analyzed, summary.skipped, summary.failed);
    for (const Json& row : summary.rows) {
      if (row["status"] == "failed") fmt::print("  {}\n", row["error"].get<std::string>());
    }
  }
  if (summary.failed == static_cast<int>(videos.size())) return summary.last_error;
  return summary.failed ? kSomeInputsFailed : 0;
}

}  // namespace

void add_analyze(Program& program) {
  CLI::App& command = program.command(
      "analyze", "what happens in a video: a timeline, and a page to look at",
      {{"analyze match.mp4 -o out", "writes out/match.json, match.vtt and match.html"},
       {"analyze videos/ more/*.mkv -o out", "folders and files; a rerun skips what is done"},
       {"analyze match.mp4 -o out --format csv chapters", "further formats beside the page"},
       {"analyze match.mp4 -o out --highlights best.mp4", "the representative segments as a video, too"}});
  auto options = std::make_shared<AnalyzeOptions>();
  command.add_option("INPUT", options->inputs, "video files, and folders that are searched for videos")
      ->required();
  command.add_option("-o,--output", options->output, "the folder for the results; it is made if missing")
      ->type_name("DIR")
      ->required();
  program.choice(command, "--on-error", options->on_error, {"skip", "fail"},
                 "at a video that cannot be read: go on with the next, or stop");
  command
      .add_option("--highlights", options->highlights,
                  "write the representative segments of the one video to this MP4")
      ->type_name("FILE");
  program.choice(command, "--page-video", options->page_video, {"auto", "embed", "link", "none"},
                 "the page carries its video, or links it; auto: carries it up to 24 MiB");
  program.choices(command, "--format", options->formats, format_names(), "write these formats, too");
  command.add_option("--track", options->track, "the track that goes into formats that hold one")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_flag("--force", options->force, "do again what an earlier run has done");
  command.add_flag("--json", options->json, "print the summary as one JSON document");
  program.on_run(command, [&program, options] { return run_analyze(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
