#include "zoetrope/metrics/segmentation.h"

#include <gmock/gmock.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

using LabelVector = std::vector<std::int64_t>;

const std::string kMetricsData = std::string(ZOETROPE_TEST_DATA) + "/metrics/";
const LabelVector kBackground = {0};

nlohmann::json load_expected(const std::string& name) {
  std::ifstream file(kMetricsData + name);
  return nlohmann::json::parse(file);
}

void append_run(LabelVector& labels, std::int64_t label, std::int64_t frames) {
  labels.insert(labels.end(), static_cast<std::size_t>(frames), label);
}

LabelVector expand_runs(const nlohmann::json& runs) {
  LabelVector labels;
  for (const auto& run : runs) append_run(labels, run[0], run[1]);
  return labels;
}

double f1_of(Labels predicted, Labels truth, double min_iou, Labels background) {
  return count_segments(predicted, truth, min_iou, background).f1();
}

TEST(SegmentationFixture, EachCase) {
  const nlohmann::json fixture = load_expected("segmentation_metrics.json");
  ASSERT_EQ(fixture["cases"].size(), 20U);
  for (const auto& example : fixture["cases"]) {
    const LabelVector truth = expand_runs(example["target"]);
    const LabelVector predicted = expand_runs(example["prediction"]);
    const auto& expected = example["result"];
    EXPECT_NEAR(count_frames(predicted, truth).accuracy(), expected["mof"], 1e-12);
    EXPECT_NEAR(count_frames(predicted, truth, kBackground).accuracy(), expected["mof_nbg"], 1e-12);
    EXPECT_NEAR(100 * edit_score(predicted, truth), expected["edit"], 1e-9);
    EXPECT_NEAR(100 * edit_score(predicted, truth, kBackground), expected["edit_nbg"], 1e-9);
    EXPECT_NEAR(mean_best_overlap(predicted, truth, OverlapOf::kPrediction), expected["iod"], 1e-12);
    EXPECT_NEAR(mean_best_overlap(predicted, truth, OverlapOf::kUnion), expected["iou"], 1e-12);
    EXPECT_NEAR(mean_best_overlap(predicted, truth, OverlapOf::kPrediction, kBackground), expected["iod_nbg"],
                1e-12);
    EXPECT_NEAR(mean_best_overlap(predicted, truth, OverlapOf::kUnion, kBackground), expected["iou_nbg"],
                1e-12);
    for (std::size_t k = 0; k < 3; ++k) {
      const double min_iou = fixture["config"]["overlaps"][k];
      EXPECT_NEAR(100 * f1_of(predicted, truth, min_iou, {}), expected["f1"][k], 1e-9);
      EXPECT_NEAR(100 * f1_of(predicted, truth, min_iou, kBackground), expected["f1_nbg"][k], 1e-9);
      const MatchCounts counts = count_segments(predicted, truth, min_iou);
      const auto& tp_fp_fn = expected["tp_fp_fn"][k];
      EXPECT_EQ(counts, (MatchCounts{tp_fp_fn[0], tp_fp_fn[1], tp_fp_fn[2]}));
    }
  }
}

TEST(SegmentationFixture, WholeSet) {
  const nlohmann::json fixture = load_expected("segmentation_metrics.json");
  FrameCounts frames, foreground;
  std::vector<MatchCounts> segments(3);
  double edit = 0;
  for (const auto& example : fixture["cases"]) {
    const LabelVector truth = expand_runs(example["target"]);
    const LabelVector predicted = expand_runs(example["prediction"]);
    frames += count_frames(predicted, truth);
    foreground += count_frames(predicted, truth, kBackground);
    edit += edit_score(predicted, truth) / 20;
    for (std::size_t k = 0; k < 3; ++k) {
      segments[k] += count_segments(predicted, truth, fixture["config"]["overlaps"][k]);
    }
  }
  const auto& total = fixture["total"];
  EXPECT_NEAR(frames.accuracy(), total["mof"], 1e-12);
  EXPECT_NEAR(foreground.accuracy(), total["mof_nbg"], 1e-12);
  EXPECT_NEAR(100 * edit, total["edit"], 1e-9);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_NEAR(100 * segments[k].f1(), total["f1"][k], 1e-9);
}

struct LabelledVideo {
  LabelVector truth, predicted;
};

std::map<std::string, LabelledVideo> load_salads() {
  std::ifstream file(kMetricsData + "50salads_mid_edtcn.csv");
  std::string line, video, which, label, frames;
  std::map<std::string, LabelledVideo> videos;
  std::getline(file, line);
  while (std::getline(file, line)) {
    std::istringstream fields(line);
    for (std::string* field : {&video, &which, &label, &frames}) std::getline(fields, *field, ',');
    LabelledVideo& entry = videos[video];
    append_run(which == "gt" ? entry.truth : entry.predicted, std::stoll(label), std::stoll(frames));
  }
  return videos;
}

void check_salads(const nlohmann::json& expected, Labels background) {
  const std::map<std::string, LabelledVideo> videos = load_salads();
  ASSERT_EQ(videos.size(), 50U);
  const auto share = 100.0 / static_cast<double>(videos.size());
  const std::map<std::string, double> overlaps = {{"f1@10", 0.10}, {"f1@25", 0.25}, {"f1@50", 0.50}};
  FrameCounts frames, foreground;
  double accuracy = 0, edit = 0;
  std::map<std::string, MatchCounts> pooled;
  std::map<std::string, double> per_video;
  for (const auto& [name, video] : videos) {
    frames += count_frames(video.predicted, video.truth);
    foreground += count_frames(video.predicted, video.truth, background);
    accuracy += share * count_frames(video.predicted, video.truth).accuracy();
    edit += share * edit_score(video.predicted, video.truth, background);
    for (const auto& [key, min_iou] : overlaps) {
      const MatchCounts counts = count_segments(video.predicted, video.truth, min_iou, background);
      pooled[key] += counts;
      per_video[key] += share * counts.f1();
    }
  }
  EXPECT_NEAR(100 * frames.accuracy(), expected["accuracy_all_frames"], 1e-9);
  EXPECT_NEAR(100 * foreground.accuracy(), expected["accuracy_foreground_frames"], 1e-9);
  EXPECT_NEAR(accuracy, expected["accuracy_per_video_mean"], 1e-9);
  EXPECT_NEAR(edit, expected["edit"], 1e-9);
  for (const auto& [key, min_iou] : overlaps) {
    EXPECT_NEAR(100 * pooled[key].f1(), expected[key + "_pooled"], 1e-9) << key;
    EXPECT_NEAR(per_video[key], expected[key + "_per_video_mean"], 1e-9) << key;
  }
}

TEST(SegmentationPublished, EdTcnOn50Salads) {
  const nlohmann::json expected = load_expected("50salads_mid_edtcn.json");
  check_salads(expected["background_excluded"], kBackground);
  check_salads(expected["background_included"], {});
}

TEST(Segmentation, RunsDropBackgroundButDoNotMerge) {
  const LabelVector labels = {0, 3, 3, 0, 3, 5};
  const std::vector<LabelRun> runs = label_runs(labels, kBackground);
  ASSERT_EQ(runs.size(), 3U);
  EXPECT_EQ(runs[0].label, 3);
  EXPECT_EQ(runs[0].start, 1);
  EXPECT_EQ(runs[0].end, 3);
  EXPECT_EQ(runs[1].start, 4);
  EXPECT_EQ(runs[2].end, 6);
}

TEST(Segmentation, EmptyVideoAndWrongUse) {
  EXPECT_EQ(count_frames({}, {}).accuracy(), 0);
  EXPECT_EQ(edit_score({}, {}), 1);
  EXPECT_EQ(count_segments({}, {}, 0.5), MatchCounts{});
  EXPECT_EQ(match_parts({}, {}).mean_iou, 0);
  const LabelVector one = {1};
  EXPECT_THROW((void)count_frames(one, {}), Error);
  EXPECT_THROW((void)edit_score(one, {}), Error);
  EXPECT_THROW((void)match_parts(one, {}), Error);
  EXPECT_THROW((void)count_segments(one, one, 0), Error);
}

TEST(Segmentation, AlignedSegmentsAreMatchedByPosition) {
  const LabelVector truth = {1, 1, 1, 1, 2, 2, 1, 1};
  const LabelVector predicted = {1, 1, 2, 2, 2, 2, 2, 1};
  EXPECT_DOUBLE_EQ(mean_aligned_overlap(predicted, truth, OverlapOf::kPrediction), (1 + 2.0 / 5 + 1) / 3);
  EXPECT_DOUBLE_EQ(mean_aligned_overlap(predicted, truth, OverlapOf::kUnion), (0.5 + 2.0 / 5 + 0.5) / 3);
  const LabelVector other = {1, 1, 1, 1, 1, 1, 1, 1};
  EXPECT_THROW((void)mean_aligned_overlap(other, truth, OverlapOf::kUnion), Error);
}

TEST(Segmentation, FramesOfEachClass) {
  const LabelVector truth = {0, 0, 1, 1, 2};
  const LabelVector predicted = {0, 1, 1, 1, 0};
  const std::vector<ClassFrames> classes = count_class_frames(predicted, truth, 4);
  EXPECT_DOUBLE_EQ(classes[0].iou(), 1.0 / 3);
  EXPECT_DOUBLE_EQ(classes[1].precision(), 2.0 / 3);
  EXPECT_DOUBLE_EQ(classes[1].recall(), 1);
  EXPECT_EQ(classes[2].recall(), 0);
  EXPECT_EQ(classes[3].iou(), 0);
  EXPECT_THROW((void)count_class_frames(predicted, truth, 2), Error);
}

TEST(Parts, NamesDoNotMatter) {
  const LabelVector truth = {1, 1, 1, 2, 2, 2, 2, 1};
  const LabelVector renamed = {7, 7, 7, -4, -4, -4, -4, 7};
  const PartAgreement agreement = match_parts(renamed, truth);
  EXPECT_EQ(agreement.frames.accuracy(), 1);
  EXPECT_EQ(agreement.mean_iou, 1);
}

TEST(Parts, SplitPartMatchesOnce) {
  // True part 1 is cut into 5 and 6; only the longer piece counts, and part 2 has no piece of its own left
  // over.
  const LabelVector truth = {1, 1, 1, 1, 1, 2, 2, 2};
  const LabelVector predicted = {5, 5, 6, 6, 6, 7, 7, 7};
  const PartAgreement agreement = match_parts(predicted, truth);
  EXPECT_EQ(agreement.frames.correct, 6);
  EXPECT_DOUBLE_EQ(agreement.mean_iou, (3.0 / 5 + 1) / 2);
}

TEST(Parts, UnmatchedTruePartGivesZero) {
  const LabelVector truth = {1, 1, 1, 2};
  const LabelVector predicted = {9, 9, 9, 9};
  const PartAgreement agreement = match_parts(predicted, truth);
  EXPECT_EQ(agreement.frames.correct, 3);
  EXPECT_DOUBLE_EQ(agreement.mean_iou, 0.75 / 2);
}

TEST(Parts, MatchingIsGlobalNotGreedy) {
  // The largest overlap (part 1 with 8: 4 frames) must be given up: 3 + 3 > 4 + 0.
  const LabelVector truth = {1, 1, 1, 1, 1, 1, 1, 2, 2, 2};
  const LabelVector predicted = {8, 8, 8, 8, 9, 9, 9, 8, 8, 8};
  EXPECT_EQ(match_parts(predicted, truth).frames.correct, 6);
}

TEST(Parts, TooManyAreRefused) {
  LabelVector many(4097);
  for (std::size_t i = 0; i < many.size(); ++i) many[i] = static_cast<std::int64_t>(i);
  EXPECT_THROW((void)match_parts(many, many), Error);
}

}  // namespace
}  // namespace zoetrope::metrics
