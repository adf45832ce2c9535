#include "zoetrope/metrics/classification.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/metrics/tables.h"
#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

using ::testing::ElementsAre;

TEST(ClassificationFixture, MeetsMMAction2) {
  const nlohmann::json fixture = load_fixture("yt8m_metrics.json");
  const OwnedTags tags = tags_of(fixture["scores"], fixture["labels"]);
  const ScoreTable scores = tags.view().scores;
  const std::vector<std::int64_t> truth = fixture["single_label"];
  const auto& expected = fixture["result"]["mmaction2.top_k_accuracy"];
  ASSERT_EQ(expected.size(), 3U);
  for (const auto& [k, accuracy] : expected.items()) {
    EXPECT_NEAR(top_k_accuracy(scores, truth, std::stoul(k)), accuracy, 1e-12);
  }
  const ConfusionMatrix confusion = count_confusions(predicted_classes(scores), truth, 30);
  EXPECT_NEAR(confusion.mean_class_accuracy(), fixture["result"]["mmaction2.mean_class_accuracy"], 1e-12);
  EXPECT_NEAR(confusion.accuracy(), expected["1"], 1e-12);
}

TEST(Classification, OfEqualScoresTheLowerClassIsFirst) {
  const std::vector<float> scores = {1, 5, 5, 1,  //
                                     2, 2, 2, 2};
  const ScoreTable table{scores, 4};
  EXPECT_THAT(predicted_classes(table), ElementsAre(1, 0));
  EXPECT_EQ(top_k_accuracy(table, std::vector<std::int64_t>{2, 1}, 1), 0);
  EXPECT_EQ(top_k_accuracy(table, std::vector<std::int64_t>{2, 1}, 2), 1);
  EXPECT_EQ(top_k_accuracy(table, std::vector<std::int64_t>{3, 3}, 3), 0);
  EXPECT_THAT(best_indices(table.row(0), 3), ElementsAre(1, 2, 0));
  EXPECT_THAT(best_indices(table.row(1), 9), ElementsAre(0, 1, 2, 3));
}

TEST(Classification, TopKGrowsWithKUpToOne) {
  std::mt19937 random(1);
  const OwnedTags tags = random_tags(50, 7, random);
  std::vector<std::int64_t> truth(50);
  for (std::int64_t& label : truth) label = static_cast<std::int64_t>(random() % 7);
  double previous = 0;
  for (std::size_t k = 1; k <= 9; ++k) {
    const double accuracy = top_k_accuracy(tags.view().scores, truth, k);
    EXPECT_GE(accuracy, previous);
    previous = accuracy;
    if (k >= 7) {
      EXPECT_EQ(accuracy, 1);
    }
  }
  EXPECT_EQ(top_k_accuracy(tags.view().scores, truth, 1),
            count_confusions(predicted_classes(tags.view().scores), truth, 7).accuracy());
}

TEST(Classification, ConfusionsByHand) {
  const std::vector<std::int64_t> truth = {0, 0, 0, 1, 1, 3};
  const std::vector<std::int64_t> predicted = {0, 0, 1, 1, 3, 2};
  const ConfusionMatrix confusion = count_confusions(predicted, truth, 4);
  EXPECT_THAT(confusion.counts(), ElementsAre(2, 1, 0, 0,  //
                                              0, 1, 0, 1,  //
                                              0, 0, 0, 0,  //
                                              0, 0, 1, 0));
  EXPECT_DOUBLE_EQ(confusion.accuracy(), 3.0 / 6);
  EXPECT_DOUBLE_EQ(confusion.mean_class_accuracy(), (2.0 / 3 + 1.0 / 2 + 0 + 0) / 4);
  EXPECT_DOUBLE_EQ(confusion.mean_class_accuracy(ClassMean::kTrue), (2.0 / 3 + 1.0 / 2 + 0) / 3);
  EXPECT_EQ(confusion.class_counts(0), (MatchCounts{2, 0, 1}));
  EXPECT_EQ(confusion.class_counts(1), (MatchCounts{1, 1, 1}));
  EXPECT_EQ(confusion.class_counts(2), (MatchCounts{0, 1, 0}));
  EXPECT_EQ(confusion.class_size(0), 3);
}

TEST(Classification, ConfusionsOfPartsAddUp) {
  const std::vector<std::int64_t> truth = {0, 1, 2, 2, 1};
  const std::vector<std::int64_t> predicted = {0, 2, 2, 1, 1};
  const ConfusionMatrix whole = count_confusions(predicted, truth, 3);
  ConfusionMatrix sum(3);
  for (std::size_t i = 0; i < truth.size(); ++i) {
    sum += count_confusions(std::span(predicted).subspan(i, 1), std::span(truth).subspan(i, 1), 3);
  }
  EXPECT_TRUE(std::ranges::equal(sum.counts(), whole.counts()));
  EXPECT_THROW(sum += ConfusionMatrix(4), Error);
}

// Another numbering of the classes is another order of rows and columns.
TEST(Classification, NamesOfClassesDoNotMatter) {
  std::mt19937 random(2);
  std::vector<std::int64_t> truth(60), predicted(60), numbers(5);
  for (std::int64_t& label : truth) label = static_cast<std::int64_t>(random() % 5);
  for (std::int64_t& label : predicted) label = static_cast<std::int64_t>(random() % 5);
  std::iota(numbers.begin(), numbers.end(), 0);
  std::shuffle(numbers.begin(), numbers.end(), random);
  const auto renamed = [&](std::vector<std::int64_t> labels) {
    for (std::int64_t& label : labels) label = numbers[static_cast<std::size_t>(label)];
    return labels;
  };
  const ConfusionMatrix a = count_confusions(predicted, truth, 5);
  const ConfusionMatrix b = count_confusions(renamed(predicted), renamed(truth), 5);
  EXPECT_EQ(a.accuracy(), b.accuracy());
  EXPECT_NEAR(a.mean_class_accuracy(), b.mean_class_accuracy(), 1e-12);
}

TEST(Classification, NoSamples) {
  const ScoreTable none{{}, 3};
  EXPECT_TRUE(predicted_classes(none).empty());
  EXPECT_EQ(top_k_accuracy(none, {}, 1), 0);
  EXPECT_EQ(count_confusions({}, {}, 3).accuracy(), 0);
  EXPECT_EQ(count_confusions({}, {}, 3).mean_class_accuracy(), 0);
  EXPECT_EQ(count_confusions({}, {}, 0).accuracy(), 0);
}

TEST(Classification, RefusesWhatDoesNotFit) {
  const std::vector<float> scores = {0, 1, 2, kNan};
  const std::vector<std::int64_t> labels = {1, 1}, outside = {0, 2}, negative = {-1, 0};
  const ScoreTable good{std::span(scores).first(2), 2};
  EXPECT_THROW((void)predicted_classes({scores, 2}), Error);
  EXPECT_THROW((void)predicted_classes({scores, 3}), Error);
  EXPECT_THROW((void)predicted_classes({scores, 0}), Error);
  EXPECT_THROW((void)top_k_accuracy({scores, 2}, labels, 1), Error);
  EXPECT_THROW((void)top_k_accuracy(good, labels, 1), Error);
  EXPECT_THROW((void)top_k_accuracy(good, std::span(labels).first(1), 0), Error);
  EXPECT_THROW((void)top_k_accuracy(good, std::span(outside).last(1), 1), Error);
  EXPECT_THROW((void)count_confusions(labels, outside, 2), Error);
  EXPECT_THROW((void)count_confusions(negative, labels, 2), Error);
  EXPECT_THROW((void)count_confusions(labels, std::span(labels).first(1), 2), Error);
}

TEST(Classification, InfinitiesAreScores) {
  const std::vector<float> scores = {-kInf, 0, -kInf, kInf, 3, kInf};
  EXPECT_THAT(predicted_classes({scores, 3}), ElementsAre(1, 0));
}

}  // namespace
}  // namespace zoetrope::metrics
