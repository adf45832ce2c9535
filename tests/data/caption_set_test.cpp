#include "zoetrope/data/caption_set.h"

#include <gmock/gmock.h>

#include "tests/data/annotated.h"
#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kSentences = R"({"info": {}, "videos": [
  {"video_id": "video0", "split": "train", "category": 9},
  {"video_id": "video1", "split": "test"}, {"video_id": "video2", "split": "test"}],
  "sentences": [{"video_id": "video1", "caption": "a car", "sen_id": 0}, {"video_id": "video0", "caption": "b"},
  {"video_id": "video2", "caption": "c"}, {"video_id": "video1", "caption": "a red car", "sen_id": 3}]})";

template <typename Read>
std::string told(Read read) {
  try {
    read();
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

TEST(CaptionSet, HasTheSentencesOfItsSubset) {
  Annotated files;
  const auto truth = files.write("truth.json", kSentences);
  const CaptionSet test = read_caption_set(truth, "test");
  ASSERT_EQ(test.videos.size(), 2U);
  EXPECT_EQ(test.videos[0].id, "video1");
  EXPECT_THAT(test.videos[0].captions, ElementsAre("a car", "a red car"));
  EXPECT_EQ(read_caption_set(truth).videos.size(), 3U);
  EXPECT_THAT(told([&] { (void)read_caption_set(truth, "val"); }), HasSubstr("holds no video of 'val'"));
}

TEST(CaptionSet, SaysWhereSomethingIsWrong) {
  Annotated files;
  const auto complaint = [&](const char* text) {
    const auto file = files.write("bad.json", text);
    return told([&] { (void)read_caption_set(file); });
  };
  EXPECT_THAT(complaint(R"({"videos": [{"video_id": "a"}], "sentences": []})"),
              HasSubstr("'a' has no sentence"));
  EXPECT_THAT(complaint(R"({"videos": [], "sentences": [{"video_id": "a", "caption": "b"}]})"),
              HasSubstr("sentences[0].video_id: is not among the videos"));
  EXPECT_THAT(complaint(R"({"videos": [{"video_id": "a"}, {"video_id": "a"}], "sentences": []})"),
              HasSubstr("videos[1].video_id: stands twice"));
}

TEST(MadeCaptions, AreOneAVideo) {
  Annotated files;
  const auto made = files.write(
      "made.json", R"([{"video_id": "video1", "caption": "a car"}, {"image_id": 7, "caption": "a dog"}])");
  const auto captions = read_made_captions(made);
  EXPECT_EQ(captions.at("video1"), "a car");
  EXPECT_EQ(captions.at("7"), "a dog");
  const auto twice =
      files.write("twice.json", R"([{"video_id": "a", "caption": "b"}, {"video_id": "a", "caption": "c"}])");
  EXPECT_THAT(told([&] { (void)read_made_captions(twice); }), HasSubstr("has a caption already"));
}

}  // namespace
}  // namespace zoetrope::data
