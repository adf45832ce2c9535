#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/data_generate.h"
#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/text_width.h"
#include "zoetrope/data/check.h"
#include "zoetrope/data/label_counts.h"
#include "zoetrope/data/layouts.h"
#include "zoetrope/timeline/csv.h"

namespace zoetrope::cli {
namespace {

constexpr std::size_t kShownProblems = 20;  // of a list for people
constexpr int kShownLabel = 40;             // columns

struct DataOptions {
  std::string action, layout = "folders";
  std::string root, annotations, labels, output;
  data::DatasetOptions dataset;
  int workers = 0;
  bool no_decode = false;
  bool json = false;
  GenerateOptions generate;
};

data::DatasetOptions dataset_options(const DataOptions& options) {
  data::DatasetOptions dataset = options.dataset;
  for (const auto& [name, layout] : config_names(data::Layout{})) {
    if (name == options.layout) dataset.layout = layout;
  }
  dataset.root = options.root;
  dataset.annotations = options.annotations;
  dataset.labels = options.labels;
  return dataset;
}

/// Of people's own tables, the folder of the videos is known without --root.
bool knows_root(const data::DatasetOptions& options) {
  return !options.root.empty() || options.layout == data::Layout::kCsv ||
         options.layout == data::Layout::kCoview;
}

data::CheckReport check_files(const data::Dataset& dataset, const DataOptions& options, ProgressMode mode) {
  Progress progress({.label = "files",
                     .unit = "file",
                     .units = "files",
                     .total = data::count_files(dataset),
                     .mode = options.no_decode ? ProgressMode::kNone : mode});
  const data::CheckReport report = data::check_files(
      dataset,
      {.decode = !options.no_decode, .workers = options.workers, .on_file = [&] { progress.advance(); }});
  progress.finish();
  return report;
}

Json set_json(const data::LabelSet& set, const data::LabelCounts& counts) {
  Json by_label = Json::object(), empty = Json::array();
  for (std::size_t id = 0; id < set.names.size(); ++id) {
    by_label[set.names[id]] = counts.samples[id];
    if (counts.samples[id] == 0) empty.push_back(set.names[id]);
  }
  const bool any = counts.num_empty < set.names.size();
  return {{"name", set.name},
          {"exclusive", set.exclusive},
          {"classes", set.names.size()},
          {"labelled", counts.labelled},
          {"unlabelled", counts.unlabelled},
          {"most", any ? Json(set.names[counts.most]) : Json(nullptr)},
          {"least", any ? Json(set.names[counts.least]) : Json(nullptr)},
          {"ratio", any ? Json(counts.ratio) : Json(nullptr)},
          {"without_sample", empty},
          {"samples", by_label}};
}

Json report_json(const data::Dataset& dataset, const DataOptions& options, bool looked,
                 const data::CheckReport& report) {
  Json sets = Json::array(), problems = Json::array();
  const std::vector<data::LabelCounts> counts = data::count_labels(dataset);
  for (std::size_t i = 0; i < counts.size(); ++i) sets.push_back(set_json(dataset.label_sets[i], counts[i]));
  for (const data::FileProblem& each : report.problems) {
    problems.push_back({{"path", each.path.string()},
                        {"kind", data::name_of(each.fault)},
                        {"problem", each.problem},
                        {"lost_frames", each.lost_frames}});
  }
  return {{"layout", options.layout},
          {"samples", dataset.samples.size()},
          {"files", data::count_files(dataset)},
          {"looked_for", looked},
          {"decoded", !options.no_decode},
          {"frames", options.no_decode ? Json(nullptr) : Json(report.frames)},
          {"notes", dataset.notes},
          {"label_sets", sets},
          {"problems", problems}};
}

std::string counted(std::int64_t count, const char* one, const char* several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

void print_set(const data::LabelSet& set, const data::LabelCounts& counts) {
  const auto classes = static_cast<std::int64_t>(set.names.size());
  fmt::print("{}: {}, {}; {} labelled, {} not\n", fit_width(set.name, kShownLabel),
             counted(classes, "class", "classes"), set.exclusive ? "one a sample" : "any number a sample",
             counted(counts.labelled, "sample", "samples"), counts.unlabelled);
  if (counts.num_empty < set.names.size()) {
    fmt::print("  most '{}' {}, least '{}' {}: {:.1f} to 1\n", fit_width(set.names[counts.most], kShownLabel),
               counts.samples[counts.most], fit_width(set.names[counts.least], kShownLabel),
               counts.samples[counts.least], counts.ratio);
  }
  if (counts.num_empty == 0) return;
  fmt::print("  without a sample: {}",
             counted(static_cast<std::int64_t>(counts.num_empty), "class", "classes"));
  for (std::size_t id = 0, shown = 0; id < set.names.size() && shown < 3; ++id) {
    if (counts.samples[id] == 0)
      fmt::print("{}'{}'", shown++ ? ", " : ": ", fit_width(set.names[id], kShownLabel));
  }
  fmt::print("{}\n", counts.num_empty > 3 ? ", ..." : "");
}

void print_problems(const data::CheckReport& report, const DataOptions& options) {
  const auto count = [&](data::FileFault fault) {
    return std::count_if(report.problems.begin(), report.problems.end(),
                         [fault](const data::FileProblem& each) { return each.fault == fault; });
  };
  fmt::print("{}: {} missing", counted(report.files, "file", "files"), count(data::FileFault::kMissing));
  if (!options.no_decode) {
    fmt::print(", {} broken, {} damaged, {} shorter than annotated; {} decoded",
               count(data::FileFault::kBroken), count(data::FileFault::kDamaged),
               count(data::FileFault::kSegment), counted(report.frames, "frame", "frames"));
  }
  fmt::print("\n");
  for (std::size_t i = 0; i < std::min(report.problems.size(), kShownProblems); ++i)
    fmt::print("  {}: {}\n", report.problems[i].path.string(), report.problems[i].problem);
  if (report.problems.size() > kShownProblems) {
    fmt::print("  and {} more{}\n", report.problems.size() - kShownProblems,
               options.output.empty() ? "; -o FILE.csv lists them all" : "");
  }
}

std::string problems_csv(const data::CheckReport& report) {
  std::string text = "path,problem\n";
  for (const data::FileProblem& each : report.problems)
    text +=
        fmt::format("{},{}\n", timeline::csv_field(each.path.string()), timeline::csv_field(each.problem));
  return text;
}

int run_check(const DataOptions& options, ProgressMode mode) {
  const data::DatasetOptions dataset_of = dataset_options(options);
  const bool look = knows_root(dataset_of);
  if (!look && dataset_of.layout != data::Layout::kFolders && !options.no_decode)
    throw Error::usage(
        "--root is needed: the folder of the videos (or --no-decode, for the annotations alone)");
  const data::Dataset dataset = data::read_dataset(dataset_of);
  for (const std::string& note : dataset.notes) log_warning("{}", note);
  if (!options.json) {
    const std::vector<data::LabelCounts> counts = data::count_labels(dataset);
    fmt::print("{}\n", counted(static_cast<std::int64_t>(dataset.samples.size()), "sample", "samples"));
    for (std::size_t i = 0; i < counts.size(); ++i) print_set(dataset.label_sets[i], counts[i]);
    std::fflush(stdout);
  }
  const data::CheckReport report = look ? check_files(dataset, options, mode) : data::CheckReport{};
  if (options.json) {
    print_json(report_json(dataset, options, look, report));
  } else if (look) {
    print_problems(report, options);
  }
  if (!options.output.empty()) write_file_atomically(options.output, problems_csv(report));
  return report.problems.empty() ? 0 : kSomeInputsFailed;
}

void add_dataset_flags(Program& program, CLI::App& command, DataOptions& options) {
  std::vector<std::string> layouts;
  for (const data::LayoutEntry& entry : data::all_layouts()) layouts.push_back(entry.name);
  program.choice(command, "--layout", options.layout, layouts,
                 "how the annotations are laid out (docs/data.md)");
  command
      .add_option("--root", options.root,
                  "the folder of the videos; of csv and coview, that of the annotations")
      ->type_name("DIR");
  command
      .add_option("--annotations", options.annotations,
                  "the file of annotations; of ucf101 and hmdb51, the folder of their lists")
      ->type_name("FILE");
  command.add_option("--labels", options.labels, "the classes' names, in the order of their ids")
      ->type_name("FILE");
  command.add_option("--split", options.dataset.split, "of ucf101 and hmdb51: the official split, 1 to 3")
      ->type_name("N")
      ->check(CLI::Range(1, 3))
      ->capture_default_str();
  command.add_option("--subset", options.dataset.subset, "train, test, ...; all if not given")
      ->type_name("NAME");
  command.add_flag("--trimmed", options.dataset.trimmed,
                   "of kinetics and hvu: files named by the id alone are cut to their segment");
  command.add_flag("--absent-is-none", options.dataset.absent_is_none,
                   "a sample without labels of a set has none, instead of not being labelled");
  command.add_option("--path-column", options.dataset.path_column, "of csv: the column of the videos' paths")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--label-columns", options.dataset.label_columns,
                  "of csv: the columns of labels; all that mean nothing else if not given")
      ->type_name("NAMES")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_flag("--multi-label", options.dataset.multi_label,
                   "of csv: a sample may have any number of labels, even if none has two");
}

}  // namespace

void add_data(Program& program) {
  CLI::App& command = program.command(
      "data", "data sets: 'check' counts labels and decodes every file, 'generate' makes up features",
      {{"data check --root gestures/train", "a folder per class: labels, missing and broken files"},
       {"data check --layout kinetics --annotations val.csv --root videos -o broken.csv",
        "every frame of every file; the list of what is missing or broken"},
       {"data check --layout hvu --annotations val.csv --labels tags.csv --no-decode",
        "the annotations alone"},
       {"data generate --sequences breakfast/groundTruth --mapping breakfast/mapping.txt --every 15 -o "
        "made_up",
        "a set to try methods on: real label sequences, made-up features"},
       {"data generate --task detection --set noise=[6,4] -o made_up",
        "untrimmed videos and trimmed clips of two streams"}});
  auto options = std::make_shared<DataOptions>();
  program.choice(command, "ACTION", options->action, {"check", "generate"}, "what to do")->required();
  add_dataset_flags(program, command, *options);
  command.add_flag(
      "--no-decode", options->no_decode,
      "open no file: the annotations, and which files are missing, if --root says where they lie");
  command
      .add_option("-j,--workers", options->workers, "files that are decoded at once; all cores if not given")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  command
      .add_option("-o,--output", options->output,
                  "write what is missing or broken as CSV: path,problem; of generate, the set's folder")
      ->type_name("PATH");
  add_generate_flags(program, command, options->generate);
  command.add_flag("--json", options->json, "one JSON document, with the count of every label");
  program.on_run(command, [&program, options] {
    const ProgressMode mode = program.progress_mode();
    if (options->action == "check") return run_check(*options, mode);
    return run_generate(options->generate, options->output, options->json, mode);
  });
}

}  // namespace zoetrope::cli
