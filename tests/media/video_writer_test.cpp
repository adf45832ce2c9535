#include "zoetrope/media/video_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <iterator>

#include "tests/support/clips.h"
#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/media/audio_reader.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::media {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr VideoCodec kCodecs[] = {VideoCodec::kH264, VideoCodec::kMpeg4};

void write_video(const std::string& path, const torch::Tensor& frames, VideoWriterOptions options) {
  options.height = frames.size(1);
  options.width = frames.size(2);
  VideoWriter writer(path, options);
  writer.write(frames);
  writer.finish();
}

TEST(VideoWriter, WhatIsWrittenIsReadBack) {
  const test::TemporaryFolder folder;
  const torch::Tensor video = test::moving_square(40, 96, 128);
  for (const VideoCodec codec : kCodecs) {
    write_video(folder.file("a.mp4"), video,
                {.fps = 30'000.0 / 1'001, .codec = codec, .crf = 12, .qscale = 2});
    VideoReader reader(folder.file("a.mp4"));
    EXPECT_EQ(reader.stream_info().codec, codec == VideoCodec::kH264 ? "h264" : "mpeg4");
    EXPECT_EQ(reader.stream_info().avg_frame_rate.num, 30'000);
    EXPECT_EQ(reader.stream_info().avg_frame_rate.den, 1'001);
    ASSERT_EQ(reader.num_frames(), 40);
    for (std::int64_t i = 0; i < 40; ++i) {
      EXPECT_NEAR(reader.frame_times()[static_cast<std::size_t>(i)].pts,
                  static_cast<double>(i) * 1'001 / 30'000, 1e-6);
    }
    const Frames back = reader.frames_in_range(0, 40);
    for (std::int64_t i = 0; i < 40; ++i) {
      EXPECT_GT(test::psnr(back.rgb[i], video[i]), 30) << i;
      // Each frame is its own, not its neighbour.
      if (i > 0) {
        EXPECT_GT(test::psnr(back.rgb[i], video[i]), test::psnr(back.rgb[i], video[i - 1]) + 3) << i;
      }
    }
  }
}

// The largest difference of the middles of the chart's patches, away from their blurred edges.
double chart_error(const torch::Tensor& back, const torch::Tensor& chart) {
  double error = 0;
  for (std::int64_t row = 0; row < 3; ++row) {
    for (std::int64_t column = 0; column < 4; ++column) {
      const std::int64_t y = (2 * row + 1) * chart.size(0) / 6 - 4,
                         x = (2 * column + 1) * chart.size(1) / 8 - 4;
      const auto middle = [&](const torch::Tensor& t) { return t.narrow(0, y, 8).narrow(1, x, 8); };
      error = std::max(error, test::max_difference(middle(back), middle(chart)));
    }
  }
  return error;
}

TEST(VideoWriter, ColoursComeBackBelowAndAboveHd) {
  const test::TemporaryFolder folder;
  for (const VideoCodec codec : kCodecs) {
    for (const std::int64_t height : {240, 720}) {
      const torch::Tensor chart = test::colour_chart(height, 320);
      write_video(folder.file("a.mp4"), chart.unsqueeze(0), {.codec = codec, .crf = 4, .qscale = 1});
      VideoReader reader(folder.file("a.mp4"));
      EXPECT_EQ(reader.stream_info().color_space, height < 720 ? "smpte170m" : "bt709");
      EXPECT_EQ(reader.stream_info().color_range, "tv");
      EXPECT_LE(chart_error(reader.frames_at({0}).rgb[0], chart), 3) << height;
    }
  }
}

TEST(VideoWriter, OddSizesArePaddedByTheirEdges) {
  const test::TemporaryFolder folder;
  const torch::Tensor picture = test::colour_chart(61, 83);
  VideoWriter writer(folder.file("a.mp4"), {.width = 83, .height = 61, .crf = 4});
  EXPECT_EQ(writer.coded_width(), 84);
  EXPECT_EQ(writer.coded_height(), 62);
  writer.write(picture);
  writer.finish();
  const torch::Tensor back = VideoReader(folder.file("a.mp4")).frames_at({0}).rgb[0];
  EXPECT_THAT(back.sizes().vec(), ElementsAre(62, 84, 3));
  // Cells of 20 pixels ring more than those of the large charts above.
  EXPECT_LE(chart_error(back.narrow(0, 0, 61).narrow(1, 0, 83), picture), 5);
  EXPECT_LE(test::max_difference(back[61], back[60]), 3);
  EXPECT_LE(test::max_difference(back.select(1, 83), back.select(1, 82)), 3);
}

TEST(VideoWriter, KeepsEachFramesOwnTime) {
  const test::TemporaryFolder folder;
  const std::vector<double> times = {0.5, 0.6, 1.5, 3.0, 3.04};
  for (const VideoCodec codec : kCodecs) {
    VideoWriter writer(folder.file("a.mp4"),
                       {.width = 128, .height = 96, .fps = 10, .frame_times = true, .codec = codec});
    const torch::Tensor video = test::moving_square(5, 96, 128);
    writer.write(video.narrow(0, 0, 2), {times[0], times[1]});
    writer.write(video.narrow(0, 2, 3), {times[2], times[3], times[4]});
    EXPECT_EQ(writer.num_frames(), 5);
    writer.finish();
    const VideoReader reader(folder.file("a.mp4"));
    ASSERT_EQ(reader.num_frames(), 5);
    for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(reader.frame_times()[i].pts, times[i], 2e-5);
    EXPECT_TRUE(reader.stream_info().variable_frame_rate);
  }
}

TEST(VideoWriter, KeyFramesComeAsOftenAsAsked) {
  const test::TemporaryFolder folder;
  write_video(folder.file("a.mp4"), test::moving_square(30, 48, 64), {.gop = 10});
  EXPECT_THAT(VideoReader(folder.file("a.mp4")).stream_info().key_frames, ElementsAre(0, 10, 20));
}

TEST(VideoWriter, SoundStaysInTimeWithThePictures) {
  const test::TemporaryFolder folder;
  for (const int channels : {1, 2}) {
    VideoWriter writer(
        folder.file("a.mp4"),
        {.width = 64, .height = 48, .fps = 25, .audio_sample_rate = 44'100, .audio_channels = channels});
    const torch::Tensor time = torch::arange(88'000, torch::kFloat64) / 44'100;
    torch::Tensor sound =
        torch::sin(time * (2 * M_PI * 1'000)) * 0.5 * torch::logical_and(time >= 1, time < 1.05);
    sound = sound.to(torch::kFloat32);
    if (channels == 2) sound = torch::stack({sound, sound * 0.5});
    for (std::int64_t second = 0; second < 2; ++second) {
      writer.write(test::moving_square(25, 48, 64));
      const std::int64_t first = second * 44'100;
      writer.write_audio(sound.narrow(-1, first, std::min<std::int64_t>(44'100, 88'000 - first)));
    }
    writer.finish();

    const Waveform back = read_audio(folder.file("a.mp4"));
    EXPECT_EQ(back.sample_rate, 44'100);
    EXPECT_EQ(back.samples.numel(), 88'000);
    EXPECT_DOUBLE_EQ(back.start_time, 0);
    const torch::Tensor mean = channels == 1 ? sound : sound.mean(0);
    const auto burst = [](const torch::Tensor& samples) { return samples.narrow(0, 44'100 + 441, 1'323); };
    EXPECT_LT((burst(back.samples) - burst(mean)).abs().max().item<double>(), 0.08);
    EXPECT_LT(back.samples.narrow(0, 0, 42'000).abs().max().item<double>(), 0.02);
    const VideoReader reader(folder.file("a.mp4"));
    EXPECT_EQ(reader.num_frames(), 50);
    EXPECT_NEAR(reader.frame_times()[0].pts, 0, 1e-9);
    EXPECT_EQ(reader.info().audio[0].channels, channels);
  }
}

TEST(VideoWriter, TheIndexStandsBeforeTheFrames) {
  const test::TemporaryFolder folder;
  write_video(folder.file("a.mp4"), test::moving_square(3, 48, 64), {});
  std::ifstream stream(folder.file("a.mp4"), std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  EXPECT_LT(bytes.find("moov"), bytes.find("mdat"));
}

TEST(VideoWriter, AnUnfinishedVideoLeavesNothing) {
  const test::TemporaryFolder folder;
  std::ofstream(folder.file("a.mp4")) << "before";
  {
    VideoWriter writer(folder.file("a.mp4"), {.width = 64, .height = 48});
    writer.write(test::moving_square(3, 48, 64));
    EXPECT_EQ(folder.size(), 2);
  }
  EXPECT_EQ(folder.size(), 1);
  std::ifstream stream(folder.file("a.mp4"));
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(stream), {}), "before");

  VideoWriter empty(folder.file("b.mp4"), {.width = 64, .height = 48});
  EXPECT_THROW(empty.finish(), Error);
}

TEST(VideoWriter, AFullDiskIsAnErrorAndLeavesNothing) {
  const test::TemporaryFolder folder;
  ::rlimit unlimited = {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &unlimited), 0);
  const auto previous = std::signal(SIGXFSZ, SIG_IGN);
  for (const rlim_t bytes : {0, 40, 2'000, 4'500}) {
    const ::rlimit limit = {bytes, unlimited.rlim_max};
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    EXPECT_THROW(write_video(folder.file("a.mp4"), test::noise_picture(96, 128, 1).unsqueeze(0), {}), Error)
        << bytes;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &unlimited), 0);
  }
  std::signal(SIGXFSZ, previous);
  EXPECT_EQ(folder.size(), 0);
}

TEST(VideoWriter, RefusesWhatAVideoCannotBe) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  const VideoWriterOptions good = {.width = 64, .height = 48};
  std::vector<VideoWriterOptions> wrong(9, good);
  wrong[0].width = 0;
  wrong[1].height = 20'000;
  wrong[2].fps = 0;
  wrong[3].fps = std::nan("");
  wrong[4].crf = 52;
  wrong[5].qscale = 0;
  wrong[6].audio_sample_rate = 12'345;
  wrong[7].audio_sample_rate = 48'000;
  wrong[7].audio_channels = 3;
  wrong[8].preset = "hasty";
  for (const VideoWriterOptions& options : wrong) EXPECT_THROW(VideoWriter(path, options), Error);
  EXPECT_THROW(VideoWriter(folder.file("missing/a.mp4"), good), Error);
  EXPECT_THROW(VideoWriter(folder.path().string(), good), Error);
  EXPECT_EQ(folder.size(), 0);

  VideoWriter writer(path, good);
  const torch::Tensor frame = torch::zeros({48, 64, 3}, torch::kUInt8);
  EXPECT_THROW(writer.write(torch::zeros({64, 48, 3}, torch::kUInt8)), Error);
  EXPECT_THROW(writer.write(frame.to(torch::kFloat32)), Error);
  EXPECT_THROW(writer.write(frame, {0.0}), Error);
  EXPECT_THROW(writer.write_audio(torch::zeros(8)), Error);
  writer.write(frame);  // none of these has broken it
  writer.finish();
  EXPECT_THROW(writer.finish(), Error);
  EXPECT_THROW(writer.write(frame), Error);

  VideoWriter timed(path, {.width = 64, .height = 48, .frame_times = true, .audio_sample_rate = 48'000});
  EXPECT_THROW(timed.write(frame), Error);
  EXPECT_THROW(timed.write(frame, {-1.0}), Error);
  EXPECT_THROW(timed.write(frame, {std::nan("")}), Error);
  EXPECT_THROW(timed.write(frame, {0.0, 1.0}), Error);
  timed.write(frame, {1.0});
  EXPECT_THROW(timed.write(frame, {1.0}), Error);
  EXPECT_THROW(timed.write_audio(torch::zeros({2, 100})), Error);
  EXPECT_THROW(timed.write_audio(torch::full({100}, std::nanf(""))), Error);
}

}  // namespace
}  // namespace zoetrope::media
