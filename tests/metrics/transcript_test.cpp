#include "zoetrope/metrics/transcript.h"

#include <gtest/gtest.h>

#include <vector>

#include "tests/metrics/tables.h"

namespace zoetrope::metrics {
namespace {

using Ids = std::vector<std::int64_t>;

Ids labels_of_runs(const nlohmann::json& runs) {
  Ids ids;
  for (const auto& run : runs) {
    if (ids.empty() || ids.back() != run[0].get<std::int64_t>()) ids.push_back(run[0]);
  }
  return ids;
}

TEST(Transcript, EveryRuleMeetsItsCode) {
  const nlohmann::json fixture = load_fixture("segmentation_metrics.json");
  double sum = 0;
  for (const auto& example : fixture["cases"]) {
    const Ids truth = labels_of_runs(example["target"]), predicted = labels_of_runs(example["prediction"]);
    const auto& result = example["result"];
    EXPECT_NEAR(matching_score(predicted, truth).ratio(), result["matching"], 1e-12);
    EXPECT_NEAR(matching_score(predicted, truth, MatchingRule::kEditDistance).ratio(),
                result["matching_textbook"], 1e-12);
    EXPECT_NEAR(matching_score(predicted, truth, MatchingRule::kDifflib).ratio(), result["matching_difflib"],
                1e-12);
    sum += matching_score(predicted, truth).ratio();
  }
  EXPECT_NEAR(sum / static_cast<double>(fixture["cases"].size()), fixture["total"]["matching"], 1e-12);
}

TEST(Transcript, EmptyOnes) {
  const Ids one = {1};
  for (const MatchingRule rule :
       {MatchingRule::kEditDistancePackage, MatchingRule::kEditDistance, MatchingRule::kDifflib}) {
    EXPECT_EQ(matching_score({}, {}, rule).ratio(), 1);
    EXPECT_EQ(matching_score(one, {}, rule).ratio(), 0);
    EXPECT_EQ(matching_score({}, one, rule).ratio(), 0);
    EXPECT_EQ(matching_score(one, one, rule).ratio(), 1);
  }
}

TEST(Transcript, PopularLabelsBeginNoRunInDifflib) {
  // As Python's difflib.SequenceMatcher(None, a, b) counts [5, 7] and [1] + [7] * n.
  Ids predicted(201, 7);
  predicted[0] = 1;
  EXPECT_EQ(matching_score(predicted, Ids{5, 7}, MatchingRule::kDifflib).matches, 0);
  predicted.resize(199);
  EXPECT_EQ(matching_score(predicted, Ids{5, 7}, MatchingRule::kDifflib).matches, 1);
  EXPECT_EQ(matching_score(Ids(200, 7), Ids{7, 7}, MatchingRule::kDifflib).matches, 2);
}

}  // namespace
}  // namespace zoetrope::metrics
