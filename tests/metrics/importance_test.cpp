#include "zoetrope/metrics/importance.h"

#include <gmock/gmock.h>

#include <random>

#include "tests/metrics/tables.h"
#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

using ::testing::ElementsAre;

TEST(ImportanceFixture, EachVideoAndTheirMean) {
  const nlohmann::json fixture = load_fixture("losses_scores.json");
  ASSERT_FALSE(fixture["importance"].empty());
  for (const auto& example : fixture["importance"]) {
    double sum = 0;
    for (const auto& video : example["videos"]) {
      const std::vector<double> predicted = video["predicted"], truth = video["ground_truth"];
      EXPECT_EQ(select_segments(predicted, example["segments"]),
                video["selected"].get<std::vector<std::size_t>>());
      const double accuracy = importance_accuracy(predicted, truth, example["segments"]);
      EXPECT_NEAR(accuracy, video["accuracy"], 1e-12);
      sum += accuracy;
    }
    EXPECT_NEAR(sum / static_cast<double>(example["videos"].size()), example["accuracy"], 1e-12);
  }
}

TEST(Importance, OfEqualsTheEarlierIsSelected) {
  const std::vector<double> equal = {2, 3, 2, 2};
  EXPECT_THAT(select_segments(equal, 3), ElementsAre(0, 1, 2));
  EXPECT_THAT(select_segments(equal, 9), ElementsAre(0, 1, 2, 3));
  EXPECT_TRUE(select_segments({}, 6).empty());
}

TEST(Importance, BestAndWorstSelections) {
  const std::vector<double> truth = {0, 0, 4, 2}, reversed = {4, 3, 0, 1};
  EXPECT_EQ(importance_accuracy(truth, truth, 2), 1);
  EXPECT_EQ(importance_accuracy(reversed, truth, 2), 0);
  EXPECT_EQ(importance_accuracy(reversed, truth, 4), 1);  // all are taken
  const std::vector<double> nothing = {0, 0, 0, 0};
  EXPECT_EQ(importance_accuracy(truth, nothing, 2), 1);
}

TEST(Importance, OnlyTheOrderOfThePredictionMatters) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<double> predicted(20), truth(20), stretched(20);
    for (std::size_t i = 0; i < 20; ++i) {
      predicted[i] = static_cast<double>(random() % 1000);
      stretched[i] = predicted[i] * predicted[i] * predicted[i] - 5;
      truth[i] = static_cast<double>(random() % 5);
    }
    const double accuracy = importance_accuracy(predicted, truth);
    EXPECT_EQ(importance_accuracy(stretched, truth), accuracy);
    EXPECT_GE(accuracy, 0);
    EXPECT_LE(accuracy, 1);
  }
}

TEST(Importance, RefusesWhatDoesNotFit) {
  const std::vector<double> good = {1, 2}, three = {1, 2, 3}, nan = {1, kNan}, negative = {1, -1},
                            infinite = {1, kInf};
  EXPECT_THROW((void)importance_accuracy({}, {}), Error);
  EXPECT_THROW((void)importance_accuracy(good, three), Error);
  EXPECT_THROW((void)importance_accuracy(good, good, 0), Error);
  EXPECT_THROW((void)importance_accuracy(nan, good), Error);
  EXPECT_THROW((void)importance_accuracy(good, nan), Error);
  EXPECT_THROW((void)importance_accuracy(good, negative), Error);
  EXPECT_THROW((void)importance_accuracy(good, infinite), Error);
}

}  // namespace
}  // namespace zoetrope::metrics
