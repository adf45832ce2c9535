// `segment` and `align`: a network of feature sequences on whole videos, freely or along a transcript.
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/feature_inputs.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/shipped_bundles.h"
#include "apps/zoetrope/timeline_output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
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
  std::string on_error = "skip";
  double fps = 0;
  std::int64_t beam = -1, max_length_difference = 0;
  int threads = 0;
  bool json = false;
};

// The inputs; with a list, those that it names.
std::vector<fs::path> input_files(const SegmentOptions& options, InputBatch& batch) {
  std::vector<fs::path> files = feature_inputs(options.inputs, options.output, batch);
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
  // "label 'stir' is not in ..."
  const std::string source = "the classes of the bundle " + segmenter.bundle().folder.string();
  data::Vocabulary classes("action", true, segmenter.bundle().labels, source);
  return data::read_label_lines(path, classes);
}

// Truth has a line a column, but for a few where that is allowed: then as many as both have are
// taken. Of a video, it has a line a frame, which is brought to its columns.
std::vector<std::int64_t> truth_for(const FeatureSequence& video, const fs::path& path,
                                    const inference::Segmenter& segmenter,
                                    std::int64_t max_length_difference) {
  std::vector<std::int64_t> truth = read_names(path, segmenter);
  if (truth.empty()) throw Error::input("{}: names no class", path.string());
  const std::int64_t lines = std::ssize(truth), columns = video.num_columns;
  if (lines == columns) return truth;
  if (is_features(video.video.path)) {
    const std::int64_t difference = std::abs(lines - columns);
    if (difference > max_length_difference) {
      throw Error::input(
          "{}: {} lines, but {} has {} frames; --max-length-difference {} would cut both to the shorter",
          path.string(), lines, video.video.path, columns, difference);
    }
    truth.resize(static_cast<std::size_t>(std::min(lines, columns)));
    return truth;
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
        segmenter_(bundle::load_bundle(bundle_folder(options.bundle)), segmenter_options(options)),
        scoring_(segmenter_.bundle().labels, segmenter_.background()) {
    check_beam();
    make_output_folder(options.output);
  }

  // What is counted and measured comes last: an input that fails leaves nothing of itself.
  void add(const fs::path& input) {
    std::optional<media::VideoReader> reader;
    if (!is_features(input)) reader.emplace(input.string());
    const FeatureSequence video = reader ? extract(*reader) : segmenter_.read_features(input);
    const double begin = steady_seconds();
    const tasks::Segmentation found =
        options_.transcript.empty()
            ? segmenter_.segment(video)
            : segmenter_.align(video, read_transcript(file_of(options_.transcript, input)));
    const double seconds = steady_seconds() - begin;
    const std::vector<std::int64_t> labels = segmenter_.labels_of(video, found);
    timeline::Timeline timeline = segmenter_.timeline_of(video, found);
    Json segments = Json::array();
    for (const timeline::Segment& each : timeline.tracks.front().segments)
      segments.push_back({{"start", each.start}, {"end", each.end}, {"label", each.label}});
    std::vector<std::int64_t> truth;
    if (!options_.truth.empty()) {
      truth = truth_for(video, file_of(options_.truth, input), segmenter_, options_.max_length_difference);
      // First: a page shows tracks in their order, the prediction under the truth.
      timeline.tracks.insert(timeline.tracks.begin(),
                             inference::track_of_labels("truth", truth, segmenter_.bundle().labels, video.fps,
                                                        video.video.start));
    }
    write(input, video, labels, timeline, reader ? &*reader : nullptr);
    Json row = {{"input", input.string()}, {"segments", std::move(segments)}, {"seconds", seconds}};
    std::string text = fmt::format("{}: {} segments", input.string(), found.actions.size());
    if (!truth.empty()) {
      const std::span<const std::int64_t> scored = std::span(labels).first(truth.size());
      scoring_.add(scored, truth);
      tasks::SegmentationScoring alone(segmenter_.bundle().labels, segmenter_.background());
      alone.add(scored, truth);
      const tasks::HeadMetrics metrics = alone.result();
      for (const auto& [name, value] : metrics.values) row["metrics"][name] = value;
      text += ";" + metrics_text(metrics);
    }
    seconds_ += seconds;
    rows_.push_back(std::move(row));
    if (options_.json) return;
    fmt::print("{}\n", text);
    std::fflush(stdout);
  }

  // Of one input at least.
  void finish(const std::vector<InputBatch::Failure>& failures) const {
    const tasks::HeadMetrics all = scoring_.result();
    if (options_.json) {
      // Network and decoder alone, without reading and writing of files.
      Json document = {{"videos", rows_},
                       {"seconds_per_video", seconds_ / static_cast<double>(rows_.size())}};
      for (const auto& [name, value] : all.values) document["metrics"][name] = value;
      for (const InputBatch::Failure& each : failures)
        document["failed"].push_back({{"input", each.input}, {"error", each.error}});
      return print_json(document);
    }
    if (all.samples < 2) return;
    fmt::print("all {} videos:{}\n", all.samples, metrics_text(all));
  }

 private:
  void check_beam() const {
    const bundle::SequenceSection& sequence = *segmenter_.bundle().config.sequence;
    if (options_.beam < 0) return;
    if (!sequence.alignment) {
      throw Error::usage("--beam {}: {} has no alignment, which alone has a beam; leave the flag out",
                         options_.beam, options_.bundle);
    }
    const std::string& decode = options_.decode.empty() ? sequence.decode : options_.decode;
    if (tasks::decode_of_name(decode) != tasks::Decode::kAlignment) {
      throw Error::usage("--beam {}: decoding by '{}' has no beam; --decode alignment has", options_.beam,
                         decode);
    }
  }

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

  [[nodiscard]] std::vector<std::int64_t> read_transcript(const fs::path& path) const {
    std::vector<std::int64_t> transcript = read_names(path, segmenter_);
    if (std::ranges::adjacent_find(transcript) != transcript.end()) {
      log_warning("{}: an action stands twice in a row; is it a transcript, or the labels of frames?",
                  path.string());
    }
    return transcript;
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
    write_timeline(timeline, timeline, reader, stem);
  }

  const SegmentOptions& options_;
  ProgressMode mode_;
  inference::Segmenter segmenter_;
  tasks::SegmentationScoring scoring_;
  Json rows_ = Json::array();
  double seconds_ = 0;
};

int run_segment(const SegmentOptions& options, ProgressMode mode) {
  InputBatch batch(options.on_error);
  const std::vector<fs::path> inputs = input_files(options, batch);
  refuse_equal_names(inputs,
                     "; one's results would replace the other's: give each a run and a folder of its own");
  for (const auto& [flag, path] :
       {std::pair("--truth", options.truth), {"--transcript", options.transcript}}) {
    if (inputs.size() > 1 && !path.empty() && !fs::is_directory(path))
      throw Error::usage("{} {}: of several inputs, a folder of NAME.txt is needed", flag, path);
  }
  inference::use_threads(options.threads);
  Run run(options, mode);
  for (const fs::path& input : inputs) batch.run(input, [&] { run.add(input); });
  if (batch.num_done() > 0) run.finish(batch.failures());
  return batch.exit_code();
}

void add_common(Program& program, CLI::App& command, SegmentOptions& options) {
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
                  "a class name a frame, or a folder of NAME.txt: shown above the prediction, and measured")
      ->type_name("PATH");
  command
      .add_option("--max-length-difference", options.max_length_difference,
                  "frames by which features and truth may differ; both are cut to the shorter and measured")
      ->type_name("N")
      ->check(Program::within(0))
      ->capture_default_str();
  command.add_option("--fps", options.fps, "columns of features a second; the bundle's if not given")
      ->type_name("R")
      ->check(Program::above_zero());
  command
      .add_option("--extractor", options.extractor,
                  "the bundle that computes a video's features; else the bundle's")
      ->type_name("DIR");
  add_on_error(program, command, options.on_error);
  command.add_option("-t,--threads", options.threads, "threads that compute; all cores if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_flag("--json", options.json, "print one JSON document");
}

}  // namespace

void add_segment(Program& program) {
  CLI::App& command = program.command(
      "segment", "the actions of a whole video, from its features, frame by frame",
      {{"segment features/P03.npy --bundle runs/mucon/best -o out",
        "writes out/P03.json, P03.txt and P03.html"},
       {"segment features --videos test.txt --bundle runs/mucon/best --truth groundTruth -o out",
        "of a folder, those that a list names, with truth and metrics"},
       {"segment world.mp4 --bundle runs/mucon_world/best --extractor rendered_world -o out",
        "features are computed on the way, by the bundle that made those of training"}});
  auto options = std::make_shared<SegmentOptions>();
  add_common(program, command, *options);
  program.choice(command, "--decode", options->decode, {"frames", "segments", "full", "alignment"},
                 "what makes the segments; the bundle's if not given");
  command
      .add_option("--beam", options->beam,
                  "of alignment: hypotheses that live on after a step, 0 for all; the bundle's if not given")
      ->type_name("N")
      ->check(Program::within(0));
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
  add_common(program, command, *options);
  command
      .add_option("--transcript", options->transcript,
                  "the actions in order, a class name a line; or a folder of NAME.txt")
      ->type_name("PATH")
      ->required();
  program.on_run(command, [&program, options] { return run_segment(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
