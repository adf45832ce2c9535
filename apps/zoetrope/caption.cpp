// `caption`: a captioner on clips or whole videos: what happens, in words.
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/feature_inputs.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/shipped_bundles.h"
#include "apps/zoetrope/timeline_output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/data/caption_set.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/inference/narrator.h"
#include "zoetrope/tasks/captioning_scoring.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;
using inference::NarratedVideo;

struct CaptionCommand {
  std::vector<std::string> inputs;
  std::string bundle, output, captions, truth, extractor;
  std::string on_error = "skip";
  std::int64_t beam = 0;
  double fps = 0, window = 0;
  int threads = 0;
  bool json = false;
};

inference::NarratorOptions narrator_options(const CaptionCommand& options) {
  inference::NarratorOptions made{.window = options.window, .fps = options.fps};
  made.extractor = extractor_folder(options.extractor, options.bundle);
  if (options.beam > 0) made.beam = options.beam;
  return made;
}

class Narration {
 public:
  Narration(const CaptionCommand& options, ProgressMode mode)
      : options_(options),
        mode_(mode),
        narrator_(bundle::load_bundle(bundle_folder(options.bundle)), narrator_options(options)) {
    if (!options.truth.empty()) {
      for (data::CaptionedVideo& video : data::read_caption_set(options.truth).videos)
        truth_[video.id] = std::move(video.captions);
    }
    if (options.output.empty()) return;
    make_output_folder(options.output);
  }

  // What is kept and measured comes last: an input that fails leaves nothing of itself.
  void add(const fs::path& input) {
    const std::string name = input.stem().string();
    std::optional<media::VideoReader> reader;
    if (!is_features(input)) reader.emplace(input.string());
    const NarratedVideo video = reader ? narrate(*reader) : narrator_.narrate(input);
    timeline::Timeline timeline = narrator_.timeline_of(video);
    const std::vector<std::string>* truth = options_.truth.empty() ? nullptr : &add_truth(name, timeline);
    if (!options_.output.empty())
      write_timeline(timeline, timeline, reader ? &*reader : nullptr,
                     (fs::path(options_.output) / name).string());
    if (truth) scoring_.add(video.captions.front().text, *truth);
    for (const timeline::Caption& caption : video.captions) {
      list_.push_back({{"video_id", name}, {"caption", caption.text}});
      rows_.push_back(
          {{"video_id", name}, {"start", caption.start}, {"end", caption.end}, {"caption", caption.text}});
    }
    if (!options_.json) print(input, video);
  }

  // Of one input at least.
  void finish() const {
    if (!options_.captions.empty()) write_file_atomically(options_.captions, list_.dump(1) + "\n");
    if (options_.json) return print_json(rows_);
    print_means(scoring_.result());
  }

 private:
  NarratedVideo narrate(const media::VideoReader& reader) {
    return with_progress(reader, mode_, [&](const inference::FrameProgress& progress) {
      return narrator_.narrate(reader, progress);
    });
  }

  // People's sentences stand below the network's, and say how good it is.
  const std::vector<std::string>& add_truth(const std::string& name, timeline::Timeline& timeline) const {
    const auto known = truth_.find(name);
    if (known == truth_.end()) throw Error::input("{}: does not name the video '{}'", options_.truth, name);
    timeline::TextTrack track{.name = "truth", .description = "What people say of it."};
    const double start = timeline.video.start, end = start + timeline.video.duration;
    for (const std::string& sentence : known->second)
      track.captions.push_back({.start = start, .end = end, .text = sentence});
    timeline.texts.push_back(std::move(track));
    return known->second;
  }

  void print(const fs::path& input, const NarratedVideo& video) const {
    for (const timeline::Caption& caption : video.captions) {
      if (options_.window > 0)
        fmt::print("{}, {:.2f} s: {}\n", input.string(), caption.start, caption.text);
      else
        fmt::print("{}: {}\n", input.string(), caption.text);
    }
    std::fflush(stdout);
  }

  const CaptionCommand& options_;
  ProgressMode mode_;
  inference::Narrator narrator_;
  std::map<std::string, std::vector<std::string>> truth_;  // by the video's name
  tasks::CaptionScoring scoring_;
  Json list_ = Json::array(), rows_ = Json::array();
};

int run_caption(const CaptionCommand& options, ProgressMode mode) {
  InputBatch batch(options.on_error);
  const std::vector<fs::path> inputs = feature_inputs(options.inputs, options.output, batch);
  refuse_equal_names(inputs);
  inference::use_threads(options.threads);
  Narration narration(options, mode);
  for (const fs::path& input : inputs) batch.run(input, [&] { narration.add(input); });
  if (batch.num_done() > 0) narration.finish();
  return batch.exit_code();
}

}  // namespace

void add_caption(Program& program) {
  CLI::App& command = program.command(
      "caption", "what happens in a clip or a whole video, in words, from its features",
      {{"caption features/clip.npy --bundle runs/captioner/best", "prints a sentence"},
       {"caption features/test --bundle runs/captioner/best --beam 5 --captions made.json",
        "of all features in a folder, as 'score --layout msrvtt' takes them"},
       {"caption features/test --bundle runs/captioner/best --truth videodatainfo.json -o out",
        "with people's captions and BLEU"},
       {"caption match.mp4 --bundle runs/captioner/best --window 10 -o out",
        "a sentence for every ten seconds; writes out/match.json and match.html"}});
  auto options = std::make_shared<CaptionCommand>();
  command
      .add_option("INPUT", options->inputs,
                  "features (.npy; of several streams, the file of any), videos, or folders of either")
      ->required();
  command.add_option("--bundle", options->bundle, "what 'train' has made of a captioning recipe")
      ->type_name("DIR")
      ->required();
  command.add_option("-o,--output", options->output, "the folder for NAME.json and NAME.html")
      ->type_name("DIR");
  CLI::Option* captions =
      command
          .add_option("--captions", options->captions, "a file for all captions in MSR-VTT's form of results")
          ->type_name("FILE");
  CLI::Option* truth =
      command
          .add_option("--truth", options->truth, "MSR-VTT's JSON: people's captions, shown below, and BLEU")
          ->type_name("FILE");
  command
      .add_option("--beam", options->beam, "sentences that are followed at a time; the bundle's if not given")
      ->type_name("N")
      ->check(Program::within(1, 100));
  command.add_option("--window", options->window, "seconds of a caption; the whole video if not given")
      ->type_name("S")
      ->check(Program::above_zero())
      ->excludes(captions)
      ->excludes(truth);
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
  command.add_flag("--json", options->json, "print the captions as one JSON document");
  program.on_run(command, [&program, options] { return run_caption(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
