// What the baselines know beside their networks: class statistics (NNV, CDFL), moving boundaries (ISBA),
// lengths and grammars from sets (ActionSet).
#include <gmock/gmock.h>

#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/decoding/class_statistics.h"
#include "zoetrope/decoding/set_grammar.h"
#include "zoetrope/decoding/soft_boundaries.h"

namespace zoetrope::decoding {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;
using ::testing::Pointwise;
using Integers = std::vector<std::int64_t>;

double sum_of(const std::vector<double>& values) {
  return std::reduce(values.begin(), values.end());
}

TEST(ClassStatistics, StartUniformWithAFrameEach) {
  const ClassStatistics statistics(4);
  EXPECT_THAT(statistics.prior(), ElementsAre(0.25, 0.25, 0.25, 0.25));
  EXPECT_THAT(statistics.mean_lengths(), ElementsAre(1, 1, 1, 1));
}

TEST(ClassStatistics, UnseenClassesShareWhatTheSeenOnesLack) {
  ClassStatistics statistics(4);
  statistics.add(Integers{0, 2, 0}, Integers{10, 30, 20});
  // Two of four unseen: 1/4 each, and half of its share for the others.
  EXPECT_THAT(statistics.prior(), ElementsAre(0.25, 0.25, 0.25, 0.25));
  EXPECT_THAT(statistics.mean_lengths(), ElementsAre(15, 20, 30, 20));
  statistics.add(Integers{3}, Integers{40});
  EXPECT_THAT(statistics.prior(),
              Pointwise(DoubleNear(1e-12), std::vector<double>{0.3 * 0.75, 0.25, 0.3 * 0.75, 0.4 * 0.75}));
}

TEST(ClassStatistics, ThePriorSumsToOneWhateverCameAndWent) {
  RandomGenerator random = keyed_generator(4, {});
  ClassStatistics statistics(7);
  std::vector<std::pair<Integers, Integers>> added;
  for (int i = 0; i < 40; ++i) {
    Integers transcript, lengths;
    for (int m = 0; m < 3; ++m) {
      transcript.push_back(uniform_integer(random, 0, 7));
      lengths.push_back(uniform_integer(random, 1, 50));
    }
    statistics.add(transcript, lengths);
    added.emplace_back(transcript, lengths);
    if (added.size() > 3) {
      statistics.remove(added.front().first, added.front().second);
      added.erase(added.begin());
    }
    EXPECT_NEAR(sum_of(statistics.prior()), 1, 1e-12);
    for (const double mean : statistics.mean_lengths()) EXPECT_GT(mean, 0);
  }
  ClassStatistics again(7);
  for (const auto& [transcript, lengths] : added) again.add(transcript, lengths);
  EXPECT_EQ(again.frames(), statistics.frames());
  EXPECT_EQ(again.segments(), statistics.segments());
  EXPECT_THROW(again.add(Integers{7}, Integers{1}), Error);
  EXPECT_THROW(again.add(Integers{1}, Integers{1, 2}), Error);
}

// Three classes, eight frames; probabilities by class, the same at every frame.
Integers insert(const Integers& sequence, std::vector<float> of_class,
                const InsertionOptions& options = {.randomness = 0}) {
  std::vector<float> values;
  for (int t = 0; t < 8; ++t) values.insert(values.end(), of_class.begin(), of_class.end());
  RandomGenerator random = keyed_generator(1, {});
  return insert_at_boundaries(sequence, {values, 3}, options, random);
}

TEST(SoftBoundaries, TheSurerSideOfABoundaryGrows) {
  EXPECT_EQ(insert({0, 1}, {0.5F, 0.3F, 0.2F}), (Integers{0, 0, 1}));
  EXPECT_EQ(insert({0, 1}, {0.3F, 0.5F, 0.2F}), (Integers{0, 1, 1}));
  EXPECT_EQ(insert({0, 1, 2}, {0.3F, 0.5F, 0.2F}), (Integers{0, 1, 1, 1, 2}));
  EXPECT_EQ(insert({0, 1}, {0.31F, 0.3F, 0.39F}), (Integers{0, 1})) << "below the threshold";
  EXPECT_EQ(insert({1, 1}, {0.1F, 0.8F, 0.1F}), (Integers{1, 1})) << "no boundary";
  EXPECT_EQ(insert({0, 1}, {0.5F, 0.3F, 0.2F}, {.randomness = 1}), (Integers{0, 1, 1}));
  EXPECT_EQ(insert({0, 1}, {0.5F, 0.3F, 0.2F}, {.randomness = 0, .repeats = 3}), (Integers{0, 0, 0, 0, 1}));
}

TEST(SoftBoundaries, TheProbabilityIsThatOfTheFrameAtTheBoundary) {
  // Of [0, 1, 0] over nine frames, the boundaries are at frames 3 and 6.
  std::vector<float> values(18, 0.5F);
  values[2 * 3] = 0.9F;
  values[2 * 3 + 1] = 0.1F;
  values[2 * 6] = 0.1F;
  values[2 * 6 + 1] = 0.9F;
  RandomGenerator random = keyed_generator(1, {});
  EXPECT_EQ(insert_at_boundaries({0, 1, 0}, {values, 2}, {.randomness = 0}, random),
            (Integers{0, 0, 1, 1, 0}));
}

TEST(SoftBoundaries, ASequenceNeverOutgrowsItsVideo) {
  EXPECT_EQ(insert({0, 1, 0, 1, 0, 1, 0}, {0.5F, 0.3F, 0.2F}).size(), 8U);
  EXPECT_EQ(insert({0, 1, 0, 1, 0, 1, 0, 1}, {0.5F, 0.3F, 0.2F}).size(), 8U);
  EXPECT_THROW(insert({0, 1, 0, 1, 0, 1, 0, 1, 0}, {0.5F, 0.3F, 0.2F}), Error);
  EXPECT_THROW(insert({0, 3}, {0.5F, 0.3F, 0.2F}), Error);
}

TEST(SoftBoundaries, LabelsAreStretchedEvenly) {
  EXPECT_EQ(stretch_labels(Integers{2, 0}, 6), (Integers{2, 2, 2, 0, 0, 0}));
  EXPECT_EQ(stretch_labels(Integers{1, 2, 0}, 4), (Integers{1, 1, 2, 0}));
  const SoftLabels soft = soften_labels(Integers{2, 0}, 4);
  EXPECT_THAT(soft.share, ElementsAre(0, 0.25F, 0.75F, 0));
  EXPECT_EQ(soft.first, (Integers{2, 2, 2, 0}));
  EXPECT_EQ(soft.second, (Integers{0, 0, 0, 0}));
  EXPECT_THAT(soften_labels(Integers{1}, 2).first, ElementsAre(1, 1));
}

TEST(SetGrammar, MeanLengthsAddUpToTheVideos) {
  const std::vector<SetVideo> videos = {{{0, 1}, 300}, {{0, 2}, 500}, {{1, 2}, 600}};
  EXPECT_THAT(set_mean_lengths(videos, 4, 50),
              Pointwise(DoubleNear(1e-4), std::vector<double>{100, 200, 400, 700.0 / 3}));
  // Bound: class 0 would like to be negative.
  const std::vector<SetVideo> bounded = {{{0, 1}, 100}, {{1}, 200}};
  const std::vector<double> means = set_mean_lengths(bounded, 2, 10);
  EXPECT_NEAR(means[0], 10, 1e-6);
  EXPECT_NEAR(means[1], 145, 1e-4);
  EXPECT_THROW(static_cast<void>(set_mean_lengths({}, 4, 50)), Error);
  EXPECT_THROW(static_cast<void>(set_mean_lengths(videos, 2, 50)), Error);
}

TEST(SetGrammar, ThePriorGoesByTheFramesOfTheVideosThatHoldAClass) {
  const std::vector<SetVideo> videos = {{{0, 1}, 100}, {{0}, 200}};
  EXPECT_THAT(set_prior(videos, 2), Pointwise(DoubleNear(1e-12), std::vector<double>{0.75, 0.25}));
  EXPECT_NEAR(sum_of(set_prior(videos, 5)), 1, 1e-12);
}

TEST(SetGrammar, TranscriptsFillTheirVideosFromTheirSets) {
  const std::vector<SetVideo> videos = {{{0, 1, 2}, 100}, {{0, 3}, 50}, {{0}, 80}};
  const std::vector<double> means = {10, 20, 30, 15};
  RandomGenerator random = keyed_generator(3, {});
  const std::vector<Transcript> grammar = monte_carlo_grammar(videos, means, 0, 60, random);
  ASSERT_EQ(grammar.size(), 60U);
  for (const Transcript& each : grammar) {
    ASSERT_GE(each.size(), 3U);
    EXPECT_EQ(each.front(), 0);
    EXPECT_EQ(each.back(), 0);
    const bool is_first = each[1] != 3;
    double length = 20;
    for (std::size_t m = 1; m + 1 < each.size(); ++m) {
      EXPECT_TRUE(is_first ? each[m] == 1 || each[m] == 2 : each[m] == 3);
      EXPECT_LT(length, is_first ? 100 : 50) << "an action after the video was full";
      length += means[static_cast<std::size_t>(each[m])];
    }
    EXPECT_GE(length, is_first ? 100 : 50);
  }
  RandomGenerator again = keyed_generator(3, {});
  EXPECT_EQ(monte_carlo_grammar(videos, means, 0, 60, again), grammar);
  const std::vector<SetVideo> short_ones = {{{0, 1}, 20}};
  EXPECT_THROW(static_cast<void>(monte_carlo_grammar(short_ones, means, 0, 5, random)), Error);
}

}  // namespace
}  // namespace zoetrope::decoding
