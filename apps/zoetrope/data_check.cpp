#include "apps/zoetrope/data_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <numeric>
#include <utility>

#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/text_width.h"
#include "zoetrope/data/check.h"
#include "zoetrope/data/detection_set.h"
#include "zoetrope/data/label_counts.h"
#include "zoetrope/data/segmentation_set.h"
#include "zoetrope/timeline/csv.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kShownProblems = 20;  // of a list for people
constexpr int kShownLabel = 40;             // columns

/// Of people's own tables, the folder of the videos is known without --root.
bool knows_root(const data::DatasetOptions& options) {
  return !options.root.empty() || options.layout == data::Layout::kCsv ||
         options.layout == data::Layout::kCoview;
}

bool is_of_features(const CheckOptions& options) {
  return options.layout == kSegmentationLayout || options.layout == kDetectionLayout;
}

/// A set of whatever layout, as far as it can be read without its files.
struct Checkable {
  data::Dataset dataset;
  std::string line = {};          // what is told beside the labels
  Json numbers = Json::object();  // the same
  bool look = false;              // whether it is known where the files lie
  std::int64_t files = 0;
  std::function<data::CheckReport(const data::Dataset&, const data::CheckOptions&)> check = {};
};

Checkable read_videos(const CheckOptions& options) {
  const data::DatasetOptions layout = dataset_options(options);
  const bool look = knows_root(layout);
  if (!look && layout.layout != data::Layout::kFolders && !options.no_decode)
    throw Error::usage(
        "--root is needed: the folder of the videos (or --no-decode, for the annotations alone)");
  Checkable set{.dataset = data::read_dataset(layout), .look = look};
  set.files = data::count_files(set.dataset);
  set.check = data::check_files;
  return set;
}

std::string counted(std::int64_t count, const char* one, const char* several) {
  return fmt::format("{} {}", count, count == 1 ? one : several);
}

std::string range_of(const std::vector<std::size_t>& counts, const char* one, const char* several) {
  const auto [least, most] = std::ranges::minmax(counts);
  if (least == most) return counted(static_cast<std::int64_t>(most), one, several);
  return fmt::format("{} to {} {}", least, most, several);
}

void look_for_features(Checkable& set, std::vector<data::WantedFeatures> files, std::int64_t slack) {
  set.look = true;
  set.files = std::ssize(files);
  set.check = [files = std::move(files), slack](const auto&, const auto& how) {
    return data::check_features(files, slack, how);
  };
}

Checkable read_segmentation(const CheckOptions& options) {
  if (options.root.empty()) throw Error::usage("--root is needed: the folder of the data set");
  const data::SegmentationOptions layout{
      .root = options.root, .split = options.dataset.split, .subset = options.dataset.subset};
  data::SegmentationOptions labels = layout;  // features are looked for below, so that all that lack are told
  if (!layout.subset.empty() || fs::is_directory(layout.root / layout.labels)) labels.features = "";
  const data::SegmentationSet found = data::read_segmentation_set(labels);
  Checkable set{.dataset = data::labels_of_videos(found)};
  set.dataset.notes = found.notes;
  std::vector<std::size_t> segments, actions;
  std::vector<data::WantedFeatures> files;
  for (const data::SegmentationVideo& video : found.videos) {
    segments.push_back(video.transcript.size());
    actions.push_back(video.actions.size());
    files.push_back({.path = layout.root / layout.features / (video.name + ".npy"),
                     .num_frames = std::ssize(video.labels)});
  }
  const std::size_t different = data::distinct_transcripts(found).size();
  set.line = fmt::format("a video: {}, {}; {} different of {} transcripts",
                         range_of(segments, "segment", "segments"), range_of(actions, "class", "classes"),
                         different, found.videos.size());
  set.numbers = {{"different_transcripts", different}};
  look_for_features(set, std::move(files), options.max_length_difference);
  return set;
}

Checkable read_detection(const CheckOptions& options) {
  if (options.annotations.empty()) throw Error::usage("--annotations is needed: ActivityNet's JSON");
  data::DetectionOptions layout{.annotations = options.annotations, .subset = options.dataset.subset};
  const data::DetectionSet found = data::read_detection_set(layout);
  layout.features = options.root;
  if (layout.features.empty() && !options.no_decode)
    throw Error::usage(
        "--root is needed: the folder of the features (or --no-decode, for the annotations alone)");
  if (!fs::is_directory(layout.features / layout.streams.front())) layout.streams.clear();
  Checkable set{.dataset = data::labels_of_videos(found)};
  std::vector<std::size_t> segments, classes;
  std::vector<data::WantedFeatures> files;
  for (const data::DetectionVideo& video : found.videos) {
    segments.push_back(video.labels.size());
    classes.push_back(video.classes.size());
    const std::vector<fs::path> streams = data::stream_files(layout, video.annotated.name);
    for (const fs::path& path : streams)
      files.push_back({.path = path, .beside = path == streams.front() ? fs::path() : streams.front()});
  }
  set.line = fmt::format("a video: {}, {}", range_of(segments, "segment", "segments"),
                         range_of(classes, "class", "classes"));
  set.numbers = {{"segments", std::accumulate(segments.begin(), segments.end(), std::size_t{0})}};
  if (!options.root.empty()) look_for_features(set, std::move(files), options.max_length_difference);
  return set;
}

data::CheckReport check_files(const Checkable& set, const CheckOptions& options, ProgressMode mode) {
  Progress progress({.label = "files",
                     .unit = "file",
                     .units = "files",
                     .total = set.files,
                     .mode = options.no_decode ? ProgressMode::kNone : mode});
  const data::CheckReport report = set.check(
      set.dataset,
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

Json report_json(const Checkable& set, const CheckOptions& options, const data::CheckReport& report) {
  const data::Dataset& dataset = set.dataset;
  Json sets = Json::array(), problems = Json::array();
  const std::vector<data::LabelCounts> counts = data::count_labels(dataset);
  for (std::size_t i = 0; i < counts.size(); ++i) sets.push_back(set_json(dataset.label_sets[i], counts[i]));
  for (const data::FileProblem& each : report.problems) {
    problems.push_back({{"path", each.path.string()},
                        {"kind", data::name_of(each.fault)},
                        {"problem", each.problem},
                        {"lost_frames", each.lost_frames}});
  }
  Json document = {{"layout", options.layout},
                   {"samples", dataset.samples.size()},
                   {"files", set.files},
                   {"looked_for", set.look},
                   {"decoded", !options.no_decode},
                   {"frames", options.no_decode ? Json(nullptr) : Json(report.frames)},
                   {"notes", dataset.notes},
                   {"label_sets", sets},
                   {"problems", problems}};
  document.update(set.numbers);
  return document;
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

void print_problems(const data::CheckReport& report, const CheckOptions& options) {
  const auto count = [&](data::FileFault fault) {
    return std::count_if(report.problems.begin(), report.problems.end(),
                         [fault](const data::FileProblem& each) { return each.fault == fault; });
  };
  fmt::print("{}: {} missing", counted(report.files, "file", "files"), count(data::FileFault::kMissing));
  if (!options.no_decode && is_of_features(options)) {
    fmt::print(", {} broken, {} of another size; {} read", count(data::FileFault::kBroken),
               count(data::FileFault::kLength), counted(report.frames, "frame", "frames"));
  } else if (!options.no_decode) {
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

}  // namespace

data::DatasetOptions dataset_options(const CheckOptions& options) {
  data::DatasetOptions dataset = options.dataset;
  for (const auto& [name, layout] : config_names(data::Layout{})) {
    if (name == options.layout) dataset.layout = layout;
  }
  dataset.root = options.root;
  dataset.annotations = options.annotations;
  dataset.labels = options.labels;
  return dataset;
}

int run_check(const CheckOptions& options, ProgressMode mode) {
  const Checkable set = options.layout == kSegmentationLayout ? read_segmentation(options)
                        : options.layout == kDetectionLayout  ? read_detection(options)
                                                              : read_videos(options);
  for (const std::string& note : set.dataset.notes) log_warning("{}", note);
  if (!options.json) {
    const std::vector<data::LabelCounts> counts = data::count_labels(set.dataset);
    fmt::print("{}\n", counted(std::ssize(set.dataset.samples), "sample", "samples"));
    for (std::size_t i = 0; i < counts.size(); ++i) print_set(set.dataset.label_sets[i], counts[i]);
    if (!set.line.empty()) fmt::print("{}\n", set.line);
    std::fflush(stdout);
  }
  const data::CheckReport report = set.look ? check_files(set, options, mode) : data::CheckReport{};
  if (options.json) {
    print_json(report_json(set, options, report));
  } else if (set.look) {
    print_problems(report, options);
  }
  if (!options.output.empty()) write_file_atomically(options.output, problems_csv(report));
  return report.problems.empty() ? 0 : kSomeInputsFailed;
}

}  // namespace zoetrope::cli
