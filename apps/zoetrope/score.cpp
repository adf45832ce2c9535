#include "apps/zoetrope/score.h"

#include <filesystem>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "zoetrope/core/error.h"
#include "zoetrope/data/annotation_file.h"

namespace zoetrope::cli {
namespace {

/// A table with scores holds detections.
bool has_scores(const std::string& path) {
  return data::AnnotationTable(path).find_column("score").has_value();
}

/// Throws Error (kUsage) where what is given is of another layout: folders, or files.
void check_layout(const ScoreOptions& options) {
  const bool folders = options.layout == "mstcn";
  for (const std::string& path : {options.predictions, options.truth}) {
    std::error_code missing;
    if (!std::filesystem::exists(path, missing) || std::filesystem::is_directory(path, missing) == folders)
      continue;
    throw Error::usage("{}: is a {}; --layout {} takes {}", path, folders ? "file" : "folder", options.layout,
                       folders ? "folders of label files; activitynet, csv and msrvtt take files" : "files");
  }
}

int run_score(const ScoreOptions& options) {
  check_layout(options);
  const bool is_captions = options.layout == "msrvtt";
  const bool is_detection =
      options.layout == "activitynet" || (options.layout == "csv" && has_scores(options.predictions));
  if ((is_detection || is_captions) && !options.background.empty())
    throw Error::usage("--background is of segmentations alone");
  if (!is_detection && !is_captions && (!options.subset.empty() || !options.ambiguous.empty()))
    throw Error::usage("--subset and --ambiguous are of detections");
  if (is_captions && !options.ambiguous.empty()) throw Error::usage("--ambiguous is of detections");
  if ((is_detection || is_captions) && !options.videos.empty()) {
    throw Error::usage(
        "--videos is of segmentations alone{}",
        options.layout == "csv" ? "" : "; --subset scores a part of detections and of captions");
  }
  if (is_captions) return score_captions(options);
  return is_detection ? score_detection(options) : score_segmentation(options);
}

}  // namespace

void add_score(Program& program) {
  CLI::App& command = program.command(
      "score", "how good anybody's segmentations, detections or captions are",
      {{"score results groundTruth --background SIL", "label files of videos, a class name a frame"},
       {"score detections.json thumos14.json --layout activitynet --subset test", "mAP and average recall"},
       {"score predicted.csv segments.csv --layout csv --json", "tables of segments"},
       {"score captions.json test_videodatainfo.json --layout msrvtt --subset test", "BLEU of captions"}});
  auto options = std::make_shared<ScoreOptions>();
  command.add_option("PREDICTIONS", options->predictions, "a folder, or a file")->required();
  command.add_option("TRUTH", options->truth, "the same of the truth")->required();
  program.choice(command, "--layout", options->layout, {"mstcn", "activitynet", "csv", "msrvtt"},
                 "of both (docs/segmentation.md); a csv whose predictions have scores holds detections");
  command
      .add_option("--background", options->background,
                  "a class left out of edit, F1, IoD and IoU; may be given several times")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command.add_option("--videos", options->videos, "of segmentations: a list of the videos to score")
      ->type_name("FILE");
  command
      .add_option("--max-length-difference", options->max_length_difference,
                  "frames by which prediction and truth may differ; both are cut to the shorter")
      ->type_name("N")
      ->check(Program::within(0))
      ->capture_default_str();
  command
      .add_option("--subset", options->subset,
                  "of activitynet and msrvtt: validation, test, ...; all if not given")
      ->type_name("NAME");
  program.choice(command, "--evaluator", options->evaluator, {"activitynet", "weakly_supervised"},
                 "of detections: whose average precision");
  command
      .add_option("--ambiguous", options->ambiguous,
                  "of weakly_supervised: segments whose detections do not count (VIDEO START END)")
      ->type_name("FILE");
  command
      .add_option("--positions-per-second", options->positions_per_second,
                  "of weakly_supervised: the rate of the features, on whose positions segments are compared")
      ->type_name("RATE")
      ->check(Program::above_zero())
      ->capture_default_str();
  command.add_flag("--json", options->json, "one JSON document, with a table of the classes");
  program.on_run(command, [options] { return run_score(*options); });
}

}  // namespace zoetrope::cli
