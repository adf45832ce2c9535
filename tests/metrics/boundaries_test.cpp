#include "zoetrope/metrics/boundaries.h"

#include <gtest/gtest.h>

#include <random>

#include "zoetrope/metrics/assignment.h"

namespace zoetrope::metrics {
namespace {

TEST(MatchCounts, SharesAndSums) {
  MatchCounts counts{3, 1, 2};
  EXPECT_DOUBLE_EQ(counts.precision(), 0.75);
  EXPECT_DOUBLE_EQ(counts.recall(), 0.6);
  EXPECT_DOUBLE_EQ(counts.f1(), 2.0 / 3);
  counts += {1, 0, 0};
  EXPECT_EQ(counts, (MatchCounts{4, 1, 2}));
  EXPECT_EQ(MatchCounts{}.precision(), 0);
  EXPECT_EQ(MatchCounts{}.f1(), 0);
}

TEST(Boundaries, ToleranceIsInclusiveAndOneToOne) {
  const std::vector<double> truth = {10, 20, 30};
  EXPECT_EQ(match_boundaries(std::vector<double>{10.5, 19.5, 31}, truth, 0.5), (MatchCounts{2, 1, 1}));
  EXPECT_EQ(match_boundaries(std::vector<double>{9.9, 10, 10.1}, truth, 0.5), (MatchCounts{1, 2, 2}));
  EXPECT_EQ(match_boundaries({}, truth, 0.5), (MatchCounts{0, 0, 3}));
  EXPECT_EQ(match_boundaries(truth, {}, 0.5), (MatchCounts{0, 3, 0}));
}

TEST(Boundaries, NearestFirstWouldLoseAPair) {
  // 1.0 is nearest to 1.1, but then 0.4 finds nothing.
  EXPECT_EQ(match_boundaries(std::vector<double>{1.0, 1.8}, std::vector<double>{0.4, 1.1}, 0.7),
            (MatchCounts{2, 0, 0}));
}

TEST(Boundaries, OrderDoesNotMatter) {
  EXPECT_EQ(match_boundaries(std::vector<double>{30, 10}, std::vector<double>{10, 20, 30}, 0),
            (MatchCounts{2, 0, 1}));
}

TEST(Spans, AsManyPairsAsAnyMatching) {
  std::mt19937 random(2);
  std::uniform_int_distribution<int> start(0, 40), length(0, 12), count(0, 9);
  for (int trial = 0; trial < 500; ++trial) {
    std::vector<TimeSpan> predicted(static_cast<std::size_t>(count(random)));
    std::vector<TimeSpan> truth(static_cast<std::size_t>(count(random)));
    for (auto* spans : {&predicted, &truth}) {
      for (TimeSpan& span : *spans) {
        span.start = start(random);
        span.end = span.start + length(random);
      }
    }
    const double tolerance = trial % 3;
    std::vector<double> matchable;
    for (const TimeSpan& a : predicted) {
      for (const TimeSpan& b : truth) {
        matchable.push_back(a.start - b.end <= tolerance && b.start - a.end <= tolerance ? 1 : 0);
      }
    }
    double most = 0;
    const std::vector<std::int64_t> match = assign_max_score(matchable, predicted.size(), truth.size());
    for (std::size_t i = 0; i < match.size(); ++i) {
      if (match[i] >= 0) most += matchable[i * truth.size() + static_cast<std::size_t>(match[i])];
    }
    EXPECT_EQ(static_cast<double>(match_spans(predicted, truth, tolerance).true_positives), most) << trial;
  }
}

TEST(Transitions, KindsAreMatchedApart) {
  const std::vector<Transition> truth = {{{5, 5}, false}, {{10, 11}, true}, {{20, 20}, false}};
  const std::vector<Transition> predicted = {
      {{5.04, 5.04}, false}, {{10.4, 10.4}, false}, {{19.5, 20.5}, true}};
  const TransitionCounts counts = match_transitions(predicted, truth, 0.1);
  EXPECT_EQ(counts.all, (MatchCounts{3, 0, 0}));
  EXPECT_EQ(counts.cuts, (MatchCounts{1, 1, 1}));
  EXPECT_EQ(counts.graduals, (MatchCounts{0, 1, 1}));
  TransitionCounts total = counts;
  total += counts;
  EXPECT_EQ(total.cuts, (MatchCounts{2, 2, 2}));
}

}  // namespace
}  // namespace zoetrope::metrics
