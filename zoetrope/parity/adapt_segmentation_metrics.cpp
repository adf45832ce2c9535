// Metrics of temporal segmentation as MuCon's code computes them (yassersouri/MuCon, after yabufarha/ms-tcn and
// the code of ISBA).
#include <algorithm>
#include <string>

#include "zoetrope/metrics/segmentation_report.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/cases.h"

namespace zoetrope::parity {
namespace {

using timeline::JsonView;
using Ids = std::vector<std::int64_t>;

constexpr std::size_t kMaxFrames = std::size_t{1} << 24;  // of one sequence

/// Runs [label, frames] as labels of frames.
Ids expand(const JsonView& runs, std::size_t num_classes) {
  Ids labels;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    if (runs[i].size() != 2) runs[i].fail("must be [label, frames]");
    const std::size_t label = read_index(runs[i][0], 0, num_classes);
    const std::size_t frames = read_index(runs[i][1], 1, kMaxFrames - labels.size());
    labels.insert(labels.end(), frames, static_cast<std::int64_t>(label));
  }
  return labels;
}

std::vector<double> percents(std::span<const double> shares) {
  std::vector<double> values(shares.begin(), shares.end());
  for (double& value : values) value *= 100;
  return values;
}

/// What a case and the whole set share; shares that are of one video or of all.
void compare(const metrics::SegmentationReport& all, const metrics::SegmentationReport& foreground,
             const std::string& prefix, const JsonView& expected, CaseChecks& checks) {
  checks.meet(prefix + "mof", all.mof, expected.at("mof"));
  checks.meet(prefix + "mof_nbg", foreground.mof_foreground, expected.at("mof_nbg"));
  checks.meet(prefix + "iod", all.iod, expected.at("iod"));
  checks.meet(prefix + "iod_nbg", foreground.iod, expected.at("iod_nbg"));
  checks.meet(prefix + "iou", all.iou, expected.at("iou"));
  checks.meet(prefix + "iou_nbg", foreground.iou, expected.at("iou_nbg"));
  checks.meet(prefix + "edit", 100 * all.edit, expected.at("edit"));
  checks.meet(prefix + "edit_nbg", 100 * foreground.edit, expected.at("edit_nbg"));
  checks.meet(prefix + "f1", percents(all.f1_pooled), expected.at("f1"));
  checks.meet(prefix + "f1_nbg", percents(foreground.f1_pooled), expected.at("f1_nbg"));
  checks.meet(prefix + "matching", all.matching, expected.at("matching"));
  checks.meet(prefix + "len_diff", all.length_difference, expected.at("len_diff"));
}

void compare_counts(const metrics::LabelledVideo& video, const JsonView& expected, CaseChecks& checks) {
  if (expected.size() != metrics::kSegmentOverlaps.size()) expected.fail("must be of three overlaps");
  for (std::size_t k = 0; k < metrics::kSegmentOverlaps.size(); ++k) {
    const auto counts = metrics::count_segments(video.predicted, video.truth, metrics::kSegmentOverlaps[k]);
    const std::vector<double> numbers = {static_cast<double>(counts.true_positives),
                                         static_cast<double>(counts.false_positives),
                                         static_cast<double>(counts.false_negatives)};
    checks.meet("tp_fp_fn", numbers, expected[k]);
  }
}

void run(const Fixture& fixture, const JsonView& document, CaseChecks& checks) {
  const auto num_classes = std::max<std::int64_t>(integer_argument(fixture, "classes", 0), 1);
  const Ids background = read_integers(document.at("config").at("background"));
  const JsonView cases = document.at("cases");
  std::vector<Ids> predicted(cases.size()), truth(cases.size());
  std::vector<metrics::LabelledVideo> videos;
  for (std::size_t i = 0; i < cases.size(); ++i) {
    predicted[i] = expand(cases[i].at("prediction"), static_cast<std::size_t>(num_classes));
    truth[i] = expand(cases[i].at("target"), static_cast<std::size_t>(num_classes));
    if (predicted[i].size() != truth[i].size()) cases[i].fail("target and prediction differ in length");
    videos.push_back({predicted[i], truth[i]});
    const auto one = std::span(videos).last(1);
    const JsonView result = cases[i].at("result");
    const auto all = metrics::report_segmentation(one, num_classes);
    compare(all, metrics::report_segmentation(one, num_classes, background), "", result, checks);
    checks.meet("matching_textbook", all.matching_edit_distance, result.at("matching_textbook"));
    checks.meet("matching_difflib", all.matching_difflib, result.at("matching_difflib"));
    compare_counts(videos.back(), result.at("tp_fp_fn"), checks);
    checks.require_all(result);
  }
  compare(metrics::report_segmentation(videos, num_classes),
          metrics::report_segmentation(videos, num_classes, background), "total.", document.at("total"),
          checks);
}

}  // namespace

CasesAdapter segmentation_metrics_adapter() {
  return {.family = "segmentation metrics (MuCon, MS-TCN, ISBA)",
          .takes = [](const Fixture& fixture) { return fixture.model == "segmentation metrics"; },
          .run = run};
}

}  // namespace zoetrope::parity
