#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/data_check.h"
#include "apps/zoetrope/data_convert.h"
#include "apps/zoetrope/data_generate.h"
#include "zoetrope/core/error.h"

namespace zoetrope::cli {
namespace {

constexpr const char* kGroup = "Options of check and convert";

struct DataOptions {
  std::string action;
  CheckOptions check;
  GenerateOptions generate;
};

void add_check_flags(Program& program, CLI::App& command, CheckOptions& options) {
  std::vector<std::string> layouts;
  for (const data::LayoutEntry& entry : data::all_layouts()) layouts.push_back(entry.name);
  layouts.insert(layouts.end(), {kSegmentationLayout, kDetectionLayout});
  const auto add = [&](const char* names, auto& value, const char* help, const char* type) {
    return command.add_option(names, value, help)->type_name(type)->group(kGroup);
  };
  const auto flag = [&](const char* names, bool& value, const char* help) {
    command.add_flag(names, value, help)->group(kGroup);
  };
  program
      .choice(command, "--layout", options.layout, layouts, "how the annotations are laid out (docs/data.md)")
      ->group(kGroup);
  add("--root", options.root,
      "the folder of the videos; of csv and coview, that of the annotations; of detection, that of the "
      "features",
      "DIR");
  add("--annotations", options.annotations,
      "the file of annotations; of ucf101 and hmdb51, the folder of their lists", "FILE");
  add("--labels", options.labels, "the classes' names, in the order of their ids", "FILE");
  add("--split", options.dataset.split, "of ucf101, hmdb51 and segmentation: which split", "N")
      ->check(Program::above_zero())
      ->capture_default_str();
  add("--subset", options.dataset.subset, "train, test, ...; all if not given", "NAME");
  flag("--trimmed", options.dataset.trimmed,
       "of kinetics and hvu: files named by the id alone are cut to their segment");
  flag("--absent-is-none", options.dataset.absent_is_none,
       "a sample without labels of a set has none, instead of not being labelled");
  add("--path-column", options.dataset.path_column, "of csv: the column of the videos' paths", "NAME")
      ->capture_default_str();
  add("--label-columns", options.dataset.label_columns,
      "of csv: the columns of labels; all that mean nothing else if not given", "NAMES")
      ->delimiter(',')
      ->allow_extra_args(false);
  flag("--multi-label", options.dataset.multi_label,
       "of csv: a sample may have any number of labels, even if none has two");
  add("--max-length-difference", options.max_length_difference,
      "of segmentation and detection: frames by which the files of a video may differ", "N")
      ->check(Program::within(0))
      ->capture_default_str();
  flag("--no-decode", options.no_decode,
       "open no file: the annotations, and which files are missing, if --root says where they lie");
  add("-j,--workers", options.workers, "files that are read at once; all cores if not given", "N")
      ->check(Program::above_zero());
}

}  // namespace

void add_data(Program& program) {
  CLI::App& command = program.command(
      "data",
      "data sets: 'check' counts labels and reads every file, 'generate' makes up features, 'convert' takes "
      "clips to ActivityNet's form",
      {{"data check --root gestures/train", "a folder per class: labels, missing and broken files"},
       {"data check --layout kinetics --annotations val.csv --root videos -o broken.csv",
        "every frame of every file; the list of what is missing or broken"},
       {"data check --layout hvu --annotations val.csv --labels tags.csv --no-decode",
        "the annotations alone"},
       {"data check --layout segmentation --root breakfast --split 1 --subset train",
        "features, labels of frames and transcripts of whole videos"},
       {"data generate --sequences breakfast/groundTruth --mapping breakfast/mapping.txt --every 15 -o "
        "made_up",
        "a set to try methods on: real label sequences, made-up features"},
       {"data generate --task detection --set noise=[6,4] -o made_up",
        "untrimmed videos and trimmed clips of two streams"},
       {"data convert --layout ucf101 --annotations ucfTrainTestlist --root UCF-101 -o ucf101.json",
        "clips as trimmed videos, beside which a detector learns"}});
  auto options = std::make_shared<DataOptions>();
  program.choice(command, "ACTION", options->action, {"check", "generate", "convert"}, "what to do")
      ->required();
  command
      .add_option(
          "-o,--output", options->check.output,
          "of check: write what is missing or broken as CSV (path,problem); of generate: the set's folder; "
          "of convert: the JSON")
      ->type_name("PATH");
  command.add_flag("--json", options->check.json,
                   "one JSON document; of check, with the count of every label");
  add_check_flags(program, command, options->check);
  add_generate_flags(program, command, options->generate);
  program.on_run(command, [&program, &command, options] {
    const ProgressMode mode = program.progress_mode();
    options->generate.segmentation_alone = flag_of_segmentation(command);
    if (options->check.layout == kSegmentationLayout && command.count("--split") > 0 &&
        options->check.dataset.subset.empty())
      throw Error::usage("--split of segmentation needs --subset: train or test");
    if (options->action == "check") return run_check(options->check, mode);
    if (options->action == "convert") return run_convert(options->check, mode);
    return run_generate(options->generate, options->check.output, options->check.json, mode);
  });
}

}  // namespace zoetrope::cli
