#include "zoetrope/core/random.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>

namespace zoetrope {
namespace {

TEST(Random, AKeyNamesOneSequence) {
  RandomGenerator a = keyed_generator(1, {2, 3}), b = keyed_generator(1, {2, 3});
  EXPECT_EQ(a(), b());
  std::set<std::uint64_t> seeds;
  for (std::uint64_t i = 0; i < 10; ++i) {
    for (std::uint64_t j = 0; j < 10; ++j) seeds.insert(mix_seed(i, {j}));
  }
  seeds.insert(mix_seed(0, {}));
  seeds.insert(mix_seed(0, {0, 0}));
  EXPECT_EQ(seeds.size(), 102u) << "another key, also a longer one, is another sequence";
}

TEST(Random, NumbersAreTheSameOnEveryPlatform) {
  RandomGenerator random = keyed_generator(7, {});
  EXPECT_EQ(mix_seed(0, {}), 0xe220a8397b1dcdafULL) << "SplitMix64's first number";
  const double first = uniform(random);
  RandomGenerator again = keyed_generator(7, {});
  EXPECT_EQ(first, static_cast<double>(again() >> 11) / 9007199254740992.0);
}

TEST(Random, IntegersFillTheirRangeEvenly) {
  RandomGenerator random = keyed_generator(3, {});
  std::vector<int> counts(7);
  for (int i = 0; i < 70'000; ++i) ++counts[static_cast<std::size_t>(uniform_integer(random, -3, 4) + 3)];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 400);
  EXPECT_EQ(uniform_integer(random, 5, 6), 5);
}

TEST(Random, NormalsHaveTheirMoments) {
  RandomGenerator random = keyed_generator(4, {});
  double sum = 0, squares = 0;
  constexpr int kCount = 100'000;
  for (int i = 0; i < kCount; ++i) {
    const double x = normal(random);
    sum += x;
    squares += x * x;
  }
  EXPECT_NEAR(sum / kCount, 0, 0.02);
  EXPECT_NEAR(squares / kCount, 1, 0.02);
}

TEST(Random, BetasHaveTheirVariance) {
  for (const double alpha : {0.1, 0.4, 1.0, 5.0}) {
    RandomGenerator random = keyed_generator(5, {});
    double sum = 0, squares = 0;
    constexpr int kCount = 40'000;
    for (int i = 0; i < kCount; ++i) {
      const double x = symmetric_beta(random, alpha);
      ASSERT_GE(x, 0);
      ASSERT_LE(x, 1);
      sum += x;
      squares += (x - 0.5) * (x - 0.5);
    }
    EXPECT_NEAR(sum / kCount, 0.5, 0.01) << alpha;
    EXPECT_NEAR(squares / kCount, 1 / (4 * (2 * alpha + 1)), 0.005) << alpha;
  }
}

TEST(Random, AShuffleIsAPermutation) {
  std::vector<int> values(100);
  std::iota(values.begin(), values.end(), 0);
  std::vector<int> shuffled = values;
  RandomGenerator random = keyed_generator(6, {});
  shuffle(shuffled, random);
  EXPECT_NE(shuffled, values);
  std::ranges::sort(shuffled);
  EXPECT_EQ(shuffled, values);
}

}  // namespace
}  // namespace zoetrope
