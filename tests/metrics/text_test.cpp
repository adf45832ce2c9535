#include "zoetrope/metrics/text.h"

#include <gtest/gtest.h>

#include <cmath>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

Bleu bleu_of(std::string_view caption, const std::vector<std::string>& references) {
  std::vector<Words> words;
  for (const std::string& reference : references) words.push_back(words_of(reference));
  Bleu bleu;
  bleu.add(words_of(caption), words);
  return bleu;
}

// The examples of Papineni et al., section 2.
const std::vector<std::string> kGuides = {
    "It is a guide to action that ensures that the military will forever heed Party commands.",
    "It is the guiding principle which guarantees the military forces always being under the command of the "
    "Party.",
    "It is the practical guide for the army always to heed the directions of the party."};

TEST(Bleu, HasThePrecisionsOfItsPaper) {
  const Bleu first = bleu_of(
      "It is a guide to action which ensures that the military always obeys the commands of the party.",
      kGuides);
  EXPECT_DOUBLE_EQ(first.precision(1), 17.0 / 18);
  EXPECT_DOUBLE_EQ(first.precision(2), 10.0 / 17);
  const Bleu second = bleu_of(
      "It is to insure the troops forever hearing the activity guidebook that party direct.", kGuides);
  EXPECT_DOUBLE_EQ(second.precision(1), 8.0 / 14);
  EXPECT_DOUBLE_EQ(second.precision(2), 1.0 / 13);
  EXPECT_DOUBLE_EQ(
      bleu_of("the the the the the the the", {"The cat is on the mat.", "There is a cat on the mat."})
          .precision(1),
      2.0 / 7);
}

TEST(Bleu, IsTheMeanOfTheOrdersTimesTheBrevityPenalty) {
  const Bleu bleu = bleu_of("a man is playing a guitar", {"a man is playing the guitar on a stage"});
  EXPECT_DOUBLE_EQ(bleu.brevity_penalty(), std::exp(1 - 9.0 / 6));
  // 6 of 6 words (both "a" are there), 3 of 5, 2 of 4, 1 of 3.
  EXPECT_NEAR(bleu.score(), std::exp(1 - 9.0 / 6) * std::pow(1.0 * 3 / 5 * 2 / 4 * 1 / 3, 0.25), 1e-12);
  EXPECT_NEAR(bleu.score(1), std::exp(1 - 9.0 / 6), 1e-12);
  EXPECT_DOUBLE_EQ(bleu_of("a man is playing the guitar", {"a man is playing the guitar"}).score(), 1);
}

TEST(Bleu, TakesTheReferenceOfNearestLengthAndOfTwoTheShorter) {
  EXPECT_DOUBLE_EQ(bleu_of("a b c d", {"a b c d e f", "a b"}).brevity_penalty(), 1);
  EXPECT_DOUBLE_EQ(bleu_of("a b c d", {"a b c d e f", "a"}).brevity_penalty(), std::exp(1 - 6.0 / 4));
}

TEST(Bleu, IsOfTheWholeCorpusNotAMeanOfCaptions) {
  Bleu bleu;
  bleu.add(words_of("a cat sat there"), {words_of("a cat sat there")});
  bleu.add(words_of("no word of it fits"), {words_of("dogs run and run away")});
  EXPECT_EQ(bleu.num_captions(), 2);
  EXPECT_NEAR(bleu.score(), std::pow(4.0 / 9 * 3 / 7 * 2 / 5 * 1 / 3, 0.25), 1e-12);
}

TEST(Bleu, IsNothingWithoutAMatchOrAWord) {
  EXPECT_EQ(bleu_of("a dog", {"a dog"}).score(), 0);  // no n-gram of four
  EXPECT_EQ(bleu_of("a dog", {"a dog"}).score(2), 1);
  EXPECT_EQ(bleu_of("", {"a dog"}).score(), 0);
  EXPECT_EQ(Bleu().score(), 0);
  Bleu bleu;
  EXPECT_THROW(bleu.add({"a"}, {}), Error);
  EXPECT_THROW(static_cast<void>(bleu.score(5)), Error);
}

TEST(Words, AreLowerCaseAndWithoutPunctuation) {
  EXPECT_EQ(words_of("A man's t-shirt, it's \"red\"!  "), (Words{"a", "man's", "t-shirt", "it's", "red"}));
  EXPECT_EQ(words_of(" - 'tis - dogs' 2nd"), (Words{"tis", "dogs", "2nd"}));
  EXPECT_TRUE(words_of(" ... ").empty());
}

}  // namespace
}  // namespace zoetrope::metrics
