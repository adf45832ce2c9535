#include "zoetrope/data/word_list.h"

#include <gmock/gmock.h>

#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;

const CaptionSet kFish = {{{.id = "a", .captions = {"A fish rises.", "the red fish RISES", "a fish"}}}};

TEST(WordList, HasTheMostFrequentWordsFirst) {
  const WordList words = word_list_of(kFish);
  EXPECT_THAT(words.labels(), ElementsAre("<end>", "<unk>", "fish", "a", "rises", "red", "the"));
  EXPECT_THAT(word_list_of(kFish, 2).labels(), ElementsAre("<end>", "<unk>", "fish", "a", "rises"));
  EXPECT_THROW((void)word_list_of(kFish, 4), Error);
}

TEST(WordList, SentencesGoToNumbersAndBack) {
  const WordList words = word_list_of(kFish, 2);
  const std::vector<std::int64_t> ids = words.ids_of("A red fish, rises");
  EXPECT_THAT(ids, ElementsAre(3, kUnknownWord, 2, 4));
  EXPECT_EQ(words.sentence_of(ids), "a <unk> fish rises");
  EXPECT_EQ(words.sentence_of(std::vector<std::int64_t>{2, kEndWord, 4}), "fish");
  EXPECT_EQ(WordList(words.labels(), "labels.txt").ids_of("a red fish rises"), ids);
}

TEST(WordList, RefusesLabelsThatAreNoWords) {
  EXPECT_THROW(WordList({"run", "jump", "swim"}, "labels.txt"), Error);
  EXPECT_THROW(WordList({"<end>", "<unk>"}, "labels.txt"), Error);
  EXPECT_THROW(WordList({"<end>", "<unk>", "a", "a"}, "labels.txt"), Error);
}

}  // namespace
}  // namespace zoetrope::data
