// `segment` and `align`: a network of feature sequences on whole videos, freely or along a transcript.
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <optional>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/feature_inputs.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/shipped_bundles.h"
#include "apps/zoetrope/timeline_output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/data/frame_labels.h"
#include "zoetrope/data/segmentation_set.h"
#include "zoetrope/inference/segmenter.h"
#include "zoetrope/tasks/segmentation_scoring.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;
using inference::FeatureSequence;

struct SegmentOptions {
  std::vector<std::string> inputs;
  std::string videos, bundle, output, truth, transcript, extractor, decode;
  double fps = 0;
  std::int64_t beam = -1;
  int threads = 0;
  bool json = false;
};

// The inputs; with a list, those that it names.
std::vector<fs::path> input_files(const SegmentOptions& options) {
  std::vector<fs::path> files = feature_inputs(options.inputs, options.output);
  if (options.videos.empty()) return files;
  std::vector<fs::path> listed;
  for (const std::string& name : data::read_video_list(options.videos)) {
    const auto found = std::ranges::find_if(files, [&](const fs::path& file) { return file.stem() == name; });
    if (found == files.end())
      throw Error::input("{}: no input is called '{}', which {} names", options.inputs.front(), name,
                         options.videos);
    listed.push_back(*found);
  }
  return listed;
}

// A file for one input, or NAME.txt of a folder.
fs::path file_of(const std::string& given, const fs::path& input) {
  return fs::is_directory(given) ? fs::path(given) / (input.stem().string() + ".txt") : fs::path(given);
}

std::vector<std::int64_t> read_names(const fs::path& path, const inference::Segmenter& segmenter) {
  data::Vocabulary classes("action", true, segmenter.bundle().labels, segmenter.bundle().folder.string());
  return data::read_label_lines(path, classes);
}

// Truth has a line a column; of a video, a line a frame, which is brought to its columns.
std::vector<std::int64_t> truth_for(const FeatureSequence& video, const fs::path& path,
                                    const inference::Segmenter& segmenter) {
  std::vector<std::int64_t> truth = read_names(path, segmenter);
  const std::int64_t lines = std::ssize(truth), columns = video.num_columns;
  if (lines == columns) return truth;
  if (is_features(video.video.path)) {
    throw Error::input("{}: {} lines, but {} has {} frames", path.string(), lines, video.video.path, columns);
  }
  std::vector<std::int64_t> taken;
  for (std::int64_t t = 0; t < columns; ++t)
    taken.push_back(truth[static_cast<std::size_t>(t * lines / columns)]);
  return taken;
}

// Of a video, columns become frames again.
std::vector<std::int64_t> frames_of(const std::vector<std::int64_t>& labels, const FeatureSequence& video) {
  const std::int64_t frames = video.video.num_frames, columns = std::ssize(labels);
  if (frames == columns) return labels;
  std::vector<std::int64_t> result;
  for (std::int64_t t = 0; t < frames; ++t)
    result.push_back(labels[static_cast<std::size_t>(t * columns / frames)]);
  return result;
}

class Run {
 public:
  Run(const SegmentOptions& options, ProgressMode mode)
      : options_(options),
        mode_(mode),
        segmenter_(bundle::load_bundle(options.bundle), segmenter_options(options)),
        scoring_(segmenter_.bundle().labels, segmenter_.background()) {
    make_output_folder(options.output);
  }

  void add(const fs::path& input) {
    throw_if_interrupted();
    std::optional<media::VideoReader> reader;
    if (!is_features(input)) reader.emplace(input.string());
    const FeatureSequence video = reader ? extract(*reader) : segmenter_.read_features(input);
    const double begin = steady_seconds();
    const tasks::Segmentation found =
        options_.transcript.empty()
            ? segmenter_.segment(video)
            : segmenter_.align(video, read_names(file_of(options_.transcript, input), segmenter_));
    const double seconds = steady_seconds() - begin;
    seconds_ += seconds;
    const std::vector<std::int64_t> labels = segmenter_.labels_of(video, found);
    timeline::Timeline timeline = segmenter_.timeline_of(video, found);
    Json row = {{"input", input.string()}, {"segments", found.actions.size()}, {"seconds", seconds}};
    std::string text = fmt::format("{}: {} segments", input.string(), found.actions.size());
    if (!options_.truth.empty()) {
      const auto truth = truth_for(video, file_of(options_.truth, input), segmenter_);
      timeline.tracks.push_back(inference::track_of_labels("truth", truth, segmenter_.bundle().labels,
                                                           video.fps, video.video.start));
      scoring_.add(labels, truth);
      tasks::SegmentationScoring alone(segmenter_.bundle().labels, segmenter_.background());
      alone.add(labels, truth);
      const tasks::HeadMetrics metrics = alone.result();
      for (const auto& [name, value] : metrics.values) row["metrics"][name] = value;
      text += ";" + metrics_text(metrics);
    }
    write(input, video, labels, timeline, reader ? &*reader : nullptr);
    rows_.push_back(std::move(row));
    if (options_.json) return;
    fmt::print("{}\n", text);
    std::fflush(stdout);
  }

  void finish() const {
    const tasks::HeadMetrics all = scoring_.result();
    if (options_.json) {
      // Network and decoder alone, without reading and writing of files.
      Json document = {{"videos", rows_},
                       {"seconds_per_video", seconds_ / static_cast<double>(rows_.size())}};
      for (const auto& [name, value] : all.values) document["metrics"][name] = value;
      return print_json(document);
    }
    if (all.samples < 2) return;
    fmt::print("all {} videos:{}\n", all.samples, metrics_text(all));
  }

 private:
  static inference::SegmenterOptions segmenter_options(const SegmentOptions& options) {
    inference::SegmenterOptions made{.fps = options.fps,
                                     .extractor = extractor_folder(options.extractor, options.bundle)};
    if (!options.decode.empty()) made.decode = tasks::decode_of_name(options.decode);
    if (options.beam >= 0) made.beam = options.beam;
    return made;
  }

  static std::string metrics_text(const tasks::HeadMetrics& metrics) {
    std::string text;
    for (const auto& [name, value] : metrics.values) text += fmt::format(" {} {:.1f}", name, 100 * value);
    return text;
  }

  FeatureSequence extract(const media::VideoReader& reader) {
    return with_progress(reader, mode_, [&](const inference::FrameProgress& progress) {
      return segmenter_.extract(reader, progress);
    });
  }

  void write(const fs::path& input, const FeatureSequence& video, const std::vector<std::int64_t>& labels,
             const timeline::Timeline& timeline, media::VideoReader* reader) const {
    const std::string stem = (fs::path(options_.output) / input.stem()).string();
    std::string lines;
    for (const std::int64_t label : frames_of(labels, video))
      lines += segmenter_.bundle().labels[static_cast<std::size_t>(label)] + '\n';
    write_file_atomically(stem + ".txt", lines);
    write_timeline(timeline, reader, stem);
  }

  const SegmentOptions& options_;
  ProgressMode mode_;
  inference::Segmenter segmenter_;
  tasks::SegmentationScoring scoring_;
  Json rows_ = Json::array();
  double seconds_ = 0;
};

int run_segment(const SegmentOptions& options, ProgressMode mode) {
  const std::vector<fs::path> inputs = input_files(options);
  for (const auto& [flag, path] :
       {std::pair("--truth", options.truth), {"--transcript", options.transcript}}) {
    if (inputs.size() > 1 && !path.empty() && !fs::is_directory(path))
      throw Error::usage("{} {}: of several inputs, a folder of NAME.txt is needed", flag, path);
  }
  inference::use_threads(options.threads);
  Run run(options, mode);
  for (const fs::path& input : inputs) run.add(input);
  run.finish();
  return 0;
}

void add_common(CLI::App& command, SegmentOptions& options) {
  command
      .add_option("INPUT", options.inputs,
                  "features (.npy of [D, T] or [T, D]), videos, or a folder of either")
      ->required();
  command.add_option("--videos", options.videos, "a list of names: of the inputs, only these, in its order")
      ->type_name("FILE");
  command.add_option("--bundle", options.bundle, "what 'train' has made of a segmentation recipe")
      ->type_name("DIR")
      ->required();
  command.add_option("-o,--output", options.output, "the folder for NAME.json, NAME.txt and NAME.html")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--truth", options.truth,
                  "a class name a frame, or a folder of NAME.txt: shown below the prediction, and measured")
      ->type_name("PATH");
  command.add_option("--fps", options.fps, "columns of features a second; the bundle's if not given")
      ->type_name("R")
      ->check(Program::above_zero());
  command
      .add_option("--extractor", options.extractor,
                  "the bundle that computes a video's features; else the bundle's")
      ->type_name("DIR");
  command.add_option("-t,--threads", options.threads, "threads that compute; all cores if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_flag("--json", options.json, "print one JSON document");
}

}  // namespace

void add_segment(Program& program) {
  CLI::App& command =
      program.command("segment", "the actions of a whole video, from its features, frame by frame",
                      {{"segment features/P03.npy --bundle runs/mucon/best -o out",
                        "writes out/P03.json, P03.txt and P03.html"},
                       {"segment features/*.npy --bundle runs/mucon/best --truth groundTruth -o out",
                        "with truth and metrics"},
                       {"segment kitchen.mp4 --bundle runs/mucon/best --extractor bundles/i3d_rgb -o out",
                        "features are computed on the way"}});
  auto options = std::make_shared<SegmentOptions>();
  add_common(command, *options);
  program.choice(command, "--decode", options->decode, {"frames", "segments", "full", "alignment"},
                 "what makes the segments; the bundle's if not given");
  command
      .add_option("--beam", options->beam,
                  "of alignment: hypotheses that live on after a step, 0 for all; the bundle's if not given")
      ->type_name("N")
      ->check(CLI::NonNegativeNumber);
  program.on_run(command, [&program, options] { return run_segment(*options, program.progress_mode()); });
}

void add_align(Program& program) {
  CLI::App& command =
      program.command("align", "where in a video the actions of a transcript lie",
                      {{"align features/P03.npy --transcript P03.txt --bundle runs/mucon/best -o out",
                        "a class name a line, in order"},
                       {"align features/*.npy --transcript transcripts --bundle runs/mucon/best -o out",
                        "NAME.txt for each"}});
  auto options = std::make_shared<SegmentOptions>();
  add_common(command, *options);
  command
      .add_option("--transcript", options->transcript,
                  "the actions in order, a class name a line; or a folder of NAME.txt")
      ->type_name("PATH")
      ->required();
  program.on_run(command, [&program, options] { return run_segment(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
