#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>

#include "apps/zoetrope/output.h"
#include "apps/zoetrope/score.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/core/text_width.h"
#include "zoetrope/data/label_files.h"
#include "zoetrope/data/segmentation_set.h"
#include "zoetrope/metrics/segmentation_report.h"

namespace zoetrope::cli {
namespace {

constexpr int kShownLabel = 40;  // columns

/// Leaves the videos to score in `truth`, each with its prediction, both of one length.
void pair_up(data::VideoLabels& predicted, data::VideoLabels& truth, const ScoreOptions& options) {
  if (!options.videos.empty()) {
    const std::vector<std::string> names = data::read_video_list(options.videos);
    for (const std::string& name : names) {
      if (!truth.contains(name))
        throw Error::input("{}: no truth for '{}' of {}", options.truth, name, options.videos);
    }
    std::erase_if(truth, [&](const auto& each) {
      return std::find(names.begin(), names.end(), each.first) == names.end();
    });
  }
  std::vector<std::string> missing;
  for (auto& [name, labels] : truth) {
    const auto found = predicted.find(name);
    if (found == predicted.end()) {
      missing.push_back(name);
      continue;
    }
    const auto a = static_cast<std::int64_t>(found->second.size());
    const auto b = static_cast<std::int64_t>(labels.size());
    if (std::abs(a - b) > options.max_length_difference) {
      throw Error::input(
          "'{}': {} predicted frames in {}, but {} true ones in {}; --max-length-difference {} would cut "
          "both to the shorter",
          name, a, options.predictions, b, options.truth, std::abs(a - b));
    }
    found->second.resize(static_cast<std::size_t>(std::min(a, b)));
    labels.resize(static_cast<std::size_t>(std::min(a, b)));
  }
  if (!missing.empty()) {
    throw Error::input("{}: no prediction for {} of {} videos, such as '{}'; --videos LIST scores a part",
                       options.predictions, missing.size(), truth.size(), missing.front());
  }
  const auto is_extra = [&](const auto& each) { return !truth.contains(each.first); };
  const auto extra = std::count_if(predicted.begin(), predicted.end(), is_extra);
  if (extra > 0 && options.videos.empty()) {
    log_warning("left out, for they have no truth: {} predictions, such as '{}'", extra,
                std::find_if(predicted.begin(), predicted.end(), is_extra)->first);
  }
}

std::vector<std::int64_t> background_ids(const ScoreOptions& options,
                                         const std::vector<std::string>& classes) {
  std::vector<std::int64_t> ids;
  for (const std::string& name : options.background) {
    const auto found = std::find(classes.begin(), classes.end(), name);
    if (found == classes.end())
      throw Error::usage("--background: no frame is labelled '{}'{}", name, did_you_mean(name, classes));
    ids.push_back(found - classes.begin());
  }
  return ids;
}

double percent(double share) {
  return 100 * share;
}

Json report_json(const metrics::SegmentationReport& report, const std::vector<std::string>& classes,
                 const ScoreOptions& options) {
  Json f1 = Json::object(), table = Json::object();
  for (std::size_t k = 0; k < metrics::kSegmentOverlaps.size(); ++k) {
    f1[fmt::format("{:.0f}", percent(metrics::kSegmentOverlaps[k]))] = {
        {"pooled", percent(report.f1_pooled[k])}, {"per_video", percent(report.f1_per_video[k])}};
  }
  std::map<std::string, std::size_t> order;
  for (std::size_t c = 0; c < classes.size(); ++c) order.emplace(classes[c], c);
  for (const auto& [name, c] : order) {
    const metrics::ClassFrames& frames = report.classes[c];
    table[name] = {{"frames", frames.truth},
                   {"predicted_frames", frames.predicted},
                   {"precision", percent(frames.precision())},
                   {"recall", percent(frames.recall())},
                   {"iou", percent(frames.iou())}};
  }
  Json document = {{"task", "segmentation"},
                   {"unit", "percent"},
                   {"background", options.background},
                   {"videos", report.videos},
                   {"frames", report.frames},
                   {"mof", percent(report.mof)},
                   {"mof_foreground", percent(report.mof_foreground)},
                   {"accuracy_per_video", percent(report.accuracy_per_video)},
                   {"edit", percent(report.edit)},
                   {"f1", f1},
                   {"iod", percent(report.iod)},
                   {"iou", percent(report.iou)},
                   {"matching",
                    {{"edit_distance_package", percent(report.matching)},
                     {"edit_distance", percent(report.matching_edit_distance)},
                     {"difflib", percent(report.matching_difflib)}}},
                   {"transcript_length_difference", report.length_difference},
                   {"classes", table}};
  if (report.iod_aligned) document["iod_aligned"] = percent(*report.iod_aligned);
  return document;
}

void print_report(const metrics::SegmentationReport& report, const std::vector<std::string>& classes) {
  fmt::print("{} video{}, {} frames\n\n", report.videos, report.videos == 1 ? "" : "s", report.frames);
  fmt::print("MoF            {:6.2f}   without background {:.2f}   mean of videos {:.2f}\n",
             percent(report.mof), percent(report.mof_foreground), percent(report.accuracy_per_video));
  fmt::print("edit           {:6.2f}\n", percent(report.edit));
  for (std::size_t k = 0; k < metrics::kSegmentOverlaps.size(); ++k) {
    fmt::print("F1@{:.0f}          {:6.2f}   mean of videos {:.2f}\n", percent(metrics::kSegmentOverlaps[k]),
               percent(report.f1_pooled[k]), percent(report.f1_per_video[k]));
  }
  fmt::print("IoD            {:6.2f}   IoU {:.2f}", percent(report.iod), percent(report.iou));
  if (report.iod_aligned)
    fmt::print("   IoD of segments in their order {:.2f}", percent(*report.iod_aligned));
  fmt::print("\n");
  fmt::print("matching score {:6.2f}   by the textbook {:.2f}   by difflib {:.2f}\n\n",
             percent(report.matching), percent(report.matching_edit_distance),
             percent(report.matching_difflib));
  std::map<std::string, std::size_t> order;
  for (std::size_t c = 0; c < classes.size(); ++c) order.emplace(classes[c], c);
  fmt::print("{:<40} {:>9} {:>9} {:>7} {:>7}\n", "class", "frames", "precision", "recall", "IoU");
  for (const auto& [name, c] : order) {
    const metrics::ClassFrames& frames = report.classes[c];
    fmt::print("{:<40} {:>9} {:>9.2f} {:>7.2f} {:>7.2f}\n", fit_width(name, kShownLabel), frames.truth,
               percent(frames.precision()), percent(frames.recall()), percent(frames.iou()));
  }
}

data::VideoLabels read_labels(const std::string& path, data::Vocabulary& classes,
                              const ScoreOptions& options) {
  if (options.layout == "mstcn") return data::read_label_folder(path, classes);
  return data::read_label_table(path, classes, options.background.empty() ? "" : options.background.front());
}

}  // namespace

int score_segmentation(const ScoreOptions& options) {
  data::Vocabulary vocabulary("action", true);
  data::VideoLabels truth = read_labels(options.truth, vocabulary, options);
  data::VideoLabels predicted = read_labels(options.predictions, vocabulary, options);
  const std::vector<std::string>& classes = vocabulary.set().names;
  const std::vector<std::int64_t> background = background_ids(options, classes);
  pair_up(predicted, truth, options);
  std::vector<metrics::LabelledVideo> videos;
  for (const auto& [name, labels] : truth) videos.push_back({predicted.at(name), labels});
  const metrics::SegmentationReport report =
      metrics::report_segmentation(videos, static_cast<std::int64_t>(classes.size()), background);
  if (options.json) {
    print_json(report_json(report, classes, options));
  } else {
    print_report(report, classes);
  }
  return 0;
}

}  // namespace zoetrope::cli
