// Searching a sentence: against all sentences there are, greedy, beams, norms of the length.
#include "zoetrope/decoding/word_search.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <map>

#include "zoetrope/core/error.h"
#include "zoetrope/core/random.h"

namespace zoetrope::decoding {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kEnd = 0;

// Any table of conditional probabilities: drawn for each beginning by its words.
class RandomWords : public WordSource {
 public:
  RandomWords(std::uint64_t seed, std::size_t words) : seed_(seed), words_(words) {}

  std::vector<double> first() override {
    sentences_ = {{}};
    return row({});
  }
  std::vector<double> next(std::span<const std::size_t> parents,
                           std::span<const std::int64_t> words) override {
    std::vector<std::vector<std::int64_t>> longer;
    std::vector<double> rows;
    for (std::size_t i = 0; i < parents.size(); ++i) {
      longer.push_back(sentences_.at(parents[i]));
      longer.back().push_back(words[i]);
      const std::vector<double> each = row(longer.back());
      rows.insert(rows.end(), each.begin(), each.end());
    }
    sentences_ = std::move(longer);
    return rows;
  }

  [[nodiscard]] std::vector<double> row(const std::vector<std::int64_t>& beginning) const {
    std::uint64_t key = seed_;
    for (const std::int64_t word : beginning) key = mix_seed(key, {static_cast<std::uint64_t>(word)});
    RandomGenerator random = keyed_generator(key, {});
    std::vector<double> values;
    double sum = 0;
    for (std::size_t w = 0; w < words_; ++w) sum += values.emplace_back(std::exp(2 * normal(random)));
    for (double& value : values) value = std::log(value / sum);
    if (forbidden >= 0)
      values[static_cast<std::size_t>(forbidden)] = -std::numeric_limits<double>::infinity();
    return values;
  }

  std::int64_t forbidden = -1;

 private:
  std::uint64_t seed_;
  std::size_t words_;
  std::vector<std::vector<std::int64_t>> sentences_;
};

// All sentences of up to `most` words, tried one by one.
void try_all(const RandomWords& words, const WordSearchOptions& options, Sentence beginning, Sentence& best) {
  const std::vector<double> row = words.row(beginning.words);
  for (std::size_t w = 0; w < row.size(); ++w) {
    Sentence longer = beginning;
    longer.log_probability += row[w];
    longer.ended = w == kEnd;
    if (!longer.ended) longer.words.push_back(static_cast<std::int64_t>(w));
    const bool is_whole = longer.ended || std::ssize(longer.words) == options.max_words;
    if (!is_whole) {
      try_all(words, options, longer, best);
      continue;
    }
    const auto length = static_cast<double>(longer.words.size() + (longer.ended ? 1 : 0));
    longer.score = longer.log_probability / std::pow(length, options.length_norm);
    if (longer.score > best.score) best = longer;
  }
}

Sentence best_of_all(const RandomWords& words, const WordSearchOptions& options) {
  Sentence best{.score = -std::numeric_limits<double>::infinity()};
  try_all(words, options, {}, best);
  return best;
}

TEST(WordSearch, AWideBeamFindsTheBestSentenceOfAll) {
  for (std::uint64_t seed = 0; seed < 30; ++seed) {
    RandomWords words(seed, 4);
    for (const double norm : {0.0, 0.7, 1.0}) {
      const WordSearchOptions options{.beam = 600, .length_norm = norm, .max_words = 4};
      const Sentence best = best_of_all(words, options), found = search_words(words, kEnd, options);
      EXPECT_EQ(found.words, best.words) << seed;
      EXPECT_NEAR(found.log_probability, best.log_probability, 1e-12);
      EXPECT_NEAR(found.score, best.score, 1e-12);
    }
  }
}

TEST(WordSearch, ABeamOfOneTakesTheLikeliestWordAlways) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomWords words(seed, 6);
    std::vector<std::int64_t> greedy;
    double sum = 0;
    while (greedy.size() < 7) {
      const std::vector<double> row = words.row(greedy);
      const auto best = std::ranges::max_element(row);
      sum += *best;
      if (best == row.begin()) break;
      greedy.push_back(best - row.begin());
    }
    const Sentence found = search_words(words, kEnd, {.beam = 1, .length_norm = 0, .max_words = 7});
    EXPECT_EQ(found.words, greedy);
    EXPECT_NEAR(found.log_probability, sum, 1e-12);
  }
}

TEST(WordSearch, NoBeamIsWorseThanGreedyNorBetterThanTheBest) {
  for (std::uint64_t seed = 100; seed < 160; ++seed) {
    RandomWords words(seed, 5);
    const auto found = [&](std::int64_t beam) {
      return search_words(words, kEnd, {.beam = beam, .length_norm = 0, .max_words = 4}).log_probability;
    };
    const double greedy = found(1),
                 best = best_of_all(words, {.length_norm = 0, .max_words = 4}).log_probability;
    for (const std::int64_t beam : {2, 3, 5, 9}) {
      EXPECT_GE(found(beam), greedy) << seed << " " << beam;
      EXPECT_LE(found(beam), best + 1e-12);
    }
  }
}

TEST(WordSearch, ANormOfTheLengthLetsSentencesGrow) {
  std::size_t plain = 0, normed = 0;
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomWords words(seed, 4);
    plain += search_words(words, kEnd, {.beam = 50, .length_norm = 0, .max_words = 8}).words.size();
    normed += search_words(words, kEnd, {.beam = 50, .length_norm = 1, .max_words = 8}).words.size();
  }
  EXPECT_GT(normed, plain);
}

TEST(WordSearch, NeverSaysWhatMayNotBeSaid) {
  for (std::uint64_t seed = 0; seed < 20; ++seed) {
    RandomWords words(seed, 4);
    words.forbidden = 2;
    for (const std::int64_t beam : {1, 4, 40}) {
      const Sentence found = search_words(words, kEnd, {.beam = beam, .max_words = 5});
      EXPECT_EQ(std::ranges::count(found.words, 2), 0);
      EXPECT_TRUE(std::isfinite(found.log_probability));
    }
  }
  RandomWords silent(1, 1);
  silent.forbidden = 0;
  EXPECT_THROW((void)search_words(silent, kEnd, {}), Error);
}

// Equal probabilities: the word of the lowest number, and so the end.
class EqualWords : public WordSource {
 public:
  std::vector<double> first() override { return {-2, -1, -1}; }
  std::vector<double> next(std::span<const std::size_t> parents, std::span<const std::int64_t>) override {
    std::vector<double> rows;
    for (std::size_t i = 0; i < parents.size(); ++i) rows.insert(rows.end(), {-1, -1, -1});
    return rows;
  }
};

TEST(WordSearch, OfEqualsTakesTheFirst) {
  EqualWords words;
  const Sentence found = search_words(words, kEnd, {.beam = 2, .length_norm = 0, .max_words = 3});
  EXPECT_THAT(found.words, ElementsAre(1));
  EXPECT_TRUE(found.ended);
}

TEST(WordSearch, RefusesABeamThatIsNone) {
  EqualWords words;
  EXPECT_THROW((void)search_words(words, kEnd, {.beam = 0}), Error);
  EXPECT_THROW((void)search_words(words, kEnd, {.max_words = 0}), Error);
}

}  // namespace
}  // namespace zoetrope::decoding
