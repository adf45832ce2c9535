#include "zoetrope/tasks/scoring.h"

#include <gtest/gtest.h>

namespace zoetrope::tasks {
namespace {

TEST(Scoring, MeasuresEachHeadOnWhatIsLabelledForIt) {
  const Heads heads = heads_of({{.name = "scene", .names = {"park", "street"}},
                                {.name = "objects", .names = {"ball", "cup"}, .exclusive = false}});
  Scoring scoring(heads);
  // Scenes: right, wrong, not labelled. Objects: labelled for the first two, ball ranked right, cup ranked wrong.
  const torch::Tensor logits =
      torch::tensor({{2.0, 0.0, 3.0, 1.0}, {2.0, 0.0, -3.0, 2.0}, {0.0, 5.0, 0.0, 0.0}});
  const std::vector<torch::Tensor> targets = {torch::tensor({{1.0, 0.0}, {0.0, 1.0}, {0.0, 0.0}}),
                                              torch::tensor({{1.0, 1.0}, {0.0, 0.0}, {0.0, 0.0}})};
  const std::vector<torch::Tensor> known = {torch::tensor({true, true, false}),
                                            torch::tensor({true, true, false})};
  for (std::int64_t i = 0; i < 3; ++i) {  // in parts
    const auto row = [&](const std::vector<torch::Tensor>& tensors) {
      return std::vector<torch::Tensor>{tensors[0].slice(0, i, i + 1), tensors[1].slice(0, i, i + 1)};
    };
    scoring.add(logits.slice(0, i, i + 1), row(targets), row(known));
  }
  const auto result = scoring.result();
  ASSERT_EQ(result.size(), 2u);
  EXPECT_EQ(result[0].samples, 2);
  EXPECT_EQ(result[0].values.front(), (std::pair<std::string, double>{"top1", 0.5}));
  EXPECT_EQ(result[0].class_values[0], 1);
  EXPECT_EQ(result[0].class_values[1], 0);
  EXPECT_EQ(result[0].confusion->count(1, 0), 1);
  EXPECT_EQ(result[1].values.front(), (std::pair<std::string, double>{"map", 0.75}));
  EXPECT_EQ(result[1].class_samples, (std::vector<std::int64_t>{1, 1}));
  EXPECT_DOUBLE_EQ(overall(result), 0.625);
}

TEST(Scoring, FitsThresholdsAndMeasuresByThoseThatAreGiven) {
  Heads heads = heads_of({{.name = "objects", .names = {"ball", "cup", "hat"}, .exclusive = false}});
  heads[0].thresholds = {0.5, 0.7, 0.5};
  // The ball is there where it scores 0.8; the cup where it scores 0.2, not where it scores 0.1; no hat anywhere.
  const std::vector<torch::Tensor> scores = {torch::tensor({{0.8, 0.2, 0.1}, {0.4, 0.1, 0.1}})};
  const std::vector<torch::Tensor> targets = {torch::tensor({{1.0, 1.0, 0.0}, {0.0, 0.0, 0.0}})};
  Scoring scoring(heads);
  scoring.add_scores(scores, targets, {torch::tensor({true, true})});
  const HeadMetrics found = scoring.result()[0];
  EXPECT_EQ(found.thresholds, (std::vector<double>{0.6, 0.15, 0.5}));
  EXPECT_EQ(found.values.back().first, "f1_fitted");
  EXPECT_DOUBLE_EQ(found.values.back().second, 2.0 / 3);  // the cup is missed
  heads[0].thresholds = found.thresholds;
  Scoring fitted(heads);
  fitted.add_scores(scores, targets, {torch::tensor({true, true})});
  EXPECT_DOUBLE_EQ(fitted.result()[0].values.back().second, 1);
}

TEST(Scoring, GivesBothMeansThatAreCalledOverallMap) {
  const Heads heads = heads_of({{.name = "objects", .names = {"ball", "cup", "hat"}, .exclusive = false},
                                {.name = "event", .names = {"party"}, .exclusive = false}});
  // Average precisions: ball 1, cup 1/2, hat without positives, party 1.
  Scoring scoring(heads);
  scoring.add_scores({torch::tensor({{0.8, 0.2, 0.1}, {0.4, 0.9, 0.1}}), torch::tensor({{0.9}, {0.1}})},
                     {torch::tensor({{1.0, 1.0, 0.0}, {0.0, 0.0, 0.0}}), torch::tensor({{1.0}, {0.0}})},
                     {torch::tensor({true, true}), torch::tensor({true, true})});
  const auto map = overall_map(scoring.result());
  ASSERT_TRUE(map);
  EXPECT_DOUBLE_EQ(map->mean_of_heads, (0.75 + 1) / 2);
  EXPECT_DOUBLE_EQ(map->mean_of_labels, 2.5 / 3);
  EXPECT_FALSE(overall_map({scoring.result()[0]}));
}

TEST(Scoring, SaysNothingWithoutSamples) {
  const Scoring scoring(heads_of({{.name = "scene", .names = {"park", "street"}}}));
  EXPECT_TRUE(scoring.result()[0].values.empty());
  EXPECT_EQ(overall(scoring.result()), 0);
}

}  // namespace
}  // namespace zoetrope::tasks
