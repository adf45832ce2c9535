#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/device.h"
#include "apps/zoetrope/input_batch.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/shipped_bundles.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/inference/analysis.h"
#include "zoetrope/inference/excerpts.h"
#include "zoetrope/inference/recognition.h"
#include "zoetrope/inference/report.h"
#include "zoetrope/inference/shards.h"
#include "zoetrope/inference/video_files.h"
#include "zoetrope/structure/timeline_tracks.h"
#include "zoetrope/timeline/formats.h"
#include "zoetrope/timeline/json.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;
using inference::VideoFile;

struct AnalyzeOptions {
  std::vector<std::string> inputs;
  std::string output, highlights;
  std::string on_error = "skip", device = "cpu";
  std::string page_video = "auto";
  std::vector<std::string> formats;
  std::string track = "parts";
  std::vector<std::string> bundles = {kDefaultBundle};
  bool no_labels = false;
  std::string views, shard;
  inference::RecognitionOptions recognition;
  int threads = 0;
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

/// What an earlier run has left of this very video, if it is whole.
std::optional<timeline::Timeline> earlier_result(const VideoFile& video,
                                                 const inference::Recognizer* recognizer) {
  for (const char* suffix : {".json", ".vtt", ".html"}) {
    if (!fs::exists(with_suffix(video.result, suffix))) return std::nullopt;
  }
  try {
    timeline::Timeline timeline = timeline::read_json(with_suffix(video.result, ".json"));
    if (timeline.video.sha256 != sha256_of_file(video.path)) return std::nullopt;
    if (recognizer && !recognizer->has_recognized(timeline)) return std::nullopt;
    return timeline;
  } catch (const Error&) {
    return std::nullopt;  // a result that cannot be read is made again
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
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", track.name, track.segments.size());
  }
  return text;
}

void recognize(inference::Recognizer& recognizer, const media::VideoReader& reader,
               timeline::Timeline& timeline, ProgressMode mode) {
  const std::string name = fs::path(reader.info().path).filename().string();
  Progress progress({.label = name + ", models", .total = reader.num_frames(), .mode = mode});
  recognizer.recognize(reader, timeline, [&](std::int64_t done, std::int64_t) {
    throw_if_interrupted();
    progress.advance(done - progress.done());
  });
  progress.finish();
}

void make_folder(const fs::path& folder) {
  std::error_code failed;
  fs::create_directories(folder, failed);
  if (failed) throw Error::failed("{}: the folder cannot be made: {}", folder.string(), failed.message());
}

void write_page(const timeline::Timeline& timeline, media::VideoReader& reader, const VideoFile& video,
                const AnalyzeOptions& options) {
  log_debug("{}: making the page", video.path.string());
  inference::write_report(timeline, reader, with_suffix(video.result, ".html"),
                          {.video = page_video(options.page_video)});
}

timeline::Timeline analyze(const VideoFile& video, const AnalyzeOptions& options,
                           inference::Recognizer* recognizer, ProgressMode mode) {
  const std::string path = video.path.string();
  log_debug("{}: opening", path);
  media::VideoReader reader(path);
  for (const std::string& warning : reader.info().warnings) log_warning("{}: {}", path, warning);
  const media::VideoStreamInfo& stream = reader.stream_info();
  log_debug("{}: stream {}, {} {} x {}, {} frames", path, stream.index, stream.codec, stream.width,
            stream.height, reader.num_frames());
  Progress progress({.label = video.path.filename().string(), .total = reader.num_frames(), .mode = mode});
  timeline::Timeline timeline = inference::analyze_video(reader, {}, [&](std::int64_t frames) {
    throw_if_interrupted();
    progress.advance(frames - progress.done());
  });
  progress.finish();
  if (recognizer) recognize(*recognizer, reader, timeline, mode);
  make_folder(video.result.parent_path());
  write_page(timeline, reader, video, options);
  timeline::write_timeline(timeline, with_suffix(video.result, ".vtt"), timeline::format_of_name("webvtt"));
  write_exports(timeline, video, options);
  // Last, since its presence says that the rest is whole.
  timeline::write_json(timeline, with_suffix(video.result, ".json"));
  return timeline;
}

void make_highlights(const VideoFile& video, const timeline::Timeline& timeline, const std::string& path) {
  const timeline::Track* track = timeline::find_track(timeline, "representative");
  if (!track) throw Error::failed("{}: no representative segments", video.path.string());
  std::vector<inference::Span> spans;
  for (const timeline::Segment& segment : track->segments) spans.push_back({segment.start, segment.end});
  media::VideoReader reader(video.path.string());
  inference::write_excerpts(reader, spans, path);
}

/// What became of the videos that did not fail.
struct Summary {
  Json rows = Json::array();
  int analyzed = 0, skipped = 0;
  std::string shard = {};  ///< "2/4" where there are others

  void succeed(const VideoFile& video, bool fresh) {
    ++(fresh ? analyzed : skipped);
    rows.push_back({{"video", video.path.string()},
                    {"status", fresh ? "analyzed" : "skipped"},
                    {"page", with_suffix(video.result, ".html").string()}});
  }
  void print(const InputBatch& batch, bool as_json) const {
    const std::size_t failed = batch.failures().size();
    if (as_json) {
      Json videos = rows;
      for (const InputBatch::Failure& each : batch.failures())
        videos.push_back({{"video", each.input}, {"status", "failed"}, {"error", each.error}});
      Json document = {{"analyzed", analyzed}, {"skipped", skipped}, {"failed", failed}, {"videos", videos}};
      if (!shard.empty()) document["shard"] = shard;
      return print_json(document);
    }
    if (rows.size() + failed <= 1 && shard.empty()) return;
    fmt::print("{}{} analyzed, {} done before, {} failed\n", shard.empty() ? "" : "shard " + shard + ": ",
               analyzed, skipped, failed);
    for (const InputBatch::Failure& each : batch.failures()) fmt::print("  {}\n", each.error);
  }
};

void analyze_one(const VideoFile& video, const AnalyzeOptions& options, inference::Recognizer* recognizer,
                 ProgressMode mode, Summary& summary) {
  const std::optional<timeline::Timeline> earlier =
      options.force ? std::nullopt : earlier_result(video, recognizer);
  const timeline::Timeline timeline = earlier ? *earlier : analyze(video, options, recognizer, mode);
  if (earlier) {
    log_info("{}: done before; --force does it again", video.path.string());
    write_exports(timeline, video, options);
    if (options.page_video != "auto") {
      media::VideoReader reader(video.path.string());
      write_page(timeline, reader, video, options);
    }
  }
  if (!options.highlights.empty()) make_highlights(video, timeline, options.highlights);
  summary.succeed(video, !earlier);
  if (!earlier && !options.json) {
    fmt::print("{}: {}\n  {}\n", video.path.string(), summary_of(timeline),
               with_suffix(video.result, ".html").string());
    std::fflush(stdout);
  }
}

void check_highlights(const std::string& highlights, const std::vector<VideoFile>& videos) {
  if (videos.size() != 1) {
    throw Error::usage("--highlights {}: takes one video, not {}", highlights, videos.size());
  }
  const fs::path path = highlights;
  if (path.extension() != ".mp4") throw Error::usage("--highlights {}: the name ends in .mp4", highlights);
  std::error_code missing;
  if (fs::equivalent(path, videos.front().path, missing)) {
    throw Error::usage("--highlights {}: that is the video itself", highlights);
  }
  if (path.has_parent_path()) make_folder(path.parent_path());
}

/// What can be known to be wrong before a long work begins.
void check_options(const AnalyzeOptions& options, const std::vector<VideoFile>& videos,
                   const std::vector<bundle::Bundle>& bundles) {
  std::vector<std::string> tracks(structure::kTrackNames.begin(), structure::kTrackNames.end());
  for (const bundle::Bundle& bundle : bundles) tracks.push_back(inference::name_of(bundle));
  if (std::ranges::find(tracks, options.track) == tracks.end()) {
    throw Error::usage("--track {}: no such track{}; there are {}", options.track,
                       did_you_mean(options.track, tracks), fmt::join(tracks, ", "));
  }
  make_folder(options.output);
  if (!options.highlights.empty()) check_highlights(options.highlights, videos);
}

std::optional<inference::Recognizer> load_models(const AnalyzeOptions& options) {
  const bool by_default = options.bundles == std::vector<std::string>{kDefaultBundle};
  if (options.no_labels || (by_default && !fs::exists(bundle_folder(kDefaultBundle)))) return std::nullopt;
  const torch::Device device = device_of(options.device);
  inference::use_threads(options.threads);
  inference::RecognitionOptions recognition = options.recognition;
  if (!options.views.empty()) inference::set_views(recognition, options.views);
  std::vector<bundle::Bundle> bundles;
  for (const std::string& folder : options.bundles) {
    bundles.push_back(bundle::load_bundle(bundle_folder(folder)));
    bundles.back().model->to(device);
  }
  return inference::Recognizer(std::move(bundles), recognition);
}

int run_analyze(const AnalyzeOptions& options, ProgressMode mode) {
  const inference::Shard shard = inference::shard_of(options.shard, this_environment());
  std::optional<inference::Recognizer> recognizer = load_models(options);
  InputBatch batch(options.on_error);
  std::vector<std::string> refused;
  const std::vector<VideoFile> videos =
      inference::find_videos(options.inputs, options.output, batch.skips() ? &refused : nullptr);
  check_options(options, videos, recognizer ? recognizer->bundles() : std::vector<bundle::Bundle>());
  Summary summary;
  if (shard.count > 1) summary.shard = fmt::format("{}/{}", shard.number, shard.count);
  for (const std::string& line : inference::share_of(shard, refused)) batch.refuse(line);
  for (const VideoFile& video : inference::share_of(shard, videos)) {
    batch.run(video.path,
              [&] { analyze_one(video, options, recognizer ? &*recognizer : nullptr, mode, summary); });
  }
  summary.print(batch, options.json);
  return batch.exit_code();
}

}  // namespace

void add_analyze(Program& program) {
  CLI::App& command = program.command(
      "analyze", "what happens in a video: a timeline, and a page to look at",
      {{"analyze match.mp4 -o out", "writes out/match.json, match.vtt and match.html"},
       {"analyze videos/ more/*.mkv -o out", "folders and files; a rerun skips what is done"},
       {"analyze match.mp4 -o out --format csv,chapters", "further formats beside the page"},
       {"analyze match.mp4 -o out --highlights best.mp4", "the representative segments as a video, too"},
       {"analyze match.mp4 -o out --bundle bundles/x3d_s --window 2",
        "a model's labels for every two seconds, too"},
       {"analyze videos/ -o out --shard 2/4", "the second of four processes that share the videos"}});
  auto options = std::make_shared<AnalyzeOptions>();
  command.add_option("INPUT", options->inputs, "video files, and folders that are searched for videos")
      ->required();
  command.add_option("-o,--output", options->output, "the folder for the results; it is made if missing")
      ->type_name("DIR")
      ->required();
  add_on_error(program, command, options->on_error);
  command
      .add_option("--highlights", options->highlights,
                  "write the representative segments of the one video to this MP4, sound in mono")
      ->type_name("FILE");
  program.choice(command, "--page-video", options->page_video, {"auto", "embed", "link", "none"},
                 "the page carries its video, or links it; auto: carries it up to 24 MiB");
  program.choices(command, "--format", options->formats, format_names(), "write these formats, too");
  command.add_option("--track", options->track, "the track that goes into formats that hold one")
      ->type_name("NAME")
      ->capture_default_str();
  CLI::Option* bundle =
      command
          .add_option(
              "--bundle", options->bundles,
              "trained models, folders that 'train' or 'import' has made: a track of labels for each of "
              "their tasks. The default knows shapes in motion, as 'render' draws them, and little else")
          ->type_name("DIR")
          ->capture_default_str();
  command.add_flag("--no-labels", options->no_labels, "the video's structure alone")->excludes(bundle);
  command
      .add_option(
          "--views", options->views,
          "clips of a whole video, and crops of each (1, 3, 5 or 10), whose scores are averaged [10x1]")
      ->type_name("CLIPSxCROPS");
  command
      .add_option("--window", options->recognition.window,
                  "label windows of so many seconds instead of the whole video")
      ->type_name("S")
      ->check(Program::above_zero());
  command
      .add_option("--stride", options->recognition.stride,
                  "seconds from one window to the next; the window if not given")
      ->type_name("S")
      ->check(Program::above_zero());
  command.add_option("--top-k", options->recognition.top_k, "labels of a span at most")
      ->type_name("K")
      ->check(Program::above_zero())
      ->capture_default_str();
  command
      .add_option("--threshold", options->recognition.threshold,
                  "the least score of a label; where many go together, the bundle's own if not given")
      ->type_name("T")
      ->check(Program::within(0.0, 1.0));
  add_device(program, command, options->device);
  command
      .add_option("-t,--threads", options->threads, "threads that models compute on; all cores if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command
      .add_option(
          "--shard", options->shard,
          "every N-th video from the I-th on, I from 1; env: as torchrun, MPI or Slurm number the processes")
      ->type_name("I/N|env");
  command.add_flag("--force", options->force, "do again what an earlier run has done");
  command.add_flag("--json", options->json, "print the summary as one JSON document");
  program.on_run(command, [&program, options] { return run_analyze(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
