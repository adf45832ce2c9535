#include "zoetrope/data/captioning_set.h"

#include <gmock/gmock.h>

#include "tests/data/annotated.h"
#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kTold =
    R"({"videos": [{"video_id": "a", "split": "train"}, {"video_id": "b", "split": "validate"},
  {"video_id": "c", "split": "train"}], "sentences": [{"video_id": "a", "caption": "a fish rises"},
  {"video_id": "b", "caption": "a box"}, {"video_id": "c", "caption": "a star"}, {"video_id": "a", "caption": "a fish"}]})";

class CaptionedFeatures : public ::testing::Test {
 protected:
  CaptionedFeatures() { files_.write("told.json", kTold); }
  void features(const std::string& name, std::int64_t dimensions, std::int64_t frames) {
    const auto path = files_.root() / "features" / (name + ".npy");
    std::filesystem::create_directories(path.parent_path());
    write_features(path, std::vector<float>(static_cast<std::size_t>(dimensions * frames)), dimensions);
  }
  [[nodiscard]] CaptioningSet read(CaptioningOptions options) const {
    options.captions = files_.root() / "told.json";
    options.features = files_.root() / "features";
    return read_captioning_set(options);
  }
  [[nodiscard]] std::string complaint_of(const CaptioningOptions& options) const {
    try {
      (void)read(options);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }
  Annotated files_;
};

TEST_F(CaptionedFeatures, AreFoundInTheFolderOrThatOfTheSubset) {
  features("a", 4, 7);
  features("train/c", 4, 9);
  features("val/b", 4, 5);
  const CaptioningSet set = read({});
  ASSERT_EQ(set.videos.size(), 3U);
  EXPECT_THAT(set.dimensions, ElementsAre(4));
  EXPECT_EQ(set.videos[1].num_frames, 5);
  EXPECT_EQ(set.videos[2].streams[0].parent_path().filename(), "train");
  EXPECT_THAT(set.captions().videos[0].captions, ElementsAre("a fish rises", "a fish"));
  EXPECT_EQ(read({.subset = "validate"}).videos.size(), 1U);
}

TEST_F(CaptionedFeatures, OfSeveralStreamsAreCompared) {
  features("rgb/b", 4, 7);
  features("flow/b", 3, 6);
  features("tags/b", 20, 1);
  const CaptioningOptions options{.subset = "validate", .streams = {"rgb", "flow", "tags"}};
  EXPECT_THAT(complaint_of(options), HasSubstr("flow/b.npy: 6 frames, but "));
  EXPECT_THAT(complaint_of(options), HasSubstr("rgb/b.npy has 7; a max_length_difference of 1 would"));
  CaptioningOptions lenient = options;
  lenient.max_length_difference = 1;
  const CaptioningSet set = read(lenient);
  EXPECT_THAT(set.dimensions, ElementsAre(4, 3, 20));
  EXPECT_EQ(set.videos[0].num_frames, 6);
  EXPECT_THAT(complaint_of({.streams = {"tags"}}), HasSubstr("alone are nothing to look at"));
}

TEST_F(CaptionedFeatures, SaysWhatIsMissingOrDoesNotFit) {
  features("a", 4, 7);
  EXPECT_THAT(complaint_of({.subset = "train"}), HasSubstr("c.npy: not there; "));
  EXPECT_THAT(complaint_of({.subset = "train"}), HasSubstr("told.json names the video 'c'"));
  features("c", 5, 7);
  EXPECT_THAT(complaint_of({.subset = "train"}), HasSubstr("c.npy: 5 numbers a frame, but "));
  files_.write("told.json",
               R"({"videos": [{"video_id": "a"}], "sentences": [{"video_id": "a", "caption": " ... "}]})");
  EXPECT_THAT(complaint_of({}), HasSubstr("the video 'a' has a caption without a word, ' ... '"));
  files_.write("told.json",
               R"({"videos": [{"video_id": "../a"}], "sentences": [{"video_id": "../a", "caption": "b"}]})");
  EXPECT_THAT(complaint_of({}), HasSubstr("is no name of a video"));
}

}  // namespace
}  // namespace zoetrope::data
