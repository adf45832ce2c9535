#include "zoetrope/metrics/segmentation_report.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/metrics/tables.h"
#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

using Ids = std::vector<std::int64_t>;

Ids frames_of_runs(const nlohmann::json& runs) {
  Ids ids;
  for (const auto& run : runs) ids.insert(ids.end(), run[1].get<std::size_t>(), run[0].get<std::int64_t>());
  return ids;
}

TEST(SegmentationReport, TotalsOfTheFixtureAreMet) {
  const nlohmann::json fixture = load_fixture("segmentation_metrics.json");
  std::vector<Ids> predicted, truth;
  for (const auto& example : fixture["cases"]) {
    predicted.push_back(frames_of_runs(example["prediction"]));
    truth.push_back(frames_of_runs(example["target"]));
  }
  std::vector<LabelledVideo> videos;
  for (std::size_t i = 0; i < truth.size(); ++i) videos.push_back({predicted[i], truth[i]});
  const Ids background = {0};
  const SegmentationReport all = report_segmentation(videos, 8);
  const SegmentationReport foreground = report_segmentation(videos, 8, background);
  const auto& total = fixture["total"];
  EXPECT_NEAR(all.mof, total["mof"], 1e-12);
  EXPECT_NEAR(foreground.mof_foreground, total["mof_nbg"], 1e-12);
  EXPECT_NEAR(all.iod, total["iod"], 1e-12);
  EXPECT_NEAR(foreground.iod, total["iod_nbg"], 1e-12);
  EXPECT_NEAR(all.iou, total["iou"], 1e-12);
  EXPECT_NEAR(foreground.iou, total["iou_nbg"], 1e-12);
  EXPECT_NEAR(100 * foreground.edit, total["edit_nbg"], 1e-9);
  EXPECT_NEAR(all.matching, total["matching"], 1e-12);
  EXPECT_NEAR(all.length_difference, total["len_diff"], 1e-12);
  for (std::size_t k = 0; k < 3; ++k) {
    EXPECT_NEAR(100 * all.f1_pooled[k], total["f1"][k], 1e-9);
    EXPECT_NEAR(100 * foreground.f1_pooled[k], total["f1_nbg"][k], 1e-9);
  }
  std::int64_t frames = 0;
  for (const ClassFrames& each : all.classes) frames += each.truth;
  EXPECT_EQ(frames, all.frames);
}

TEST(SegmentationReport, EmptyAndWrongUse) {
  EXPECT_EQ(report_segmentation({}, 3).videos, 0);
  EXPECT_EQ(report_segmentation({}, 3).edit, 0);
  const Ids one = {3};
  const std::vector<LabelledVideo> videos = {{one, one}};
  EXPECT_THROW((void)report_segmentation(videos, 3), Error);
}

}  // namespace
}  // namespace zoetrope::metrics
