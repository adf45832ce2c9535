#include "zoetrope/decoding/alignment.h"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "tests/decoding/random_scores.h"
#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::vector<LengthScores> draw_tables(RandomGenerator& random, std::size_t segments) {
  const std::int64_t longest = uniform_integer(random, 2, 14);
  std::vector<LengthScores> tables;
  for (std::size_t m = 0; m < segments; ++m) {
    tables.push_back(uniform(random) < 0.7 ? poisson_lengths(uniform(random, 0.3, 9), {.max_length = longest})
                                           : threshold_lengths(uniform(random, 0, 6), 0.5, longest));
  }
  return tables;
}

TEST(Alignment, IsTheBestOfAllLengths) {
  RandomGenerator random = keyed_generator(1, {});
  int possible = 0;
  for (int i = 0; i < 600; ++i) {
    const DrawnScores scores =
        draw_scores(random, uniform_integer(random, 1, 13), 4, false, i % 3 == 0 ? 0.15 : 0);
    const auto transcript = draw_transcript(random, uniform_integer(random, 1, 6), 4);
    const auto tables = draw_tables(random, transcript.size());
    const Alignment expected = try_all(scores.view(), transcript, tables);
    const Alignment found = align(scores.view(), transcript, tables);
    if (std::isinf(expected.score)) {
      EXPECT_EQ(found.score, -kInfinity);
      EXPECT_THAT(found.lengths, IsEmpty());
      continue;
    }
    ++possible;
    EXPECT_NEAR(found.score, expected.score, 1e-9);
    EXPECT_NEAR(score_of(scores.view(), transcript, found.lengths, tables), expected.score, 1e-9);
    EXPECT_EQ(labels_of(transcript, found.lengths).size(), scores.values.size() / 4);
  }
  EXPECT_GT(possible, 250);
}

TEST(Alignment, TiesGoToTheEarliestLastBoundary) {
  RandomGenerator random = keyed_generator(2, {});
  for (int i = 0; i < 200; ++i) {
    const DrawnScores scores = draw_scores(random, uniform_integer(random, 1, 12), 3, true);
    const auto transcript = draw_transcript(random, uniform_integer(random, 1, 5), 3);
    const std::vector<LengthScores> tables(transcript.size(), threshold_lengths(100, 0.5, 40));
    EXPECT_EQ(align(scores.view(), transcript, tables).lengths,
              try_all(scores.view(), transcript, tables).lengths);
  }
}

TEST(Alignment, LongVideosAgreeWithThePlainRecurrence) {
  RandomGenerator random = keyed_generator(3, {});
  const std::int64_t frames = 700, longest = 120;
  const DrawnScores scores = draw_scores(random, frames, 9);
  const auto transcript = draw_transcript(random, 25, 9);
  std::vector<double> means;
  for (std::size_t m = 0; m < transcript.size(); ++m) means.push_back(uniform(random, 5, 60));
  const auto tables = poisson_tables(means, {.max_length = longest});
  std::vector<double> before(static_cast<std::size_t>(frames) + 1, -kInfinity);
  before[0] = 0;
  for (std::size_t m = 0; m < transcript.size(); ++m) {
    std::vector<double> after(before.size(), -kInfinity);
    for (std::size_t t = 1; t < after.size(); ++t) {
      double sum = 0;
      for (std::size_t length = 1; length < std::min<std::size_t>(longest, t + 1); ++length) {
        sum += scores.values[(t - length) * 9 + static_cast<std::size_t>(transcript[m])];
        after[t] = std::max(after[t], before[t - length] + sum + tables[m][length]);
      }
    }
    before = after;
  }
  const Alignment found = align_poisson(scores.view(), transcript, means, {.max_length = longest});
  EXPECT_NEAR(found.score, before.back(), 1e-8);
  EXPECT_NEAR(score_of(scores.view(), transcript, found.lengths, tables), found.score, 1e-8);
  EXPECT_EQ(std::accumulate(found.lengths.begin(), found.lengths.end(), std::int64_t{0}), frames);
}

TEST(Alignment, FlatScoresGiveTheLengthsOfTheMeans) {
  const std::vector<float> flat(100, 0);
  const std::vector<std::int64_t> transcript = {0, 0, 0};
  const std::vector<double> means = {20, 50, 30};
  EXPECT_THAT(align_poisson({flat, 1}, transcript, means).lengths, ElementsAre(20, 50, 30));
}

TEST(Alignment, EmptyAndSingleInputs) {
  const std::vector<std::int64_t> none, one = {0}, two = {0, 0};
  const std::vector<float> frame = {-1};
  const std::vector<double> mean = {1}, means = {1, 1};
  EXPECT_EQ(align_poisson({{}, 1}, none, {}).score, 0);
  EXPECT_EQ(align_poisson({{}, 1}, one, mean).score, -kInfinity);
  EXPECT_EQ(align_poisson({frame, 1}, none, {}).score, -kInfinity);
  EXPECT_EQ(align_poisson({frame, 1}, two, means).score, -kInfinity);
  const Alignment found = align_poisson({frame, 1}, one, mean);
  EXPECT_THAT(found.lengths, ElementsAre(1));
  EXPECT_DOUBLE_EQ(found.score, -2);  // 1 log 1 - 1 - log 1!, and the frame
}

TEST(Alignment, BandsAreKept) {
  const std::vector<float> flat(10, 0);
  const std::vector<std::int64_t> transcript = {0, 0};
  const std::vector<double> means = {5, 5};
  EXPECT_EQ(align_poisson({flat, 1}, transcript, means, {.max_length = 5}).score, -kInfinity);
  EXPECT_THAT(align_poisson({flat, 1}, transcript, means, {.max_length = 6}).lengths, ElementsAre(5, 5));
  const std::vector<double> far = {1000, 5};
  EXPECT_THAT(align_poisson({flat, 1}, transcript, far, {.max_length = 0}).lengths, ElementsAre(9, 1));
}

TEST(Alignment, ImpossibleFramesAreWalls) {
  const float wall = -std::numeric_limits<float>::infinity();
  const std::vector<float> scores = {0, -9, 0, -9, wall, 0, 0, -9, 0, -9};  // [5, 2]
  const std::vector<std::int64_t> transcript = {0, 1, 0};
  const std::vector<double> means = {1.5, 1, 1.5};
  EXPECT_THAT(align_poisson({scores, 2}, transcript, means).lengths, ElementsAre(2, 1, 2));
  const std::vector<std::int64_t> alone = {0};
  EXPECT_EQ(align_poisson({scores, 2}, alone, std::vector<double>{5}).score, -kInfinity);
}

TEST(Alignment, WrongUseIsNamed) {
  const std::vector<float> nan = {0, std::nanf("")}, plus = {std::numeric_limits<float>::infinity()},
                           flat(4, 0);
  const std::vector<std::int64_t> one = {0}, other = {1};
  const std::vector<double> mean = {2};
  const auto complaint = [&](const FrameScores& scores, const std::vector<std::int64_t>& transcript,
                             const std::vector<LengthScores>& tables) -> std::string {
    try {
      (void)align(scores, transcript, tables);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  const auto tables = poisson_tables(mean);
  EXPECT_THAT(complaint({nan, 1}, one, tables), HasSubstr("frame 1 scores nan for class 0"));
  EXPECT_THAT(complaint({plus, 1}, one, tables), HasSubstr("frame 0 scores inf for class 0"));
  EXPECT_THAT(complaint({flat, 3}, one, tables), HasSubstr("4 scores are no frames of 3 classes"));
  EXPECT_THAT(complaint({flat, 1}, other, tables), HasSubstr("a transcript with class 1 of 1"));
  EXPECT_THAT(complaint({flat, 1}, one, {}), HasSubstr("1 segments but 0 tables"));
  EXPECT_THAT(complaint({flat, 1}, one, {{-kInfinity, 0, 0, 1}}), HasSubstr("not concave at length 2"));
  EXPECT_THROW((void)poisson_lengths(0), Error);
  EXPECT_THROW((void)poisson_lengths(kInfinity), Error);
  EXPECT_THROW((void)poisson_lengths(3, {.max_length = 1}), Error);
  EXPECT_THROW((void)threshold_lengths(3, 1.5, 10), Error);
}

TEST(LengthModel, PoissonMassesSumToOne) {
  for (const double mean : {0.7, 4.0, 35.5}) {
    const LengthScores scores = poisson_lengths(mean, {.max_length = 400});
    double sum = std::exp(-mean);  // of length 0, which a segment cannot have
    for (std::size_t l = 1; l < scores.size(); ++l) sum += std::exp(scores[l]);
    EXPECT_NEAR(sum, 1, 1e-9);
  }
  const LengthScores normed = poisson_lengths(20, {.renormalize = true});
  EXPECT_NEAR(normed[20], 0, 1e-9);
  EXPECT_LT(normed[21], 0);
}

TEST(LengthModel, MeansOfClasses) {
  const std::vector<std::int64_t> transcript = {2, 0, 2};
  EXPECT_THAT(class_means(transcript, std::vector<double>{10, 7, 20}, 4), ElementsAre(7, 0, 15, 0));
}

}  // namespace
}  // namespace zoetrope::decoding
