#include "zoetrope/metrics/multilabel.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>

#include "tests/metrics/tables.h"
#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

using ::testing::ElementsAre;
using ::testing::Optional;

using Flags = std::vector<std::uint8_t>;

double sum_of(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::vector<std::size_t> shuffled_indices(std::size_t size, std::mt19937& random) {
  std::vector<std::size_t> order(size);
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::shuffle(order.begin(), order.end(), random);
  return order;
}

TEST(MultilabelFixture, MeetsYouTube8M) {
  const nlohmann::json fixture = load_fixture("yt8m_metrics.json");
  const OwnedTags tags = tags_of(fixture["scores"], fixture["labels"]);
  const auto& expected = fixture["result"];
  EXPECT_NEAR(hit_at_one(tags.view()), expected["hit_at_one"], 1e-12);
  EXPECT_NEAR(precision_at_equal_recall_rate(tags.view()), expected["perr"], 1e-12);
  EXPECT_NEAR(global_average_precision(tags.view()), expected["gap"], 1e-12);
  EXPECT_NEAR(global_average_precision(tags.view(), 5), expected["gap_top5"], 1e-12);
  const std::vector<double> precisions = top_k_class_precisions(tags.view());
  ASSERT_EQ(precisions.size(), 30U);
  for (std::size_t i = 0; i < 30; ++i) EXPECT_NEAR(precisions[i], expected["aps"][i], 1e-12) << i;
  EXPECT_NEAR(sum_of(precisions) / 30, expected["map"], 1e-12);
}

TEST(MultilabelFixture, MeetsMMAction2) {
  const nlohmann::json fixture = load_fixture("yt8m_metrics.json");
  const OwnedTags tags = tags_of(fixture["scores"], fixture["labels"]);
  const auto& expected = fixture["result"];
  EXPECT_NEAR(class_average_precisions(tags.view()).mean(), expected["mmaction2.mean_average_precision"],
              1e-12);
  EXPECT_NEAR(sample_average_precisions(tags.view()).mean(),
              expected["mmaction2.mmit_mean_average_precision"], 1e-12);
}

TEST(MultilabelFixture, HammingScoreOfEachSample) {
  const nlohmann::json fixture = load_fixture("losses_scores.json");
  ASSERT_EQ(fixture["hamming"].size(), 2U);
  for (const auto& example : fixture["hamming"]) {
    const OwnedTags tags = tags_of(example["scores"], example["positives"]);
    const std::size_t k = example["k"];
    EXPECT_NEAR(hamming_score(tags.view(), k), example["score"], 1e-12);
    for (std::size_t i = 0; i < tags.num_samples(); ++i) {
      std::vector<std::size_t> columns(tags.num_classes);
      std::iota(columns.begin(), columns.end(), std::size_t{0});
      EXPECT_NEAR(hamming_score(permuted(tags, {i}, columns).view(), k), example["per_sample"][i], 1e-12);
    }
  }
}

TEST(AveragePrecision, ByHand) {
  // Retrieved in order: hit, miss, hit, miss. Precision 1, 1/2, 2/3, 1/2 at recall 1/2, 1/2, 1, 1.
  const std::vector<float> scores = {0.9F, 0.7F, 0.5F, 0.1F};
  const Flags positives = {1, 0, 1, 0};
  EXPECT_THAT(average_precision(scores, positives), Optional(0.5 * (1 + 2.0 / 3)));
  EXPECT_THAT(average_precision(scores, positives, PrecisionArea::kTrapezoids),
              Optional(testing::DoubleEq(0.5 * 1 + 0.5 * (0.5 + 2.0 / 3) / 2)));
}

TEST(AveragePrecision, EqualScoresAreOneStep) {
  const std::vector<float> scores = {2, 1, 1, 1};
  EXPECT_THAT(average_precision(scores, Flags{0, 1, 0, 0}), Optional(0.25));
  EXPECT_THAT(average_precision(scores, Flags{0, 0, 0, 1}), Optional(0.25));
  EXPECT_THAT(average_precision(scores, Flags{1, 0, 1, 0}), Optional(0.5 * 1 + 0.5 * 0.5));
  EXPECT_THAT(average_precision(std::vector<float>(4, 7), Flags{1, 0, 0, 1}), Optional(0.5));
  EXPECT_THAT(average_precision(std::vector<float>{0.0F, -0.0F}, Flags{0, 1}), Optional(0.5));
}

TEST(AveragePrecision, PerfectAndWorstRankings) {
  for (std::size_t positives = 1; positives <= 5; ++positives) {
    std::vector<float> falling(12), rising(12);
    Flags truth(12, 0);
    double worst = 0;
    for (std::size_t i = 0; i < 12; ++i) {
      falling[i] = -static_cast<float>(i);
      rising[i] = static_cast<float>(i);
      truth[i] = i < positives ? 1 : 0;
    }
    for (std::size_t n = 1; n <= positives; ++n) {
      worst += static_cast<double>(n) / static_cast<double>((12 - positives + n) * positives);
    }
    EXPECT_THAT(average_precision(falling, truth), Optional(1.0));
    EXPECT_THAT(average_precision(falling, truth, PrecisionArea::kTrapezoids), Optional(1.0));
    EXPECT_THAT(average_precision(rising, truth), Optional(testing::DoubleNear(worst, 1e-12)));
  }
}

TEST(AveragePrecision, ClassesWithoutPositivesAreLeftOutAndCounted) {
  const OwnedTags tags{3, {3, 1, 2, 1, 2, 3}, {1, 0, 0, 0, 0, 1}};
  const AveragePrecisions classes = class_average_precisions(tags.view());
  EXPECT_THAT(classes.each, ElementsAre(Optional(1.0), std::nullopt, Optional(1.0)));
  EXPECT_EQ(classes.mean(), 1);
  EXPECT_EQ(classes.num_measured(), 2U);
  const OwnedTags none{2, {1, 2}, {0, 0}};
  EXPECT_EQ(class_average_precisions(none.view()).mean(), 0);
  EXPECT_EQ(sample_average_precisions(none.view()).num_measured(), 0U);
  EXPECT_EQ(global_average_precision(none.view()), 0);
  EXPECT_EQ(precision_at_equal_recall_rate(none.view()), 0);
  EXPECT_EQ(hit_at_one(none.view()), 0);
  EXPECT_THAT(top_k_class_precisions(none.view()), ElementsAre(0, 0));
}

TEST(AveragePrecision, CategoriesCountAlikeWhateverTheirSize) {
  const AveragePrecisions classes{{0.2, 0.4, std::nullopt, 0.9, std::nullopt}};
  const std::vector<std::size_t> category = {0, 0, 0, 1, 2};
  const AveragePrecisions categories = category_average_precisions(classes, category, 4);
  ASSERT_EQ(categories.each.size(), 4U);
  EXPECT_NEAR(categories.each[0].value(), 0.3, 1e-12);
  EXPECT_EQ(categories.each[1], 0.9);
  EXPECT_EQ(categories.each[2], std::nullopt);  // no class of it has positives
  EXPECT_EQ(categories.each[3], std::nullopt);  // it has no class
  EXPECT_NEAR(categories.mean(), 0.6, 1e-12);
  EXPECT_THROW((void)category_average_precisions(classes, category, 2), Error);
  EXPECT_THROW((void)category_average_precisions(classes, {}, 2), Error);
}

// Neither the order of samples nor that of classes matters to a metric that picks no k classes; with distinct
// scores, to none.
TEST(Multilabel, OrderOfSamplesAndClassesDoesNotMatter) {
  std::mt19937 random(1);
  for (int trial = 0; trial < 20; ++trial) {
    const bool distinct = trial % 2 == 0;
    OwnedTags tags = random_tags(15, 8, random);
    if (distinct) {
      for (std::size_t i = 0; i < tags.scores.size(); ++i) {
        tags.scores[i] += static_cast<float>(i) / static_cast<float>(tags.scores.size());
      }
    }
    const std::vector<std::size_t> columns = shuffled_indices(8, random);
    const OwnedTags other = permuted(tags, shuffled_indices(15, random), columns);
    const AveragePrecisions ours = class_average_precisions(tags.view());
    const AveragePrecisions theirs = class_average_precisions(other.view());
    for (std::size_t i = 0; i < 8; ++i) EXPECT_EQ(theirs.each[i], ours.each[columns[i]]);
    EXPECT_NEAR(sample_average_precisions(other.view()).mean(), sample_average_precisions(tags.view()).mean(),
                1e-12);
    EXPECT_NEAR(global_average_precision(other.view(), 8), global_average_precision(tags.view(), 8), 1e-12);
    if (!distinct) continue;
    EXPECT_NEAR(global_average_precision(other.view(), 3), global_average_precision(tags.view(), 3), 1e-12);
    EXPECT_NEAR(hamming_score(other.view(), 3), hamming_score(tags.view(), 3), 1e-12);
    EXPECT_NEAR(precision_at_equal_recall_rate(other.view()), precision_at_equal_recall_rate(tags.view()),
                1e-12);
    EXPECT_EQ(hit_at_one(other.view()), hit_at_one(tags.view()));
  }
}

TEST(Multilabel, MonotoneTransformsOfScoresChangeNothing) {
  std::mt19937 random(2);
  for (int trial = 0; trial < 20; ++trial) {
    const OwnedTags tags = random_tags(12, 6, random);
    OwnedTags stretched = tags;
    for (float& score : stretched.scores) score = score * score * score / 64 - 3;
    EXPECT_EQ(class_average_precisions(stretched.view()).each, class_average_precisions(tags.view()).each);
    EXPECT_EQ(class_average_precisions(stretched.view(), PrecisionArea::kTrapezoids).each,
              class_average_precisions(tags.view(), PrecisionArea::kTrapezoids).each);
    EXPECT_EQ(global_average_precision(stretched.view(), 4), global_average_precision(tags.view(), 4));
    EXPECT_EQ(top_k_class_precisions(stretched.view(), 4), top_k_class_precisions(tags.view(), 4));
    EXPECT_EQ(precision_at_equal_recall_rate(stretched.view()), precision_at_equal_recall_rate(tags.view()));
  }
}

TEST(Multilabel, PerfectScoresAreOneEverywhere) {
  std::mt19937 random(3);
  OwnedTags tags = random_tags(10, 6, random);
  for (std::size_t i = 0; i < 10; ++i) tags.positives[i * 6 + i % 6] = 1;
  for (std::size_t i = 0; i < tags.scores.size(); ++i) tags.scores[i] = tags.positives[i];
  EXPECT_EQ(class_average_precisions(tags.view()).mean(), 1);
  EXPECT_EQ(sample_average_precisions(tags.view()).mean(), 1);
  EXPECT_NEAR(global_average_precision(tags.view(), 6), 1, 1e-12);
  EXPECT_NEAR(sum_of(top_k_class_precisions(tags.view(), 6)), 6, 1e-12);
  EXPECT_EQ(hit_at_one(tags.view()), 1);
  EXPECT_EQ(precision_at_equal_recall_rate(tags.view()), 1);
  for (const ClassThreshold& threshold : best_thresholds(tags.view())) {
    EXPECT_EQ(threshold.f1, 1);
    EXPECT_EQ(threshold.value, 0.5);
  }
  const FMeasures measures = f_measures(decide(tags.view().scores, 0.5), tags.positives, 6);
  for (const PrecisionRecall& mean : {measures.macro, measures.micro, measures.samples}) {
    EXPECT_EQ(mean.precision, 1);
    EXPECT_EQ(mean.recall, 1);
    EXPECT_EQ(mean.f1, 1);
  }
}

TEST(Multilabel, OfEqualScoresTheLowerClassIsPicked) {
  const OwnedTags first{3, {1, 1, 1}, {1, 0, 0}}, last{3, {1, 1, 1}, {0, 0, 1}};
  EXPECT_EQ(hit_at_one(first.view()), 1);
  EXPECT_EQ(hit_at_one(last.view()), 0);
  EXPECT_EQ(global_average_precision(first.view(), 1), 1);
  EXPECT_EQ(global_average_precision(last.view(), 2), 0);
  EXPECT_NEAR(global_average_precision(last.view(), 3), 1.0 / 3, 1e-12);
  EXPECT_THAT(decide_best(first.view().scores, 2), ElementsAre(1, 1, 0));
}

TEST(Multilabel, MoreThanAllClassesAreAll) {
  std::mt19937 random(4);
  const OwnedTags tags = random_tags(9, 5, random);
  EXPECT_EQ(global_average_precision(tags.view(), 99), global_average_precision(tags.view(), 5));
  EXPECT_EQ(top_k_class_precisions(tags.view(), 99), top_k_class_precisions(tags.view(), 5));
  EXPECT_EQ(hamming_score(tags.view(), 99), hamming_score(tags.view(), 5));
  const AveragePrecisions classes = class_average_precisions(tags.view());
  const std::vector<double> whole = top_k_class_precisions(tags.view(), 5);
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(whole[i], classes.each[i].value_or(0), 1e-12);
}

TEST(Thresholds, ByHand) {
  // Class 0: best is to accept 0.9 and 0.6. Class 1 has no positives. In class 2 all scores are equal.
  const OwnedTags tags{
      3, {0.9F, 0.2F, 4, 0.1F, 0.3F, 4, 0.6F, 0.1F, 4, 0.2F, 0.9F, 4}, {1, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0, 1}};
  const std::vector<ClassThreshold> thresholds = best_thresholds(tags.view());
  ASSERT_EQ(thresholds.size(), 3U);
  EXPECT_DOUBLE_EQ(thresholds[0].value, (static_cast<double>(0.6F) + static_cast<double>(0.2F)) / 2);
  EXPECT_EQ(thresholds[0].f1, 1);
  EXPECT_EQ(thresholds[1].value, kInf);
  EXPECT_EQ(thresholds[1].f1, 0);
  EXPECT_EQ(thresholds[2].value, 4);
  EXPECT_DOUBLE_EQ(thresholds[2].f1, 2.0 * 2 / (4 + 2));
  EXPECT_THAT(decide(tags.view().scores, thresholds), ElementsAre(1, 0, 1, 0, 0, 1, 1, 0, 1, 0, 0, 1));
}

TEST(Thresholds, OfEquallyGoodOnesTheHighest) {
  // Accepting the first gives 2 * 1 / (1 + 2), accepting all 2 * 2 / (4 + 2).
  const OwnedTags tags{1, {4, 3, 2, 1}, {1, 0, 0, 1}};
  const ClassThreshold threshold = best_thresholds(tags.view())[0];
  EXPECT_EQ(threshold.value, 3.5);
  EXPECT_DOUBLE_EQ(threshold.f1, 2.0 / 3);
}

TEST(Thresholds, NoOtherThresholdIsBetter) {
  std::mt19937 random(5);
  for (int trial = 0; trial < 60; ++trial) {
    const OwnedTags tags = random_tags(1 + random() % 12, 1, random, 6);
    const ClassThreshold best = best_thresholds(tags.view())[0];
    const auto f1_at = [&](double threshold) {
      return f_measures(decide(tags.view().scores, threshold), tags.positives, 1).micro.f1;
    };
    EXPECT_DOUBLE_EQ(f1_at(best.value), best.f1);
    for (double threshold = -0.5; threshold < 7; threshold += 0.5) EXPECT_LE(f1_at(threshold), best.f1);
  }
}

TEST(Thresholds, InfiniteScoresDoNotAcceptTheirNeighbours) {
  const OwnedTags low{1, {1, -kInf}, {1, 0}}, high{1, {kInf, 1}, {1, 0}};
  EXPECT_EQ(best_thresholds(low.view())[0].value, 1);
  EXPECT_EQ(best_thresholds(high.view())[0].value, kInf);
  EXPECT_THAT(decide(high.view().scores, best_thresholds(high.view())), ElementsAre(1, 0));
}

TEST(FMeasure, ByHand) {
  const Flags truth = {1, 0, 1, 0,  //
                       0, 1, 0, 0,  //
                       0, 0, 0, 0};
  const Flags predicted = {1, 1, 0, 0,  //
                           0, 1, 0, 0,  //
                           1, 0, 0, 0};
  const FMeasures measures = f_measures(predicted, truth, 4);
  EXPECT_THAT(measures.classes, ElementsAre(MatchCounts{1, 1, 0}, MatchCounts{1, 1, 0}, MatchCounts{0, 0, 1},
                                            MatchCounts{0, 0, 0}));
  EXPECT_DOUBLE_EQ(measures.macro.precision, (0.5 + 0.5 + 0 + 0) / 4);
  EXPECT_DOUBLE_EQ(measures.macro.recall, (1.0 + 1 + 0 + 0) / 4);
  EXPECT_DOUBLE_EQ(measures.macro.f1, (2.0 / 3 + 2.0 / 3) / 4);
  EXPECT_DOUBLE_EQ(measures.micro.precision, 2.0 / 4);
  EXPECT_DOUBLE_EQ(measures.micro.recall, 2.0 / 3);
  EXPECT_DOUBLE_EQ(measures.micro.f1, 4.0 / 7);
  EXPECT_DOUBLE_EQ(measures.samples.precision, (0.5 + 1 + 0) / 3);
  EXPECT_DOUBLE_EQ(measures.samples.recall, (0.5 + 1 + 0) / 3);
  EXPECT_DOUBLE_EQ(measures.samples.f1, (0.5 + 1 + 0) / 3);
}

TEST(Multilabel, NoSamples) {
  const OwnedTags none{4, {}, {}};
  EXPECT_EQ(class_average_precisions(none.view()).each.size(), 4U);
  EXPECT_EQ(class_average_precisions(none.view()).mean(), 0);
  EXPECT_EQ(global_average_precision(none.view()), 0);
  EXPECT_EQ(hit_at_one(none.view()), 0);
  EXPECT_EQ(hamming_score(none.view(), 1), 0);
  EXPECT_EQ(best_thresholds(none.view()).size(), 4U);
  EXPECT_EQ(f_measures({}, {}, 4).macro.f1, 0);
  EXPECT_EQ(f_measures({}, {}, 0).samples.f1, 0);
  EXPECT_EQ(average_precision({}, {}), std::nullopt);
}

TEST(Multilabel, RefusesWhatDoesNotFit) {
  const OwnedTags nan{2, {1, 2, 3, kNan}, {0, 0, 1, 1}}, short_truth{2, {1, 2}, {1}}, odd{2, {1, 2}, {1, 2}},
      ragged{2, {1, 2, 3}, {1, 0, 0}}, good{2, {1, 2}, {1, 0}};
  for (const OwnedTags* tags : {&nan, &short_truth, &odd, &ragged}) {
    EXPECT_THROW((void)class_average_precisions(tags->view()), Error);
    EXPECT_THROW((void)sample_average_precisions(tags->view()), Error);
    EXPECT_THROW((void)global_average_precision(tags->view()), Error);
    EXPECT_THROW((void)top_k_class_precisions(tags->view()), Error);
    EXPECT_THROW((void)hit_at_one(tags->view()), Error);
    EXPECT_THROW((void)precision_at_equal_recall_rate(tags->view()), Error);
    EXPECT_THROW((void)hamming_score(tags->view(), 1), Error);
    EXPECT_THROW((void)best_thresholds(tags->view()), Error);
  }
  EXPECT_THROW((void)decide(nan.view().scores, 0.5), Error);
  EXPECT_THROW((void)decide(good.view().scores, std::numeric_limits<double>::quiet_NaN()), Error);
  EXPECT_THROW((void)decide(good.view().scores, std::vector<ClassThreshold>(3)), Error);
  EXPECT_THROW((void)decide_best(good.view().scores, 0), Error);
  EXPECT_THROW((void)global_average_precision(good.view(), 0), Error);
  EXPECT_THROW((void)hamming_score(good.view(), 0), Error);
  EXPECT_THROW((void)average_precision(good.scores, Flags{1}), Error);
  EXPECT_THROW((void)f_measures(Flags{1, 0}, Flags{1}, 1), Error);
  EXPECT_THROW((void)f_measures(Flags{1, 0, 1}, Flags{1, 0, 1}, 2), Error);
  EXPECT_THROW((void)f_measures(Flags{3}, Flags{1}, 1), Error);
}

}  // namespace
}  // namespace zoetrope::metrics
