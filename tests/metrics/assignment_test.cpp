#include "zoetrope/metrics/assignment.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

double total_cost(const std::vector<double>& costs, std::size_t columns,
                  const std::vector<std::int64_t>& match) {
  double total = 0;
  for (std::size_t i = 0; i < match.size(); ++i) {
    if (match[i] >= 0) total += costs[i * columns + static_cast<std::size_t>(match[i])];
  }
  return total;
}

// The least cost over all permutations; rows <= columns.
double least_cost_by_trial(const std::vector<double>& costs, std::size_t rows, std::size_t columns) {
  std::vector<std::size_t> order(columns);
  std::iota(order.begin(), order.end(), std::size_t{0});
  double least = std::numeric_limits<double>::infinity();
  do {
    double total = 0;
    for (std::size_t i = 0; i < rows; ++i) total += costs[i * columns + order[i]];
    least = std::min(least, total);
  } while (std::next_permutation(order.begin(), order.end()));
  return least;
}

TEST(Assignment, KnownCase) {
  const std::vector<double> costs = {4, 1, 3, 2, 0, 5, 3, 2, 2};
  EXPECT_THAT(assign_min_cost(costs, 3, 3), testing::ElementsAre(1, 0, 2));
  EXPECT_THAT(assign_max_score(costs, 3, 3), testing::ElementsAre(0, 2, 1));
}

TEST(Assignment, MoreRowsThanColumnsLeavesRowsOut) {
  const std::vector<double> costs = {5, 1, 9};
  EXPECT_THAT(assign_min_cost(costs, 3, 1), testing::ElementsAre(-1, 0, -1));
  EXPECT_THAT(assign_min_cost(costs, 1, 3), testing::ElementsAre(1));
}

TEST(Assignment, NothingToAssign) {
  EXPECT_TRUE(assign_min_cost({}, 0, 0).empty());
  EXPECT_TRUE(assign_min_cost({}, 0, 3).empty());
  EXPECT_THAT(assign_min_cost({}, 2, 0), testing::ElementsAre(-1, -1));
}

TEST(Assignment, BestOfAllPermutations) {
  std::mt19937 random(1);
  std::uniform_int_distribution<int> cost(-9, 9);
  for (int trial = 0; trial < 300; ++trial) {
    const std::size_t columns = 1 + static_cast<std::size_t>(trial) % 6;
    const std::size_t rows = 1 + random() % columns;
    std::vector<double> costs(rows * columns);
    for (double& value : costs) value = cost(random);
    const std::vector<std::int64_t> match = assign_min_cost(costs, rows, columns);
    EXPECT_EQ(std::set<std::int64_t>(match.begin(), match.end()).size(), rows);
    EXPECT_EQ(total_cost(costs, columns, match), least_cost_by_trial(costs, rows, columns));
  }
}

TEST(Assignment, RefusesWhatIsNoMatrix) {
  const std::vector<double> three = {1, 2, 3};
  EXPECT_THROW((void)assign_min_cost(three, 2, 2), Error);
  const std::vector<double> nan = {std::numeric_limits<double>::quiet_NaN()};
  EXPECT_THROW((void)assign_min_cost(nan, 1, 1), Error);
}

}  // namespace
}  // namespace zoetrope::metrics
