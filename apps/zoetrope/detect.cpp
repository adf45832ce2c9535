// `detect`: a network for untrimmed videos on whole videos: which actions, and where.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/feature_inputs.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/shipped_bundles.h"
#include "apps/zoetrope/timeline_output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/log.h"
#include "zoetrope/data/detection_set.h"
#include "zoetrope/inference/detector.h"
#include "zoetrope/tasks/detection_scoring.h"
#include "zoetrope/timeline/activitynet.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;
using inference::DetectedVideo;

constexpr const char* kResults = "detections.json";
constexpr std::size_t kOnPage = 30;  // detections

struct DetectCommand {
  std::vector<std::string> inputs;
  std::string bundle, output, truth, subset, extractor;
  std::string on_error = "skip";
  double fps = 0;
  int threads = 0;
  bool json = false;
};

/// Annotated videos by name, with or without ActivityNet's "v_".
class Truth {
 public:
  Truth(const std::string& path, const std::string& subset) {
    if (path.empty()) return;
    for (data::AnnotatedVideo& video : data::read_annotated_videos(path)) {
      if (!subset.empty() && video.subset != subset) continue;
      const std::string name = video.name;
      videos_.emplace(name, std::move(video));
    }
  }
  [[nodiscard]] const data::AnnotatedVideo* find(const std::string& name) const {
    for (const std::string& known : {name, data::other_name(name)}) {
      const auto place = videos_.find(known);
      if (place != videos_.end()) return &place->second;
    }
    return nullptr;
  }

 private:
  std::map<std::string, data::AnnotatedVideo> videos_;
};

class Detection {
 public:
  Detection(const DetectCommand& options, ProgressMode mode)
      : options_(options),
        mode_(mode),
        detector_(bundle::load_bundle(bundle_folder(options.bundle)),
                  {.fps = options.fps, .extractor = extractor_folder(options.extractor, options.bundle)}),
        truth_(options.truth, options.subset),
        scoring_(detector_.bundle().labels) {
    make_output_folder(options.output);
  }

  /// Whether it is of the subset that is asked for.
  [[nodiscard]] bool wants(const fs::path& input) const {
    return options_.subset.empty() || truth_.find(input.stem().string());
  }

  // What is kept and measured comes last: an input that fails leaves nothing of itself.
  void add(const fs::path& input) {
    const std::string name = input.stem().string();
    std::optional<media::VideoReader> reader;
    if (!is_features(input)) reader.emplace(input.string());
    const DetectedVideo video = reader ? detect(*reader) : detector_.detect(input);
    timeline::Timeline timeline = detector_.timeline_of(video);
    timeline::Timeline detections{.video = timeline.video, .tracks = timeline.tracks};
    std::vector<metrics::TrueSegment> truth;
    std::size_t left_out = 0;
    if (!options_.truth.empty()) truth = add_truth(name, video, timeline, left_out);
    write_timeline(timeline, page_of(timeline), reader ? &*reader : nullptr,
                   (fs::path(options_.output) / name).string());
    results_.videos[name].timeline = std::move(detections);
    left_out_ += left_out;
    if (!options_.truth.empty()) scoring_.add(video.scores, video.found, std::move(truth));
    if (options_.json) return;
    std::set<std::int64_t> classes;
    for (const tasks::Detected& each : video.found) classes.insert(each.label);
    fmt::print("{}: {} detection{} of {} class{}\n", input.string(), video.found.size(),
               video.found.size() == 1 ? "" : "s", classes.size(), classes.size() == 1 ? "" : "es");
    std::fflush(stdout);
  }

  // Of the inputs that are done; returns what is written.
  std::string write_results() const {
    std::string document = timeline::to_activitynet_results(results_);
    write_file_atomically(fs::path(options_.output) / kResults, document);
    return document;
  }

  // Of one input at least.
  void finish() const {
    const std::string document = write_results();
    if (left_out_ > 0) {
      log_warning("{} true segments are of classes that the bundle does not know, and were left out",
                  left_out_);
    }
    if (options_.json) {
      fmt::print("{}", document);
      return;
    }
    print_means(scoring_.result(), " (segments by ActivityNet's evaluator)");
  }

 private:
  DetectedVideo detect(const media::VideoReader& reader) {
    return with_progress(reader, mode_, [&](const inference::FrameProgress& progress) {
      return detector_.detect(reader, progress);
    });
  }

  // A track of all true segments; returns those of the bundle's classes, counts the others.
  std::vector<metrics::TrueSegment> add_truth(const std::string& name, const DetectedVideo& video,
                                              timeline::Timeline& timeline, std::size_t& left_out) const {
    const data::AnnotatedVideo* known = truth_.find(name);
    if (!known) throw Error::input("{}: does not name the video '{}'", options_.truth, name);
    const std::vector<std::string>& labels = detector_.bundle().labels;
    timeline::Track track{.name = "truth"};
    std::vector<metrics::TrueSegment> segments;
    for (const data::LabelledSegment& each : known->segments) {
      const double start = video.video.start + each.start, end = video.video.start + each.end;
      const auto place = std::ranges::find(labels, each.label);
      const std::int64_t id = place == labels.end() ? -1 : place - labels.begin();
      track.segments.push_back({.start = start, .end = end, .label = each.label, .label_id = id});
      if (id < 0) ++left_out;
      if (id >= 0) segments.push_back({.label = id, .start = each.start, .end = each.end});
    }
    // First: a page shows tracks in their order, the detections under the truth.
    timeline.tracks.insert(timeline.tracks.begin(), std::move(track));
    timeline::sort_by_time(timeline);
    return segments;
  }

  // The detections of highest score alone: hundreds that overlap are no picture.
  static timeline::Timeline page_of(timeline::Timeline timeline) {
    timeline::Track& track = timeline.tracks.back();
    const std::size_t all = track.segments.size();
    if (all <= kOnPage) return timeline;
    std::ranges::stable_sort(track.segments, std::greater(),
                             [](const timeline::Segment& each) { return each.score.value_or(0); });
    track.segments.resize(kOnPage);
    track.description += fmt::format(" The {} of highest score, of {}.", kOnPage, all);
    timeline::sort_by_time(timeline);
    return timeline;
  }

  const DetectCommand& options_;
  ProgressMode mode_;
  inference::Detector detector_;
  Truth truth_;
  tasks::DetectionScoring scoring_;
  timeline::ActivityNetFile results_;
  std::size_t left_out_ = 0;
};

int run_detect(const DetectCommand& options, ProgressMode mode) {
  InputBatch batch(options.on_error);
  const std::vector<fs::path> inputs = feature_inputs(options.inputs, options.output, batch);
  refuse_equal_names(inputs, "; of two streams, the files of one are given");
  inference::use_threads(options.threads);
  Detection detection(options, mode);
  try {
    for (const fs::path& input : inputs) {
      if (detection.wants(input)) batch.run(input, [&] { detection.add(input); });
    }
  } catch (const Error&) {  // stopped: what is done stays
    if (batch.num_done() > 0) detection.write_results();
    throw;
  }
  if (batch.num_done() + std::ssize(batch.failures()) == 0)
    throw Error::input("no input is of subset '{}' of {}", options.subset, options.truth);
  if (batch.num_done() > 0) detection.finish();
  return batch.exit_code();
}

}  // namespace

void add_detect(Program& program) {
  CLI::App& command = program.command(
      "detect", "which actions are in a whole video and where, from its features",
      {{"detect features/rgb/match.npy --bundle runs/tsrnet/best -o out",
        "with features/flow/match.npy; writes out/match.json, match.html and detections.json"},
       {"detect features/rgb --bundle runs/tsrnet/best --truth thumos14.json -o out",
        "of a stream's folder, with truth and metrics"},
       {"detect features/rgb/*.npy --bundle runs/tsrnet/best -o out --json > found.json",
        "results in ActivityNet's form, as 'score' takes them"}});
  auto options = std::make_shared<DetectCommand>();
  command
      .add_option(
          "INPUT", options->inputs,
          "features (.npy): FOLDER/STREAM/NAME.npy of either stream, or one file of both; videos; or a "
          "folder of either")
      ->required();
  command.add_option("--bundle", options->bundle, "what 'train' has made of a detection recipe")
      ->type_name("DIR")
      ->required();
  command
      .add_option("-o,--output", options->output,
                  "the folder for NAME.json, NAME.html and, of all inputs, detections.json")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--truth", options->truth,
                  "annotations in ActivityNet's JSON: shown above the detections, and measured")
      ->type_name("FILE");
  command
      .add_option("--subset", options->subset,
                  "of the truth: inputs of other subsets are passed over, such as those of training")
      ->type_name("NAME")
      ->needs("--truth");
  command.add_option("--fps", options->fps, "columns of features a second; the bundle's if not given")
      ->type_name("R")
      ->check(Program::above_zero());
  command
      .add_option("--extractor", options->extractor,
                  "the bundle that computes a video's features; else the bundle's")
      ->type_name("DIR");
  add_on_error(program, command, options->on_error);
  command.add_option("-t,--threads", options->threads, "threads that compute; all cores if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_flag("--json", options->json,
                   "print the detections as one JSON document in ActivityNet's form");
  program.on_run(command, [&program, options] { return run_detect(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
