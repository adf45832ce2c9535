#include "zoetrope/media/video_reader.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>
#include <sstream>

#include "tests/support/temporary_folder.h"
#include "tests/support/video_files.h"
#include "zoetrope/core/error.h"
#include "zoetrope/media/frame_fetcher.h"
#include "zoetrope/media/video_track.h"
#include "zoetrope/weights/safetensors.h"

namespace zoetrope::media {
namespace {

using ::testing::HasSubstr;

// nasa_13013.mp4 has two video streams; its published hashes are those of the larger one, stream 3.
const std::vector<std::string> kSamples = {
    "av1_video.mkv",
    "bt601_full_range.mp4",
    "demo_mjpeg.avi",
    "demo_vfr.mkv",
    "discard_first_keyframe.mp4",
    "h264_10bits.mp4",
    "h265_video.mp4",
    "nasa_13013.mp4",
    "nasa_13013_hdr.mp4",
    "nasa_13013_rotated.mp4",
    "nasa_hevc_aac.mp4",
    "nasa_vp9_opus.webm",
    "part_0.mp4",
    "part_0_rot180.mp4",
    "test.avi",
    "test_non_zero_start.mp4",
    "testsrc2_mpeg4.mp4",
    "testsrc2_odd_height_and_width_444.mp4",
    "testsrc2_odd_width_vp9.mp4",
    "testsrc2_vp8.webm",
};

std::vector<std::string> published_hashes(const std::string& name) {
  std::ifstream file(test::sample_video("framemd5/" + name + ".framemd5"));
  std::vector<std::string> hashes;
  for (std::string line; std::getline(file, line);) {
    if (!line.empty() && line[0] != '#') hashes.push_back(line.substr(line.rfind(' ') + 1));
  }
  return hashes;
}

std::vector<double> published_times(const std::string& name) {
  std::ifstream file(test::sample_video("pts/" + name + ".json"));
  std::vector<double> times;
  file.ignore(1);
  for (std::string word; std::getline(file, word, ',');) times.push_back(std::strtod(word.c_str(), nullptr));
  return times;
}

std::vector<std::string> fetched_hashes(const std::string& path, Check check,
                                        std::vector<std::int64_t> order) {
  const ScannedFile file = scan_file(path, {.check = check});
  FrameFetcher fetcher(file.track, 1);
  fetcher.set_needed([](std::int64_t) { return false; });  // every frame but the target may be left out
  std::vector<std::string> hashes(order.size());
  for (const std::int64_t index : order) {
    const AVFrame* frame = fetcher.get(index);
    hashes[static_cast<std::size_t>(index)] = frame ? test::md5_of(*frame) : "lost";
  }
  return hashes;
}

std::vector<std::int64_t> shuffled(std::size_t count) {
  std::vector<std::int64_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  std::shuffle(order.begin(), order.end(), std::mt19937(7));
  return order;
}

class Sample : public ::testing::TestWithParam<std::string> {};

TEST_P(Sample, HasThePublishedFramesInAnyOrder) {
  const std::vector<std::string> expected = published_hashes(GetParam());
  const std::string path = test::sample_video(GetParam());
  for (const Check check : {Check::kPackets, Check::kDecode}) {
    ASSERT_EQ(scan_file(path, {.check = check}).track->frames.size(), expected.size());
    EXPECT_EQ(fetched_hashes(path, check, shuffled(expected.size())), expected);
  }
}

TEST_P(Sample, HasThePublishedTimes) {
  const std::vector<double> expected = published_times(GetParam());
  const VideoReader reader(test::sample_video(GetParam()));
  ASSERT_EQ(reader.frame_times().size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const FrameTime& time = reader.frame_times()[i];
    if (!std::isnan(expected[i])) {  // test.avi: the last has none
      EXPECT_NEAR(time.pts, expected[i], 1e-6) << i;
    }
    if (i > 0) {
      EXPECT_DOUBLE_EQ(reader.frame_times()[i - 1].pts + reader.frame_times()[i - 1].duration, time.pts);
    }
    EXPECT_GT(time.duration, 0);
  }
  EXPECT_TRUE(reader.info().warnings.empty()) << reader.info().warnings.front();
}

INSTANTIATE_TEST_SUITE_P(Videos, Sample, ::testing::ValuesIn(kSamples), [](const auto& info) {
  std::string name = info.param;
  std::ranges::replace_if(
      name, [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

struct Reference {
  std::string video, frames;
  int stream;
};

class ReferenceFrames : public ::testing::TestWithParam<Reference> {};

TEST_P(ReferenceFrames, AreMetBitForBit) {
  const weights::SafetensorsFile file(test::sample_video(GetParam().frames));
  VideoReader reader(test::sample_video(GetParam().video), {.stream = GetParam().stream});
  ASSERT_FALSE(file.names().empty());
  for (const std::string& name : file.names()) {
    const std::int64_t index = std::stoll(name.substr(name.rfind('_') + 1));
    EXPECT_TRUE(torch::equal(reader.frames_at({index}).rgb[0], file.tensor(name))) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Videos, ReferenceFrames,
                         ::testing::Values(Reference{"av1_video.mkv", "av1_video.stream0.safetensors", 0},
                                           Reference{"h265_video.mp4", "h265_video.stream0.safetensors", 0},
                                           Reference{"nasa_13013.mp4", "nasa_13013.stream0.safetensors", 0},
                                           Reference{"nasa_13013_hdr.mp4",
                                                     "nasa_13013_hdr.stream0.safetensors", 0}));

TEST(VideoReader, GivesFramesInTheOrderAskedForWithRepeats) {
  VideoReader reader(test::sample_video("part_0.mp4"));
  const Frames all = reader.frames_in_range(0, -1);
  ASSERT_EQ(all.rgb.sizes(), (torch::IntArrayRef{32, 256, 340, 3}));
  const Frames some = reader.frames_at({7, 31, 0, 7});
  EXPECT_EQ(some.index, (std::vector<std::int64_t>{7, 31, 0, 7}));
  EXPECT_TRUE(some.lost.empty());
  EXPECT_TRUE(torch::equal(some.rgb, all.rgb.index_select(0, torch::tensor({7, 31, 0, 7}, torch::kInt64))));
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(some.pts[i], reader.frame_times()[static_cast<std::size_t>(some.index[i])].pts);
  }
  EXPECT_TRUE(torch::equal(reader.frames_in_range(2, 30, 9).rgb, all.rgb.slice(0, 2, 30, 9)));
  EXPECT_EQ(reader.frames_at({}).rgb.sizes(), (torch::IntArrayRef{0, 256, 340, 3}));
}

TEST(VideoReader, FindsTheFrameOnScreen) {
  const VideoReader reader(test::sample_video("demo_vfr.mkv"));
  const std::vector<FrameTime>& times = reader.frame_times();
  for (std::size_t i = 0; i < times.size(); ++i) {
    const auto index = static_cast<std::int64_t>(i);
    EXPECT_EQ(reader.index_played_at(times[i].pts), index);
    EXPECT_EQ(reader.index_played_at(times[i].pts + 0.999 * times[i].duration), index);
  }
  EXPECT_THROW((void)reader.index_played_at(-0.001), Error);
  EXPECT_THROW((void)reader.index_played_at(times.back().pts + times.back().duration), Error);
  EXPECT_THROW((void)reader.index_played_at(std::nan("")), Error);
}

TEST(VideoReader, KeepsAStartAfterZero) {
  VideoReader reader(test::sample_video("test_non_zero_start.mp4"));
  EXPECT_NEAR(reader.stream_info().start_time, 8.333008, 1e-6);
  EXPECT_EQ(reader.frames_played_at({8.34}).index, (std::vector<std::int64_t>{0}));
  EXPECT_THROW((void)reader.frames_played_at({0.0}), Error);
}

TEST(VideoReader, RefusesWrongQuestions) {
  VideoReader reader(test::sample_video("part_0.mp4"));
  EXPECT_THROW((void)reader.frames_at({32}), Error);
  EXPECT_THROW((void)reader.frames_at({-1}), Error);
  EXPECT_THROW((void)reader.frames_in_range(0, 33), Error);
  EXPECT_THROW((void)reader.frames_in_range(0, -1, 0), Error);
  EXPECT_THROW((void)reader.stream({.stride = 0}), Error);
  EXPECT_THROW(VideoReader(test::sample_video("nasa_13013.mp4"), {.stream = 1}), Error);  // sound
  EXPECT_THROW(VideoReader(test::sample_video("nasa_13013.mp4"), {.stream = 99}), Error);
}

TEST(VideoReader, DescribesTheFile) {
  const VideoReader reader(test::sample_video("nasa_13013.mp4"));
  const MediaInfo& info = reader.info();
  EXPECT_EQ(info.best_video_stream, 3);
  ASSERT_EQ(info.video.size(), 2u);
  EXPECT_EQ(info.video[0].frames, 325);
  EXPECT_EQ(info.video[1].frames, 390);
  EXPECT_EQ(reader.stream_info().codec, "h264");
  EXPECT_EQ(reader.stream_info().pix_fmt, "yuv420p");
  EXPECT_EQ(reader.stream_info().color_space, "bt709");
  EXPECT_EQ(reader.stream_info().color_range, "tv");
  EXPECT_EQ(reader.stream_info().key_frames, (std::vector<std::int64_t>{0, 240}));
  EXPECT_NEAR(reader.stream_info().fps, 29.97, 0.01);
  EXPECT_FALSE(reader.stream_info().variable_frame_rate);
  EXPECT_FALSE(info.audio.empty());
  EXPECT_EQ(VideoReader(test::sample_video("nasa_13013_hdr.mp4")).stream_info().bit_depth, 10);
  EXPECT_TRUE(VideoReader(test::sample_video("demo_vfr.mkv")).stream_info().variable_frame_rate);
  EXPECT_EQ(VideoReader(test::sample_video("nasa_13013_rotated.mp4")).stream_info().rotation, 90);
  const VideoReader edited(test::sample_video("discard_first_keyframe.mp4"));
  EXPECT_EQ(edited.stream_info().key_frames, (std::vector<std::int64_t>{5, 15}));
  ASSERT_FALSE(edited.stream_info().edit_list.empty());
  EXPECT_GT(edited.stream_info().edit_list.back().media_time, 0);
}

TEST(VideoReader, NamesWhatIsNoVideo) {
  const test::TemporaryFolder folder;
  const auto message = [](const std::string& path) {
    try {
      const VideoReader reader(path);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::kInput);
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      return std::string(error.what());
    }
    return std::string("opened");
  };
  EXPECT_THAT(message(folder.file("none.mp4")), HasSubstr("No such file"));
  EXPECT_THAT(message(folder.path().string()), HasSubstr("folder"));
  EXPECT_THAT(message(""), HasSubstr("empty"));
  test::write_bytes(folder.file("empty.mp4"), {});
  EXPECT_THAT(message(folder.file("empty.mp4")), HasSubstr("empty"));
  const std::string pipe = folder.file("pipe.mp4");
  ASSERT_EQ(std::system(("mkfifo '" + pipe + "'").c_str()), 0);
  EXPECT_THAT(message(pipe), HasSubstr("pipe"));
  EXPECT_THAT(message("https://example.org/a.mp4"), HasSubstr("No such file"));
  const std::string playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n/etc/passwd\n#EXT-X-ENDLIST\n";
  test::write_bytes(folder.file("list.m3u8"), {playlist.begin(), playlist.end()});
  EXPECT_THAT(message(folder.file("list.m3u8")), HasSubstr("names other files"));
  const std::string concat = "ffconcat version 1.0\nfile '/etc/passwd'\n";
  test::write_bytes(folder.file("list.ffconcat"), {concat.begin(), concat.end()});
  EXPECT_THAT(message(folder.file("list.ffconcat")), HasSubstr("names other files"));
  EXPECT_THAT(message(__FILE__), HasSubstr(".cpp"));
}

TEST(VideoReader, NoticesThatTheFileChanged) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  test::write_bytes(path, test::read_bytes(test::sample_video("part_0.mp4")));
  VideoReader reader(path);
  test::write_bytes(path, test::read_bytes(test::sample_video("h265_video.mp4")));
  EXPECT_THROW((void)reader.frames_at({5}), Error);
  FrameStream stream = reader.stream();
  EXPECT_THROW((void)stream.next(), Error);
}

}  // namespace
}  // namespace zoetrope::media
