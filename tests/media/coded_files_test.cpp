// Files of many kinds, encoded here: each frame by its index, in random order and with everything else left
// out that may be, must be the frame that a plain decoding loop gives at that place.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/support/temporary_folder.h"
#include "tests/support/video_files.h"
#include "zoetrope/media/frame_fetcher.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::media {
namespace {

struct Kind {
  std::string name;  ///< of the test
  std::string file;
  test::Encoding encoding;
  std::string remuxed;  ///< file name of a copy in another container, which is then read
};

using test::Encoding;

std::vector<Kind> kinds() {
  const auto x264 = [](const std::string& params) {
    return Encoding{.codec_options = {{"preset", "veryfast"}, {"x264-params", params}}};
  };
  const Encoding open_gop = x264("open-gop=1:keyint=12:bframes=4:b-pyramid=normal");
  const Encoding refresh = x264("intra-refresh=1:keyint=15");
  Encoding interlaced = x264("tff=1:keyint=12");
  interlaced.interlaced = true;
  Encoding ten_bits = x264("keyint=12"), all_chroma = ten_bits;
  ten_bits.pix_fmt = "yuv422p10le";
  all_chroma.pix_fmt = "yuv444p";
  Encoding irregular = x264("keyint=12");
  irregular.pts = [](int i) { return std::int64_t{i} * 3 + (i % 5 == 0); };
  Encoding late = x264("keyint=12");
  late.pts = [](int i) { return std::int64_t{i} + 900; };
  Encoding odd{.codec = "libvpx-vp9", .codec_options = {{"deadline", "realtime"}, {"cpu-used", "8"}}};
  odd.width = 161;
  odd.height = 97;
  const auto x265 = [](const std::string& params) {
    return Encoding{.codec = "libx265",
                    .codec_options = {{"preset", "ultrafast"}, {"x265-params", "log-level=none:" + params}}};
  };
  const Encoding hidden{
      .codec = "libvpx-vp9",
      .codec_options = {
          {"deadline", "good"}, {"cpu-used", "8"}, {"auto-alt-ref", "1"}, {"lag-in-frames", "16"}}};
  const Encoding hidden8{
      .codec = "libvpx",
      .codec_options = {
          {"deadline", "good"}, {"cpu-used", "8"}, {"auto-alt-ref", "1"}, {"lag-in-frames", "16"}}};
  const Encoding mpeg2{.codec = "mpeg2video", .codec_options = {{"qscale", "4"}}, .gop = 12};
  Encoding mpeg2_fields = mpeg2;
  mpeg2_fields.interlaced = true;
  const Encoding mpeg4{.codec = "mpeg4", .gop = 12};
  return {
      {"OpenGop", "a.mp4", open_gop, ""},
      {"OpenGopMatroska", "a.mp4", open_gop, "a.mkv"},
      {"OpenGopTransportStream", "a.ts", open_gop, ""},
      {"OpenGopAvi", "a.avi", open_gop, ""},
      {"OpenGopRaw", "a.h264", open_gop, ""},
      {"OpenGopFlv", "a.flv", open_gop, ""},
      {"IntraRefresh", "a.mp4", refresh, ""},
      {"IntraRefreshTransportStream", "a.ts", refresh, ""},
      {"Interlaced", "a.mp4", interlaced, ""},
      {"InterlacedTransportStream", "a.ts", interlaced, ""},
      {"TenBits422", "a.mp4", ten_bits, ""},
      {"AllChroma", "a.mkv", all_chroma, ""},
      {"Irregular", "a.mp4", irregular, ""},
      {"LateStart", "a.mkv", late, ""},
      {"HevcOpenGop", "a.mp4", x265("open-gop=1:keyint=12:bframes=4:b-adapt=0"), ""},
      {"HevcTransportStream", "a.ts", x265("open-gop=1:keyint=12:bframes=4:b-adapt=0"), ""},
      {"HevcLayers", "a.mp4", x265("temporal-layers=2:keyint=12:bframes=3"), ""},
      {"Vp8Hidden", "a.webm", hidden8, ""},
      {"Vp9Hidden", "a.webm", hidden, ""},
      {"Vp9HiddenMp4", "a.webm", hidden, "a.mp4"},
      {"Vp9OddSize", "a.webm", odd, ""},
      {"Mpeg2ProgramStream", "a.mpg", mpeg2, ""},
      {"Mpeg2TransportStream", "a.ts", mpeg2, ""},
      {"Mpeg2Fields", "a.ts", mpeg2_fields, ""},
      {"Mpeg4Avi", "a.avi", mpeg4, ""},
      {"Mpeg4Mp4", "a.mp4", mpeg4, ""},
      {"Wmv", "a.wmv", {.codec = "wmv2", .gop = 12, .b_frames = 0}, ""},
      {"Flv", "a.flv", {.codec = "flv", .gop = 12, .b_frames = 0}, ""},
      {"MotionJpeg", "a.mov", {.codec = "mjpeg", .pix_fmt = "yuvj420p", .b_frames = 0}, ""},
      {"Lossless", "a.mkv", {.codec = "ffv1", .pix_fmt = "yuv420p10le", .b_frames = 0}, ""},
  };
}

class CodedFile : public ::testing::TestWithParam<Kind> {};

TEST_P(CodedFile, GivesEachFrameThatDecodingInOrderGives) {
  const Kind& kind = GetParam();
  const test::TemporaryFolder folder;
  std::string path = folder.file(kind.file);
  test::encode_video(path, kind.encoding);
  if (!kind.remuxed.empty()) {
    test::remux(path, folder.file(kind.remuxed));
    path = folder.file(kind.remuxed);
  }
  const std::vector<std::string> expected = test::decode_in_order(path);
  ASSERT_GE(expected.size(), 59u);
  for (const Check check : {Check::kPackets, Check::kDecode}) {
    const ScannedFile file = scan_file(path, {.check = check});
    ASSERT_EQ(file.track->frames.size(), expected.size());
    EXPECT_FALSE(file.track->damaged);
    EXPECT_TRUE(file.info.warnings.empty()) << file.info.warnings.front();
    FrameFetcher in_order(file.track, 2), at_random(file.track, 1);
    at_random.set_needed([](std::int64_t) { return false; });
    std::vector<std::size_t> order(expected.size());
    std::iota(order.begin(), order.end(), 0);
    for (const std::size_t index : order) {
      const AVFrame* frame = in_order.get(static_cast<std::int64_t>(index));
      ASSERT_TRUE(frame && test::md5_of(*frame) == expected[index]) << "in order, frame " << index;
    }
    std::shuffle(order.begin(), order.end(), std::mt19937(3));
    for (const std::size_t index : order) {
      const AVFrame* frame = at_random.get(static_cast<std::int64_t>(index));
      ASSERT_TRUE(frame && test::md5_of(*frame) == expected[index]) << "at random, frame " << index;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Kinds, CodedFile, ::testing::ValuesIn(kinds()),
                         [](const auto& info) { return info.param.name; });

TEST(CodedFile, ReadsPacketsAloneWhereTheyVouchForTheFrames) {
  const test::TemporaryFolder folder;
  const auto decoded = [&folder](const std::string& name, const Encoding& encoding) {
    test::encode_video(folder.file(name), encoding);
    return scan_file(folder.file(name), {.check = Check::kPackets}).track->decoded;
  };
  EXPECT_FALSE(decoded("h264.mp4", {}));
  EXPECT_FALSE(decoded("h264.mkv", {}));
  EXPECT_FALSE(decoded("vp9.webm",
                       {.codec = "libvpx-vp9", .codec_options = {{"deadline", "realtime"}}, .frames = 20}));
  EXPECT_FALSE(decoded(
      "hevc.mp4",
      {.codec = "libx265", .codec_options = {{"x265-params", "log-level=none"}, {"preset", "ultrafast"}}}));
  EXPECT_TRUE(decoded("h264.avi", {}));
  EXPECT_TRUE(decoded("mpeg2.mpg", {.codec = "mpeg2video"}));
}

TEST(CodedFile, TakesNoPartOfAStreamThatBeginsInTheMiddle) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.ts"), cut = folder.file("cut.ts");
  test::encode_video(path, {.codec = "mpeg2video", .gop = 15});
  std::vector<std::uint8_t> bytes = test::read_bytes(path);
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(bytes.size() / 3 / 188 * 188));
  test::write_bytes(cut, bytes);
  const std::vector<std::string> expected = test::decode_in_order(cut);
  const ScannedFile file = scan_file(cut, {});
  ASSERT_EQ(file.track->frames.size(), expected.size());
  FrameFetcher fetcher(file.track, 1);
  for (std::size_t i = expected.size(); i-- > 0;) {
    const AVFrame* frame = fetcher.get(static_cast<std::int64_t>(i));
    ASSERT_TRUE(frame && test::md5_of(*frame) == expected[i]) << i;
  }
}

TEST(CodedFile, IsShownUpright) {
  const test::TemporaryFolder folder;
  test::encode_video(folder.file("0.mp4"), {.frames = 1});
  const torch::Tensor stored = VideoReader(folder.file("0.mp4")).frames_at({0}).rgb[0];
  constexpr std::int32_t one = 1 << 16, w = 1 << 30;
  struct Turn {
    std::vector<std::int32_t> matrix;
    torch::Tensor shown;
  };
  const torch::Tensor transposed = stored.transpose(0, 1);
  // A matrix (a b; c d) shows the stored point (x, y) at (a x + c y, b x + d y): ISO/IEC 14496-12, 8.3.2.
  const std::vector<Turn> turns = {
      {{one, 0, 0, 0, one, 0, 0, 0, w}, stored},
      {{-one, 0, 0, 0, one, 0, 0, 0, w}, stored.flip({1})},
      {{one, 0, 0, 0, -one, 0, 0, 0, w}, stored.flip({0})},
      {{-one, 0, 0, 0, -one, 0, 0, 0, w}, stored.flip({0, 1})},
      {{0, one, 0, one, 0, 0, 0, 0, w}, transposed},
      {{0, one, 0, -one, 0, 0, 0, 0, w}, transposed.flip({1})},
      {{0, -one, 0, one, 0, 0, 0, 0, w}, transposed.flip({0})},
      {{0, -one, 0, -one, 0, 0, 0, 0, w}, transposed.flip({0, 1})},
  };
  for (std::size_t i = 0; i < turns.size(); ++i) {
    test::encode_video(folder.file("t.mp4"), {.frames = 1, .matrix = turns[i].matrix});
    EXPECT_TRUE(torch::equal(VideoReader(folder.file("t.mp4")).frames_at({0}).rgb[0], turns[i].shown)) << i;
  }
}

}  // namespace
}  // namespace zoetrope::media
