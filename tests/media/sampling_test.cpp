#include "zoetrope/media/sampling.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "zoetrope/core/error.h"

namespace zoetrope::media {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kVideoLengths[] = {1, 2, 3, 7, 8, 9, 16, 31, 64, 65, 250, 300, 10'007};

void expect_within(const FrameIndices& indices, std::int64_t num_frames, std::int64_t count) {
  EXPECT_EQ(static_cast<std::int64_t>(indices.size()), count);
  for (const std::int64_t index : indices) {
    EXPECT_GE(index, 0);
    EXPECT_LT(index, num_frames);
  }
}

TEST(SegmentCentres, AreTsnsTestFrames) {
  // int(tick / 2 + tick i), tick = num_frames / count, as TSN computes it.
  EXPECT_THAT(segment_centres(300, 8), ElementsAre(18, 56, 93, 131, 168, 206, 243, 281));
  EXPECT_THAT(segment_centres(10, 3), ElementsAre(1, 5, 8));
  EXPECT_THAT(segment_centres(3, 8), ElementsAre(0, 0, 0, 1, 1, 2, 2, 2));
  EXPECT_THAT(segment_centres(1, 3), ElementsAre(0, 0, 0));
  EXPECT_THAT(segment_centres(5, 5), ElementsAre(0, 1, 2, 3, 4));
}

TEST(Linspace, IsPyTorchVideosUniformSubsample) {
  EXPECT_THAT(linspace(10, 4), ElementsAre(0, 3, 6, 9));
  EXPECT_THAT(linspace(300, 8), ElementsAre(0, 42, 85, 128, 170, 213, 256, 299));
  EXPECT_THAT(linspace(4, 8), ElementsAre(0, 0, 0, 1, 1, 2, 2, 3));
  EXPECT_THAT(linspace(100, 1), ElementsAre(0));
}

TEST(SpreadClips, FollowMMAction2) {
  const auto clips = spread_clips(300, 10, {.frames = 16, .stride = 4});
  // room = 300 - 61 = 239; numpy.round(numpy.arange(10) * 239 / 9)
  FrameIndices starts;
  for (const FrameIndices& clip : clips) starts.push_back(clip.front());
  EXPECT_THAT(starts, ElementsAre(0, 27, 53, 80, 106, 133, 159, 186, 212, 239));
  EXPECT_EQ(clips.back().back(), 299);
  EXPECT_EQ(spread_clips(300, 1, {.frames = 16, .stride = 4})[0].front(), 119);
  // Halves go to the even neighbour, as numpy rounds: 2.5 and 7.5.
  EXPECT_EQ(spread_clips(11, 5, {.frames = 2, .stride = 1})[1].front(), 2);
  EXPECT_EQ(spread_clips(11, 5, {.frames = 2, .stride = 1})[3].front(), 7);
  EXPECT_EQ(spread_clips(11, 5, {.frames = 1, .stride = 1})[1].front(), 2);
  EXPECT_EQ(spread_clips(11, 5, {.frames = 1, .stride = 1})[3].front(), 8);
}

TEST(SpreadClips, FollowSlowFast) {
  // size 64, room 236; start = 236 c / 10, step 63 / 7 = 9
  const auto clips = spread_clips(300, 10, {.frames = 8, .stride = 8}, ClipRule::kSlowFast);
  EXPECT_THAT(clips[0], ElementsAre(0, 9, 18, 27, 36, 45, 54, 63));
  EXPECT_THAT(clips[1], ElementsAre(23, 32, 41, 50, 59, 68, 77, 86));  // from 23.6
  EXPECT_THAT(clips[9], ElementsAre(212, 221, 230, 239, 248, 257, 266, 275));
  // A short video: clamped to its last frame.
  EXPECT_THAT(spread_clips(20, 1, {.frames = 8, .stride = 8}, ClipRule::kSlowFast)[0],
              ElementsAre(0, 9, 18, 19, 19, 19, 19, 19));
}

TEST(ClipAt, AShortVideoRepeatsItsLastFrameOrLoops) {
  EXPECT_THAT(clip_at(2, 10, {.frames = 4, .stride = 2}), ElementsAre(2, 4, 6, 8));
  EXPECT_THAT(clip_at(0, 10, {.frames = 5, .stride = 4}), ElementsAre(0, 4, 8, 8, 8));
  EXPECT_THAT(clip_at(0, 10, {.frames = 5, .stride = 4, .short_video = ShortVideo::kLoop}),
              ElementsAre(0, 4, 8, 2, 6));
  EXPECT_THAT(clip_at(0, 1, {.frames = 3}), ElementsAre(0, 0, 0));
  EXPECT_THROW(static_cast<void>(clip_at(10, 10, {})), Error);
  EXPECT_THROW(static_cast<void>(clip_at(-1, 10, {})), Error);
}

TEST(RandomInSegments, TakesOneFrameOfEachSegment) {
  std::mt19937_64 generator(1);
  for (int round = 0; round < 200; ++round) {
    const FrameIndices indices = random_in_segments(103, 10, generator);
    for (std::int64_t i = 0; i < 10; ++i) EXPECT_EQ(indices[static_cast<std::size_t>(i)] / 10, i);
  }
}

TEST(RandomClips, StartWhereMMAction2MayStart) {
  std::mt19937_64 generator(2);
  std::int64_t least = 1000, most = -1;
  for (int round = 0; round < 2000; ++round) {
    const FrameIndices clip = random_clips(40, 1, {.frames = 8, .stride = 4}, generator)[0];
    least = std::min(least, clip.front());
    most = std::max(most, clip.front());
    EXPECT_EQ(clip.back() - clip.front(), 28);
  }
  EXPECT_EQ(least, 0);
  EXPECT_EQ(most, 40 - 8 * 4);
  // Two clips: one from each half of the room.
  for (int round = 0; round < 100; ++round) {
    const auto clips = random_clips(41, 2, {.frames = 8, .stride = 4}, generator);
    EXPECT_LT(clips[0].front(), 5);
    EXPECT_GE(clips[1].front(), 5);
  }
  EXPECT_EQ(random_clips(10, 1, {.frames = 8, .stride = 4}, generator)[0].front(), 0);
}

TEST(Random, IsTheSameOnEveryPlatformAndFair) {
  std::mt19937_64 generator(42);
  EXPECT_THAT(random_in_segments(100, 5, generator), ElementsAre(6, 24, 50, 62, 81));
  std::vector<int> counts(6);
  for (int draw = 0; draw < 60'000; ++draw)
    ++counts[static_cast<std::size_t>(random_in_segments(6, 1, generator)[0])];
  for (const int count : counts) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Sampling, EveryRuleKeepsBoundsCountsAndOrder) {
  for (const std::int64_t num_frames : kVideoLengths) {
    for (const std::int64_t count : {1, 2, 5, 8, 32}) {
      std::mt19937_64 a(9), b(9);
      for (const FrameIndices& indices : {segment_centres(num_frames, count), linspace(num_frames, count),
                                          random_in_segments(num_frames, count, a)}) {
        expect_within(indices, num_frames, count);
        EXPECT_TRUE(std::is_sorted(indices.begin(), indices.end()));
      }
      static_cast<void>(random_in_segments(num_frames, count, b));
      for (const std::int64_t stride : {1, 3, 16}) {
        for (const ShortVideo short_video : {ShortVideo::kRepeatLast, ShortVideo::kLoop}) {
          const ClipOptions options = {.frames = count, .stride = stride, .short_video = short_video};
          EXPECT_EQ(random_clips(num_frames, 3, options, a), random_clips(num_frames, 3, options, b));
          for (const auto& clips : {spread_clips(num_frames, 4, options),
                                    spread_clips(num_frames, 4, options, ClipRule::kSlowFast),
                                    random_clips(num_frames, 4, options, a)}) {
            ASSERT_EQ(clips.size(), 4u);
            for (const FrameIndices& clip : clips) {
              expect_within(clip, num_frames, count);
              const bool loops = short_video == ShortVideo::kLoop;
              EXPECT_TRUE(loops || std::is_sorted(clip.begin(), clip.end()));
            }
          }
          b = a;
        }
      }
    }
  }
}

TEST(Sampling, CeilingsHoldAtTheirVeryValue) {
  const ClipOptions largest = {.frames = kMaxClipCount, .stride = kMaxClipCount};
  expect_within(spread_clips(kMaxVideoFrames, 1, largest, ClipRule::kSlowFast)[0], kMaxVideoFrames,
                kMaxClipCount);
  const auto clips = spread_clips(kMaxVideoFrames, kMaxClipCount, {.frames = 2, .stride = kMaxClipCount});
  EXPECT_EQ(clips.back().back(), kMaxVideoFrames - 1);
  EXPECT_EQ(segment_centres(kMaxVideoFrames, 1).back(), kMaxVideoFrames / 2);

  std::mt19937_64 generator(1);
  for (const std::int64_t frames : {std::int64_t{0}, std::int64_t{-1}, kMaxVideoFrames + 1}) {
    EXPECT_THROW(static_cast<void>(segment_centres(frames, 1)), Error);
    EXPECT_THROW(static_cast<void>(linspace(frames, 1)), Error);
    EXPECT_THROW(static_cast<void>(random_in_segments(frames, 1, generator)), Error);
    EXPECT_THROW(static_cast<void>(spread_clips(frames, 1, {})), Error);
  }
  EXPECT_THROW(static_cast<void>(segment_centres(8, 0)), Error);
  EXPECT_THROW(static_cast<void>(segment_centres(8, kMaxSampledFrames + 1)), Error);
  EXPECT_THROW(static_cast<void>(spread_clips(8, kMaxClipCount + 1, {.frames = 1})), Error);
  EXPECT_THROW(static_cast<void>(spread_clips(8, 1, {.frames = 0})), Error);
  EXPECT_THROW(static_cast<void>(spread_clips(8, 1, {.frames = 1, .stride = 0})), Error);
  EXPECT_THROW(static_cast<void>(spread_clips(8, kMaxClipCount, {.frames = kMaxClipCount})), Error);
}

std::vector<double> regular_times(std::int64_t count, double fps, double start = 0) {
  std::vector<double> times;
  for (std::int64_t i = 0; i < count; ++i) times.push_back(start + static_cast<double>(i) / fps);
  return times;
}

TEST(Resample, TheSameRateIsTheIdentityEvenWithRoundedTimes) {
  for (const double fps : {23.976, 24.0, 25.0, 29.97, 30.0, 50.0, 59.94}) {
    std::vector<double> times = regular_times(1000, fps, 0.5);
    FrameIndices all(times.size());
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = static_cast<std::int64_t>(i);
    const double end = times.back() + 1 / fps;
    EXPECT_EQ(resample(times, end, fps), all);
    for (double& time : times) time = std::round(time * 1000) / 1000;  // as Matroska keeps them
    EXPECT_EQ(resample(times, end, fps), all) << fps;
  }
}

TEST(Resample, HalvesAndDoublesARate) {
  const std::vector<double> times = regular_times(6, 30);
  EXPECT_THAT(resample(times, 0.2, 15), ElementsAre(0, 2, 4));
  EXPECT_THAT(resample(times, 0.2, 60), ElementsAre(0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5));
  EXPECT_THAT(resample(times, 0.2, 1),
              ElementsAre(5));  // never none, where FFmpeg gives none
}

TEST(Resample, AStillPictureLasts) {
  const std::vector<double> times = {1.0, 1.1, 3.0, 3.1};
  EXPECT_THAT(resample(times, 3.5, 2), ElementsAre(1, 1, 1, 1, 3));
  EXPECT_THAT(resample(times, 3.2, 10),
              ElementsAre(0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3));
}

TEST(Resample, RefusesTimesAndRatesThatAreNone) {
  const std::vector<double> good = {0, 1};
  const double nan = std::nan("");
  for (const double fps : {0.0, -1.0, nan, HUGE_VAL, 1e12})
    EXPECT_THROW(static_cast<void>(resample(good, 2, fps)), Error);
  for (const std::vector<double>& pts :
       std::vector<std::vector<double>>{{}, {1, 0}, {0, 0}, {0, nan}, {nan}, {0, 3}, {-HUGE_VAL, 0}}) {
    EXPECT_THROW(static_cast<void>(resample(pts, 2, 10)), Error);
  }
  EXPECT_THROW(static_cast<void>(resample(good, nan, 10)), Error);
}

}  // namespace
}  // namespace zoetrope::media
