// Detection in untrimmed videos: fusion, classes, segments and times by hand, pieces against the whole,
// scores.
#include "zoetrope/tasks/detection.h"

#include <gtest/gtest.h>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/models/list.h"
#include "zoetrope/tasks/detection_scoring.h"

namespace zoetrope::tasks {
namespace {

// Two streams, three classes, ten frames; actions at 2..4 (seen by flow) and 6..8 (seen by both).
VideoScores two_streams(double theta = 0.25) {
  VideoScores scores;
  scores.streams = {
      {.name = "rgb", .share = theta, .attention = {0, 0, 0, 0, 0, 0, 4, 4, 0, 0}, .scores = {0.6, 0.4, 0}},
      {.name = "flow",
       .share = 1 - theta,
       .attention = {0, 0, 2, 2, 0, 0, 2, 2, 0, 0},
       .scores = {0.8, 0.1, 0.1}}};
  for (std::size_t c = 0; c < 3; ++c)
    scores.scores.push_back(theta * scores.streams[0].scores[c] + (1 - theta) * scores.streams[1].scores[c]);
  return scores;
}

TEST(Detect, FusesTheStreamsByTheta) {
  const std::vector<double> activations = two_streams().activations(0);
  EXPECT_DOUBLE_EQ(activations[2], 0.75 * 2 * 0.8);
  EXPECT_DOUBLE_EQ(activations[6], 0.25 * 4 * 0.6 + 0.75 * 2 * 0.8);
  EXPECT_DOUBLE_EQ(activations[0], 0);
}

TEST(Detect, FindsTheSegmentsOfTheClassesThatAreThere) {
  // Fused: 0.75, 0.175, 0.075.
  const auto found = detect(two_streams(), 2, {.class_score = 0.5, .thresholds = {0.3}});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].label, 0);
  EXPECT_DOUBLE_EQ(found[0].start, 3);  // frames 6 and 7, at two a second
  EXPECT_DOUBLE_EQ(found[0].end, 4);
  EXPECT_DOUBLE_EQ(found[0].score, 1.8);
  EXPECT_DOUBLE_EQ(found[1].start, 1);
  EXPECT_DOUBLE_EQ(found[1].score, 1.2);
  const auto two = detect(two_streams(), 2, {.class_score = 0.1, .thresholds = {0.5}});
  ASSERT_EQ(two.size(), 3U);  // at half of 1.8, both; of class 1, the second alone
  EXPECT_EQ(two[2].label, 1);
  EXPECT_DOUBLE_EQ(two[2].start, 3);
  EXPECT_EQ(detect(two_streams(), 2, {.class_score = 1}).front().label, 0);  // the best always
}

TEST(Detect, ThinsOutEachClassByItself) {
  const auto found =
      detect(two_streams(), 1, {.class_score = 0.1, .thresholds = {0.1, 0.2, 0.3}, .nms = 0.3});
  EXPECT_EQ(std::ranges::count(found, 0, &Detected::label), 2);
  EXPECT_EQ(std::ranges::count(found, 1, &Detected::label), 2);
}

std::shared_ptr<models::Model> small_tsrnet(const std::string& attention) {
  torch::manual_seed(3);
  ConfigValue options{ConfigTable{}};
  for (const std::string& assignment :
       {std::string("dimensions=[3,4]"), std::string("num_classes=5"), std::string("hidden=6"),
        std::string("attention_hidden=4"), std::string("theta=0.3"), "attention=" + attention})
    apply_override(options, assignment);
  auto model = models::make_model("tsrnet", options);
  model->eval();
  return model;
}

TEST(Observe, OfPiecesIsTheNetworksOwnRun) {
  const torch::NoGradGuard no_grad;
  const test::TemporaryFolder folder;
  const torch::Tensor features = 5 * torch::randn({1, 7, 2100});
  const auto write = [&](const std::string& name, std::int64_t first, std::int64_t count) {
    const torch::Tensor part = features[0].narrow(0, first, count).contiguous();
    data::write_features(folder.file(name), {part.data_ptr<float>(), static_cast<std::size_t>(part.numel())},
                         count);
    return std::filesystem::path(folder.file(name));
  };
  const data::FeatureStreams video({write("rgb.npy", 0, 3), write("flow.npy", 3, 4)});
  for (const char* attention : {"softmax", "sigmoid", "mean"}) {
    const auto model = small_tsrnet(attention);
    const models::NamedTensors outputs = model->run({features});
    const VideoScores scores = observe(*model, video);
    ASSERT_EQ(scores.streams.size(), 2U);
    EXPECT_DOUBLE_EQ(scores.streams[1].share, 0.7);
    for (std::int64_t c = 0; c < 5; ++c)
      EXPECT_NEAR(scores.scores[static_cast<std::size_t>(c)],
                  std::exp(outputs[0].second[0][c].item<double>()), 1e-5);
    const double scale = std::string(attention) == "sigmoid" ? 1 : 2100;
    ASSERT_EQ(outputs[2].first, "rgb.attention");
    for (const std::int64_t t : {0, 1030, 2099})
      EXPECT_NEAR(scores.streams[0].attention[static_cast<std::size_t>(t)] / scale,
                  outputs[2].second[0][t].item<double>(), 1e-5)
          << attention;
  }
  const auto model = small_tsrnet("softmax");
  EXPECT_EQ(observe(*model, video, 3).streams[0].attention.size(), 700U);
  VideoObserver observer(*model);
  EXPECT_THROW(observer.add(features.narrow(1, 0, 6)), Error);
}

TEST(DetectionScoring, MeasuresClassesAndSegments) {
  DetectionScoring scoring({"run", "jump", "swim"});
  EXPECT_TRUE(scoring.result().values.empty());
  VideoScores first = two_streams();
  const std::vector<Detected> found = {{.label = 0, .start = 0, .end = 10, .score = 2},
                                       {.label = 1, .start = 0, .end = 4, .score = 1}};
  scoring.add(first, found, {{.label = 0, .start = 0, .end = 9.2}, {.label = 1, .start = 2, .end = 6}});
  VideoScores second = two_streams();
  second.streams[0].scores = {0.1, 0.2, 0.7};
  second.streams[1].scores = {0.5, 0.3, 0.2};
  second.scores = {0.4, 0.275, 0.325};
  scoring.add(second, {}, {{.label = 2, .start = 1, .end = 2}});
  const HeadMetrics result = scoring.result();
  std::map<std::string, double> values(result.values.begin(), result.values.end());
  EXPECT_EQ(result.samples, 2);
  EXPECT_EQ(result.values.front().first, "map");
  EXPECT_DOUBLE_EQ(values.at("accuracy"), 0.5);
  EXPECT_DOUBLE_EQ(values.at("rgb_accuracy"), 1);
  EXPECT_DOUBLE_EQ(values.at("flow_accuracy"), 0.5);
  // Ranked: run right; jump behind the other video; swim right.
  EXPECT_NEAR(values.at("map"), (1 + 0.5 + 1) / 3, 1e-9);
  // run overlaps by 0.92, jump by 2 / 6, swim is missed.
  EXPECT_NEAR(values.at("map@30"), 2.0 / 3, 1e-9);
  EXPECT_NEAR(values.at("map@40"), 1.0 / 3, 1e-9);
  EXPECT_NEAR(values.at("map@90"), 1.0 / 3, 1e-9);
  EXPECT_NEAR(values.at("average_map"), 0.9 / 3, 1e-9);
  EXPECT_EQ(result.class_samples, (std::vector<std::int64_t>{1, 1, 1}));
}

}  // namespace
}  // namespace zoetrope::tasks
