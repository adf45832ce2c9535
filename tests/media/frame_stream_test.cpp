#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <thread>

#include "tests/support/temporary_folder.h"
#include "tests/support/video_files.h"
#include "zoetrope/core/error.h"
#include "zoetrope/media/transforms.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::media {
namespace {

std::int64_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::int64_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * 4096;
}

TEST(FrameStream, GivesTheFramesOfTheRange) {
  VideoReader reader(test::sample_video("nasa_13013.mp4"));
  for (const StreamOptions& options :
       {StreamOptions{.first = 230, .last = 260}, StreamOptions{.first = 3, .stride = 50},
        StreamOptions{.first = 0, .last = 20, .stride = 3}, StreamOptions{.first = 389}}) {
    const Frames expected = reader.frames_in_range(options.first, options.last, options.stride);
    FrameStream stream = reader.stream(options);
    for (std::size_t i = 0; i < expected.index.size(); ++i) {
      const std::optional<Frame> frame = stream.next();
      ASSERT_TRUE(frame);
      EXPECT_EQ(frame->index, expected.index[i]);
      EXPECT_EQ(frame->pts, expected.pts[i]);
      EXPECT_TRUE(torch::equal(frame->rgb, expected.rgb[static_cast<std::int64_t>(i)])) << frame->index;
    }
    EXPECT_FALSE(stream.next());
    EXPECT_FALSE(stream.next());
    EXPECT_EQ(stream.lost(), 0);
  }
}

TEST(FrameStream, GivesJustTheFramesListed) {
  VideoReader reader(test::sample_video("nasa_13013.mp4"));
  const std::vector<std::int64_t> listed = {0, 1, 57, 200, 201, 389};
  const Frames expected = reader.frames_at(listed);
  FrameStream stream = reader.stream({.indices = listed});
  for (std::size_t i = 0; i < listed.size(); ++i) {
    const std::optional<Frame> frame = stream.next();
    ASSERT_TRUE(frame);
    EXPECT_EQ(frame->index, listed[i]);
    EXPECT_TRUE(torch::equal(frame->rgb, expected.rgb[static_cast<std::int64_t>(i)]));
  }
  EXPECT_FALSE(stream.next());
  EXPECT_THROW((void)reader.stream({.indices = {3, 3}}), Error);
  EXPECT_THROW((void)reader.stream({.indices = {3, 390}}), Error);
}

TEST(FrameStream, ScalesToTheShortSide) {
  VideoReader reader(test::sample_video("nasa_13013_rotated.mp4"));  // 480 x 270 stored, 270 x 480 shown
  FrameStream stream = reader.stream({.last = 3, .short_side = 90});
  const Frames full = reader.frames_in_range(0, 3);
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::optional<Frame> frame = stream.next();
    ASSERT_TRUE(frame);
    ASSERT_EQ(frame->rgb.sizes(), (torch::IntArrayRef{160, 90, 3}));
    // Another filter in another order: near, not equal.
    const torch::Tensor expected = resize_short_side(full.rgb[i].unsqueeze(0), 90)[0];
    const double error =
        (frame->rgb.to(torch::kFloat32) - expected.to(torch::kFloat32)).abs().mean().item<double>();
    EXPECT_LT(error, 4);
  }
}

TEST(FrameStream, StopsAtOnceWhenItIsDropped) {
  VideoReader reader(test::sample_video("nasa_13013.mp4"));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 10; ++i) {
    FrameStream stream = reader.stream();
    if (i % 2 == 0) (void)stream.next();
  }
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(20));
}

TEST(FrameStream, RunsBesideOthersOfTheSameReader) {
  VideoReader reader(test::sample_video("part_0.mp4"));
  const torch::Tensor all = reader.frames_in_range(0, -1).rgb;
  std::vector<FrameStream> streams;
  for (int i = 0; i < 3; ++i) streams.push_back(reader.stream({.queue = 2}));
  for (std::int64_t index = 0; index < 32; ++index) {
    for (FrameStream& stream : streams) {
      const std::optional<Frame> frame = stream.next();
      ASSERT_TRUE(frame);
      EXPECT_TRUE(torch::equal(frame->rgb, all[index]));
    }
  }
}

TEST(FrameStream, HoldsNoMoreThanItsQueue) {
  const test::TemporaryFolder folder;
  test::encode_video(folder.file("long.mp4"),
                     {.codec = "mpeg4", .width = 320, .height = 192, .frames = 3000, .b_frames = 0});
  const VideoReader reader(folder.file("long.mp4"), {.check = Check::kPackets});
  FrameStream stream = reader.stream({.queue = 4});
  std::int64_t count = 0, after_warm_up = 0, most = 0;
  while (std::optional<Frame> frame = stream.next()) {
    if (++count == 300) after_warm_up = resident_bytes();
    if (count % 100 == 0) most = std::max(most, resident_bytes());
  }
  EXPECT_EQ(count, 3000);
  // All frames together are 553 MB. The address sanitizer keeps what is freed for a while.
#ifdef __SANITIZE_ADDRESS__
  constexpr std::int64_t kKept = 320 << 20;
#else
  constexpr std::int64_t kKept = 32 << 20;
#endif
  EXPECT_LT(most - after_warm_up, kKept);
}

}  // namespace
}  // namespace zoetrope::media
