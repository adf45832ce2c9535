#include "zoetrope/data/augment.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

std::vector<media::FrameTime> times_of(std::int64_t count, double fps) {
  std::vector<media::FrameTime> times;
  for (std::int64_t i = 0; i < count; ++i) times.push_back({static_cast<double>(i) / fps, 1 / fps});
  return times;
}

TEST(Augment, FramesAreThoseBetweenStartAndEnd) {
  const auto times = times_of(100, 10);
  EXPECT_EQ(frames_of(times, {.start = 2, .end = 4}, 0).front(), 20);
  EXPECT_EQ(frames_of(times, {.start = 2, .end = 4}, 0).back(), 39);
  EXPECT_EQ(frames_of(times, {}, 0).size(), 100u);
  EXPECT_EQ(frames_of(times, {.start = 2, .end = 4}, 5).size(), 10u);
  EXPECT_THROW((void)frames_of(times, {.path = "a.mp4", .start = 20, .end = 30}, 0), Error);
}

TEST(Augment, ClipsLieWithinTheirSample) {
  const auto times = times_of(100, 10);
  for (std::uint64_t seed = 0; seed < 50; ++seed) {
    RandomGenerator random = keyed_generator(seed, {});
    const AugmentOptions options{.drop_frames = 0.3, .temporal_jitter = 2};
    const auto clip = draw_frames(times, {.start = 3, .end = 7}, {.frames = 8, .stride = 2}, options, random);
    ASSERT_EQ(clip.size(), 8u);
    EXPECT_TRUE(std::ranges::is_sorted(clip));
    EXPECT_GE(clip.front(), 30);
    EXPECT_LT(clip.back(), 70);
  }
  RandomGenerator random = keyed_generator(0, {});
  const auto shorter = draw_frames(times_of(3, 10), {}, {.frames = 8, .stride = 2}, {}, random);
  EXPECT_EQ(shorter.size(), 8u);
  EXPECT_EQ(shorter.back(), 2);
}

TEST(Augment, MirroredLabelsSwap) {
  const std::vector<std::string> labels = {"jump", "left", "right"};
  EXPECT_EQ(mirror_labels(labels, {"left:right"}), (std::vector<std::int64_t>{0, 2, 1}));
  EXPECT_EQ(mirror_labels(labels, {}), (std::vector<std::int64_t>{0, 1, 2}));
  for (const char* wrong : {"left", "left:rigth", "left:left"})
    EXPECT_THROW((void)mirror_labels(labels, {wrong}), Error);
  EXPECT_THROW((void)mirror_labels(labels, {"left:right", "jump:right"}), Error);
}

}  // namespace
}  // namespace zoetrope::data
