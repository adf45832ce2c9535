#include "zoetrope/data/epoch.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

TEST(Epoch, TakesEverySampleOnce) {
  const Epoch epoch({.samples = 10, .batch_size = 3, .seed = 1, .drop_last = false}, 0);
  ASSERT_EQ(epoch.steps(), 4);
  std::multiset<std::int64_t> taken;
  for (std::int64_t step = 0; step < epoch.steps(); ++step) {
    for (const std::int64_t sample : epoch.batch(step)) taken.insert(sample);
  }
  EXPECT_EQ(taken, (std::multiset<std::int64_t>{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}));
  EXPECT_EQ(epoch.batch(3).size(), 1u);
}

TEST(Epoch, OrderDependsOnSeedAndNumberAlone) {
  const EpochOptions options{.samples = 50, .batch_size = 5, .seed = 1};
  const auto order = [](const EpochOptions& o, std::int64_t number) {
    const Epoch epoch(o, number);
    return std::vector<std::int64_t>(epoch.order().begin(), epoch.order().end());
  };
  EXPECT_EQ(order(options, 3), order(options, 3));
  EXPECT_NE(order(options, 3), order(options, 4));
  EpochOptions other = options;
  other.seed = 2;
  EXPECT_NE(order(options, 3), order(other, 3));
  other.shuffle = false;
  EXPECT_TRUE(std::ranges::is_sorted(order(other, 3)));
}

TEST(Epoch, RanksShareTheStepsOfOneRank) {
  const Epoch whole({.samples = 100, .batch_size = 12, .seed = 4}, 2);
  for (const std::int64_t world : {2, 3, 4}) {
    for (std::int64_t step = 0; step < whole.steps(); ++step) {
      std::multiset<std::int64_t> shared;
      for (std::int64_t rank = 0; rank < world; ++rank) {
        const Epoch part({.samples = 100, .batch_size = 12, .seed = 4, .world_size = world, .rank = rank}, 2);
        ASSERT_EQ(part.steps(), whole.steps());
        const auto batch = part.batch(step);
        EXPECT_EQ(std::ssize(batch), 12 / world);
        shared.insert(batch.begin(), batch.end());
      }
      const auto batch = whole.batch(step);
      EXPECT_EQ(shared, std::multiset<std::int64_t>(batch.begin(), batch.end()));
    }
  }
}

TEST(Epoch, EverySampleIsSharedOutOnceWhateverTheNumbersAre) {
  // 23 samples in batches of 5 over 7 ranks: shares of one or none, and a last step of three.
  std::multiset<std::int64_t> taken;
  const Epoch whole({.samples = 23, .batch_size = 5, .seed = 1, .drop_last = false}, 1);
  for (std::int64_t rank = 0; rank < 7; ++rank) {
    const Epoch part(
        {.samples = 23, .batch_size = 5, .seed = 1, .drop_last = false, .world_size = 7, .rank = rank}, 1);
    ASSERT_EQ(part.steps(), 5);
    EXPECT_EQ(part.largest_share(), 1);
    for (std::int64_t step = 0; step < part.steps(); ++step) {
      const auto batch = part.batch(step);
      EXPECT_LE(std::ssize(batch), part.largest_share());
      taken.insert(batch.begin(), batch.end());
      for (std::size_t i = 0; i < batch.size(); ++i) {
        const auto place = static_cast<std::size_t>(part.place(static_cast<std::int64_t>(i)));
        EXPECT_EQ(batch[i], whole.batch(step).at(place));
      }
    }
  }
  EXPECT_EQ(taken, std::multiset<std::int64_t>(whole.order().begin(), whole.order().end()));
}

TEST(Epoch, AFewSamplesAreOneStep) {
  const Epoch epoch({.samples = 3, .batch_size = 8}, 0);
  EXPECT_EQ(epoch.steps(), 1);
  EXPECT_EQ(epoch.batch(0).size(), 3u);
}

TEST(Epoch, RefusesWhatCannotBe) {
  EXPECT_THROW(Epoch({.samples = 0}, 0), Error);
  EXPECT_THROW(Epoch({.samples = 4, .batch_size = 0}, 0), Error);
  EXPECT_THROW(Epoch({.samples = 4, .world_size = 2, .rank = 2}, 0), Error);
}

}  // namespace
}  // namespace zoetrope::data
