#include "zoetrope/inference/clip_plan.h"

#include <gmock/gmock.h>

#include "zoetrope/core/error.h"

namespace zoetrope::inference {
namespace {

using ::testing::ElementsAre;

/// `count` frames at a constant rate from `begin` on.
std::vector<media::FrameTime> steady(int count, double fps, double begin = 0) {
  std::vector<media::FrameTime> times;
  for (int i = 0; i < count; ++i) times.push_back({begin + i / fps, 1 / fps});
  return times;
}

TEST(ClipPlan, ViewsAreSpreadOverTheWholeVideo) {
  const auto clips = plan_views(steady(100, 25), {.frames = 4, .stride = 2}, 3);
  ASSERT_EQ(clips.size(), 3U);
  EXPECT_THAT(clips[0].frames, ElementsAre(0, 2, 4, 6));
  EXPECT_THAT(clips[2].frames, ElementsAre(93, 95, 97, 99));
  for (const PlannedClip& clip : clips) {
    EXPECT_DOUBLE_EQ(clip.start, 0);
    EXPECT_DOUBLE_EQ(clip.end, 4);
  }
}

TEST(ClipPlan, ViewsOfSegmentsSpreadOverTheWholeVideo) {
  const auto one = plan_views(steady(80, 25), {.frames = 8, .segments = true}, 1);
  ASSERT_EQ(one.size(), 1U);
  EXPECT_EQ(one[0].frames, media::segment_centres(80, 8));
  const auto two = plan_views(steady(80, 25), {.frames = 4, .segments = true}, 2);
  EXPECT_EQ(two[0].frames, (media::FrameIndices{5, 25, 45, 65}));
  EXPECT_EQ(two[1].frames, (media::FrameIndices{15, 35, 55, 75}));
}

TEST(ClipPlan, AVideoIsBroughtToTheModelsRateFirst) {
  const auto clips = plan_views(steady(100, 50), {.frames = 4, .stride = 2, .fps = 25}, 1);
  ASSERT_EQ(clips.size(), 1U);
  EXPECT_THAT(clips[0].frames, ElementsAre(42, 46, 50, 54));  // every fourth frame of 50/s, in the middle
}

TEST(ClipPlan, AWindowOfTheClipsOwnLengthHasItsStride) {
  const auto times = steady(100, 25, 3);
  const ClipTiming timing{.frames = 5, .stride = 5};
  EXPECT_DOUBLE_EQ(clip_seconds(times, timing), 1);
  const auto clips = plan_windows(times, timing, 1, 1);
  ASSERT_EQ(clips.size(), 4U);
  EXPECT_THAT(clips[0].frames, ElementsAre(2, 7, 12, 17, 22));
  EXPECT_DOUBLE_EQ(clips[1].start, 4);
  EXPECT_DOUBLE_EQ(clips[3].end, 7);
}

TEST(ClipPlan, WindowsCoverTheEndUnlessLittleIsLeft) {
  const auto times = steady(110, 10);  // 11 s
  const auto starts = [&](double window, double stride) {
    std::vector<double> out;
    for (const PlannedClip& clip : plan_windows(times, {.frames = 2}, window, stride))
      out.push_back(clip.start);
    return out;
  };
  EXPECT_THAT(starts(4, 4), ElementsAre(0, 4, 8));
  EXPECT_THAT(starts(5, 5), ElementsAre(0, 5));  // one second would be left
  EXPECT_THAT(starts(60, 30), ElementsAre(0));
  const auto last = plan_windows(times, {.frames = 2}, 4, 4).back();
  EXPECT_NEAR(last.end, 11, 1e-9);
  EXPECT_THAT(last.frames, ElementsAre(90, 109));  // beyond the end, the last frame
}

TEST(ClipPlan, WindowsFollowTheClockOfAnIrregularVideo) {
  const std::vector<media::FrameTime> times = {{0, 0.1}, {0.1, 1.9}, {2, 0.5}, {2.5, 1.5}};
  const auto clips = plan_windows(times, {.frames = 4}, 4, 4);
  ASSERT_EQ(clips.size(), 1U);
  EXPECT_THAT(clips[0].frames, ElementsAre(1, 1, 3, 3));
}

TEST(ClipPlan, NeighbourhoodsAreCentredAndRepeatTheEnds) {
  const auto clips = plan_neighbourhoods(steady(6, 25), 0, 3, 2);
  ASSERT_EQ(clips.size(), 3U);
  EXPECT_THAT(clips[0].frames, ElementsAre(0, 0, 1));
  EXPECT_THAT(clips[1].frames, ElementsAre(1, 2, 3));
  EXPECT_THAT(clips[2].frames, ElementsAre(3, 4, 5));
  EXPECT_DOUBLE_EQ(clips[1].start, 0.08);
  EXPECT_DOUBLE_EQ(clips[2].end, 0.24);
}

TEST(ClipPlan, RefusesWhatIsNoClip) {
  const auto times = steady(10, 25);
  EXPECT_THROW((void)plan_views(times, {.frames = 0}, 1), Error);
  EXPECT_THROW((void)plan_windows(times, {}, 0, 1), Error);
  EXPECT_THROW((void)plan_windows(times, {}, 1, -1), Error);
  EXPECT_THROW((void)plan_neighbourhoods(times, -1, 3, 1), Error);
}

}  // namespace
}  // namespace zoetrope::inference
