#include "zoetrope/inference/clip_stream.h"

#include <gmock/gmock.h>

#include "tests/support/temporary_folder.h"
#include "tests/support/video_files.h"
#include "zoetrope/core/error.h"

namespace zoetrope::inference {
namespace {

torch::Tensor same(const torch::Tensor& rgb) {
  return rgb;
}
torch::Tensor mean_of(const torch::Tensor& rgb) {
  return rgb.to(torch::kFloat32).mean();
}

TEST(ClipStream, OnePassGivesEveryRequestItsFrames) {
  media::VideoReader reader(test::sample_video("nasa_13013.mp4"));
  const auto& times = reader.frame_times();
  const std::vector<ClipRequest> requests = {{plan_windows(times, {.frames = 3}, 2, 1), same},
                                             {plan_views(times, {.frames = 4, .stride = 10}, 2), same}};
  std::vector<std::size_t> next(2, 0);
  const std::int64_t lost =
      stream_clips(reader, requests, [&](std::size_t request, std::size_t clip, const torch::Tensor& frames) {
        EXPECT_EQ(clip, next[request]++);
        const media::FrameIndices& indices = requests[request].clips[clip].frames;
        EXPECT_TRUE(torch::equal(frames, reader.frames_at(indices).rgb)) << request << " " << clip;
      });
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(next[0], requests[0].clips.size());
  EXPECT_EQ(next[1], requests[1].clips.size());
}

TEST(ClipStream, FramesArePreparedOnceAndOverlappingClipsShareThem) {
  const media::VideoReader reader(test::sample_video("part_0.mp4"));
  int prepared = 0;
  const ClipRequest request{plan_neighbourhoods(reader.frame_times(), 0, 5, 1),
                            [&](const torch::Tensor& rgb) {
                              ++prepared;
                              return mean_of(rgb);
                            }};
  std::int64_t clips = 0;
  stream_clips(reader, {&request, 1}, [&](std::size_t, std::size_t, const torch::Tensor& frames) {
    EXPECT_EQ(frames.sizes(), torch::IntArrayRef({5}));
    ++clips;
  });
  EXPECT_EQ(clips, reader.num_frames());
  EXPECT_EQ(prepared, reader.num_frames());
}

TEST(ClipStream, TheNearestFrameStandsForOneThatIsLost) {
  // AV1 loses what it cannot decode; packets alone do not tell (Check::kPackets).
  const test::TemporaryFolder folder;
  std::vector<std::uint8_t> bytes = test::read_bytes(test::sample_video("av1_video.mkv"));
  for (std::size_t i = bytes.size() / 4; i < bytes.size() / 4 + 400; ++i)
    bytes[i] = static_cast<std::uint8_t>(i * 7);
  test::write_bytes(folder.file("a.mkv"), bytes);
  const media::VideoReader reader(folder.file("a.mkv"), {.check = media::Check::kPackets});
  const ClipRequest request{plan_neighbourhoods(reader.frame_times(), 0, 1, 1), mean_of};
  std::int64_t clips = 0;
  const std::int64_t lost =
      stream_clips(reader, {&request, 1}, [&](std::size_t, std::size_t, const torch::Tensor&) { ++clips; });
  EXPECT_GT(lost, 0);
  EXPECT_EQ(clips, reader.num_frames());
}

TEST(ClipStream, WhatTheCallbackThrowsEndsThePass) {
  const media::VideoReader reader(test::sample_video("part_0.mp4"));
  const ClipRequest request{plan_neighbourhoods(reader.frame_times(), 0, 1, 1), mean_of};
  EXPECT_THROW(
      stream_clips(reader, {&request, 1},
                   [](std::size_t, std::size_t, const torch::Tensor&) { throw Error::failed("enough"); }),
      Error);
}

}  // namespace
}  // namespace zoetrope::inference
