#include "zoetrope/data/detection_generator.h"

#include <gmock/gmock.h>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/data/detection_set.h"

namespace zoetrope::data {
namespace {

const DetectionGeneratorOptions kSmallSet = {.classes = 3,
                                             .overlapping = 2,
                                             .trimmed_only = 1,
                                             .train = 6,
                                             .test = 3,
                                             .clips = 6,
                                             .dimensions = 4,
                                             .seconds = 20,
                                             .seed = 5};

TEST(DetectionGenerator, AWrittenSetIsReadBack) {
  const test::TemporaryFolder folder;
  write_generated_detection_set(folder.path() / "made", kSmallSet);
  const std::filesystem::path made = folder.path() / "made";
  const DetectionSet train = read_detection_set(
      {.annotations = made / "untrimmed.json", .subset = "training", .features = made / "untrimmed"});
  const DetectionSet test = read_detection_set(
      {.annotations = made / "untrimmed.json", .subset = "testing", .features = made / "untrimmed"});
  const DetectionSet clips =
      read_detection_set({.annotations = made / "trimmed.json", .features = made / "trimmed"});
  EXPECT_THAT(train.classes, ::testing::ElementsAre("action_0", "action_1", "action_2"));
  EXPECT_THAT(clips.classes, ::testing::ElementsAre("action_0", "action_1", "trimmed_0"));
  EXPECT_EQ(train.videos.size(), 6U);
  EXPECT_EQ(test.videos.size(), 3U);
  ASSERT_EQ(clips.videos.size(), 6U);
  for (const DetectionVideo& video : train.videos) {
    EXPECT_NEAR(static_cast<double>(video.num_frames) / video.annotated.duration, 5, 1e-9);
    EXPECT_FALSE(video.annotated.segments.empty());
    for (const LabelledSegment& segment : video.annotated.segments) {
      EXPECT_GT(segment.start, 0);
      EXPECT_LE(segment.end, video.annotated.duration + 1e-9);
    }
  }
  EXPECT_EQ(clips.videos[0].annotated.segments.size(), 1U);
  EXPECT_DOUBLE_EQ(clips.videos[0].annotated.segments[0].end, clips.videos[0].annotated.duration);
}

TEST(DetectionGenerator, FollowsFromTheSeed) {
  const test::TemporaryFolder folder;
  const auto bytes = [&](const char* name, std::uint64_t seed) {
    DetectionGeneratorOptions options = kSmallSet;
    options.seed = seed;
    write_generated_detection_set(folder.path() / name, options);
    return read_text_file(folder.path() / name / "untrimmed/flow/video_00002.npy", 1 << 20);
  };
  EXPECT_EQ(bytes("a", 5), bytes("b", 5));
  EXPECT_NE(bytes("a", 5), bytes("c", 6));
}

TEST(DetectionGenerator, RefusesWhatCannotBe) {
  const test::TemporaryFolder folder;
  EXPECT_THROW(write_generated_detection_set(folder.path() / "x", {.classes = 2, .overlapping = 3}), Error);
  EXPECT_THROW(write_generated_detection_set(folder.path() / "x", {.action_share = 0}), Error);
}

}  // namespace
}  // namespace zoetrope::data
