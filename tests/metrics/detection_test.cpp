#include "zoetrope/metrics/detection.h"

#include <gmock/gmock.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;

nlohmann::json load(const std::string& name) {
  return nlohmann::json::parse(std::ifstream(std::string(ZOETROPE_TEST_DATA) + "/detection/" + name));
}

struct Files {
  std::vector<Detection> detections;
  std::vector<TrueSegment> truth;
  std::vector<std::string> names;  // of classes
};

/// ActivityNet's truth and results, in the order of the files.
Files load_pair(const std::string& name) {
  Files files;
  std::map<std::string, std::int64_t> videos, labels;
  const auto id_of = [](std::map<std::string, std::int64_t>& ids, const std::string& text) {
    return ids.emplace(text, static_cast<std::int64_t>(ids.size())).first->second;
  };
  const nlohmann::json truth = load(name + "_gt.json"), results = load(name + "_result.json");
  for (const auto& [video, entry] : truth["database"].items()) {
    for (const auto& each : entry["annotations"]) {
      files.truth.push_back(
          {id_of(videos, video), id_of(labels, each["label"]), each["segment"][0], each["segment"][1]});
    }
  }
  for (const auto& [video, list] : results["results"].items()) {
    for (const auto& each : list) {
      files.detections.push_back({id_of(videos, video), id_of(labels, each["label"]), each["segment"][0],
                                  each["segment"][1], each["score"]});
    }
  }
  files.names.resize(labels.size());
  for (const auto& [label, id] : labels) files.names[static_cast<std::size_t>(id)] = label;
  return files;
}

void check(const Files& files, const nlohmann::json& expected) {
  const DetectionPrecisions found =
      activitynet_precisions(files.detections, files.truth, expected["tiou"].get<std::vector<double>>());
  EXPECT_THAT(found.mean, Pointwise(DoubleNear(1e-6), expected["mAP"].get<std::vector<double>>()));
  EXPECT_NEAR(found.average(), expected["average_mAP"], 1e-6);
  ASSERT_EQ(found.classes.size(), expected["per_class"].size());
  for (std::size_t c = 0; c < found.classes.size(); ++c) {
    const auto& values = expected["per_class"][files.names[static_cast<std::size_t>(found.classes[c])]];
    for (std::size_t k = 0; k < found.each.size(); ++k) EXPECT_NEAR(found.each[k][c], values[k], 1e-6);
  }
}

TEST(Detection, MeetsMmactionsActivityNetExample) {
  check(load_pair("activitynet_eval"), load("activitynet_eval_expected.json"));
}

TEST(Detection, MeetsThumosWithManyDetections) {
  const Files files = load_pair("thumos14_eval");
  const nlohmann::json expected = load("thumos14_eval_expected.json");
  check(files, expected["thumos"]);
  check(files, expected["activitynet"]);
  const std::vector<double> ious = thresholds(0.5, 0.05, 0.95);
  for (const auto& [n, values] : expected["average_recall_at_n_per_video"].items()) {
    EXPECT_THAT(recall_at(files.detections, files.truth, std::stoll(n), ious),
                Pointwise(DoubleNear(1e-9), values["recall"].get<std::vector<double>>()))
        << n;
  }
}

TEST(Detection, EvaluatorsDifferInWhatADetectionTakes) {
  // The better true segment is taken; ActivityNet tries the next best, both have an IoU of 0.5 or more.
  const std::vector<TrueSegment> truth = {{0, 0, 0, 10}, {0, 0, 2, 10}};
  const std::vector<Detection> detections = {{0, 0, 0, 10, 0.9}, {0, 0, 0, 10, 0.8}, {1, 0, 0, 10, 0.7}};
  const std::vector<double> half = {0.5};
  EXPECT_EQ(activitynet_precisions(detections, truth, half).mean[0], 1);
  EXPECT_EQ(weakly_supervised_precisions(detections, truth, {}, half).mean[0], 1);
  const std::vector<TrueSegment> swapped = {{0, 0, 2, 10}, {0, 0, 0, 10}};
  const std::vector<double> high = {0.9};
  EXPECT_EQ(activitynet_precisions(detections, swapped, high).mean[0], 0.5);
}

TEST(Detection, AmbiguousSegmentsAndMissingClasses) {
  const std::vector<TrueSegment> truth = {{0, 0, 0, 10}, {0, 1, 20, 30}};
  const std::vector<Detection> detections = {{0, 0, 0, 10, 0.9}, {0, 1, 20, 30, 0.5}};
  const std::vector<TrueSegment> ambiguous = {{0, -1, 29, 40}};
  const std::vector<double> half = {0.5};
  EXPECT_EQ(weakly_supervised_precisions(detections, truth, {}, half).mean[0], 1);
  EXPECT_EQ(weakly_supervised_precisions(detections, truth, ambiguous, half).mean[0], 0);
  EXPECT_EQ(weakly_supervised_precisions(detections, truth, ambiguous, half, false).mean[0], 0.5);
}

TEST(Detection, EmptyInputsAndNumbersThatAreNone) {
  const std::vector<double> half = {0.5};
  const std::vector<TrueSegment> truth = {{0, 0, 0, 10}};
  EXPECT_EQ(activitynet_precisions({}, {}, half).mean[0], 0);
  EXPECT_EQ(activitynet_precisions({}, truth, half).mean[0], 0);
  EXPECT_EQ(activitynet_precisions({}, truth, {}).average(), 0);
  EXPECT_THAT(recall_at({}, truth, 5, half), ElementsAre(0));
  EXPECT_EQ(temporal_iou(3, 3, 3, 3), 0);
  const std::vector<Detection> nan = {{0, 0, 0, std::nan(""), 1}};
  EXPECT_THROW((void)activitynet_precisions(nan, truth, half), Error);
  EXPECT_THROW((void)average_recall({}, truth, 5, half), Error);
}

TEST(Detection, ThresholdsAndPositions) {
  EXPECT_THAT(thresholds(0.5, 0.05, 0.95), ::testing::SizeIs(10));
  EXPECT_THAT(thresholds(0.3, 0.1, 0.7), Pointwise(DoubleNear(1e-15), {0.3, 0.4, 0.5, 0.6, 0.7}));
  EXPECT_EQ(to_position(1, 2.5), 2);  // half to even
  EXPECT_EQ(to_position(1, 3.5), 4);
}

}  // namespace
}  // namespace zoetrope::metrics
