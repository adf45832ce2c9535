#include "zoetrope/media/limits.h"

#include <gmock/gmock.h>

#include <algorithm>

#include "tests/support/temporary_folder.h"
#include "tests/support/video_files.h"
#include "zoetrope/core/error.h"
#include "zoetrope/media/edit_list.h"
#include "zoetrope/media/file_source.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::media {
namespace {

using Bytes = std::vector<std::uint8_t>;

std::string refusal(const std::string& path) {
  try {
    const VideoReader reader(path);
    return "opened";
  } catch (const Error& error) {
    return error.what();
  }
}

void put(Bytes& bytes, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) bytes.push_back(static_cast<std::uint8_t>(value >> shift));
}

void put(Bytes& bytes, const char* name) {
  bytes.insert(bytes.end(), name, name + 4);
}

Bytes box(const char* name, const Bytes& content) {
  Bytes bytes;
  put(bytes, static_cast<std::uint32_t>(content.size() + 8));
  put(bytes, name);
  bytes.insert(bytes.end(), content.begin(), content.end());
  return bytes;
}

Bytes operator+(Bytes a, const Bytes& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Bytes numbers(std::initializer_list<std::uint32_t> values) {
  Bytes bytes;
  for (const std::uint32_t value : values) put(bytes, value);
  return bytes;
}

/// The packets of the first stream of a file, as so many streams of another.
void multiply_streams(const std::string& from, const std::string& to, int count) {
  AVFormatContext* opened = nullptr;
  ASSERT_GE(avformat_open_input(&opened, from.c_str(), nullptr, nullptr), 0);
  const FFmpegPtr<AVFormatContext> input(opened);
  AVFormatContext* output = nullptr;
  ASSERT_GE(avformat_alloc_output_context2(&output, nullptr, nullptr, to.c_str()), 0);
  ASSERT_GE(avio_open(&output->pb, to.c_str(), AVIO_FLAG_WRITE), 0);
  for (int i = 0; i < count; ++i) {
    AVStream* stream = avformat_new_stream(output, nullptr);
    ASSERT_GE(avcodec_parameters_copy(stream->codecpar, input->streams[0]->codecpar), 0);
    stream->codecpar->codec_tag = 0;
  }
  ASSERT_GE(avformat_write_header(output, nullptr), 0);
  const auto packet = make_packet();
  while (av_read_frame(input.get(), packet.get()) >= 0) {
    for (int i = 0; i < count; ++i) {
      const auto copy = make_packet();
      ASSERT_GE(av_packet_ref(copy.get(), packet.get()), 0);
      av_packet_rescale_ts(copy.get(), input->streams[0]->time_base, output->streams[i]->time_base);
      copy->stream_index = i;
      copy->pos = -1;
      ASSERT_GE(av_interleaved_write_frame(output, copy.get()), 0);
    }
    av_packet_unref(packet.get());
  }
  ASSERT_GE(av_write_trailer(output), 0);
  avio_closep(&output->pb);
  avformat_free_context(output);
}

TEST(Limits, HoldForStreams) {
  const test::TemporaryFolder folder;
  test::encode_video(
      folder.file("one.mkv"),
      {.codec = "mjpeg", .width = 32, .height = 32, .frames = 2, .pix_fmt = "yuvj420p", .b_frames = 0});
  multiply_streams(folder.file("one.mkv"), folder.file("most.mkv"), kMaxStreams - 1);
  EXPECT_EQ(refusal(folder.file("most.mkv")), "opened");
  multiply_streams(folder.file("one.mkv"), folder.file("more.mkv"), kMaxStreams);
  EXPECT_NE(refusal(folder.file("more.mkv")), "opened");
}

TEST(Limits, HoldForPixels) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.avi");
  test::encode_video(path, {.codec = "mjpeg", .frames = 1, .pix_fmt = "yuvj420p", .b_frames = 0});
  Bytes bytes = test::read_bytes(path);
  // The size in the JPEG's frame header (SOF0), after its length and precision.
  const Bytes header = {0xff, 0xc0, 0x00, 0x11, 0x08, 0x00, 0x60, 0x00, 0xa0};
  const auto at = std::search(bytes.begin(), bytes.end(), header.begin(), header.end());
  ASSERT_NE(at, bytes.end());
  const std::uint32_t height = 0x2008, width = 0x2000;
  ASSERT_GT(std::int64_t{height} * width, kMaxFramePixels);
  at[5] = height >> 8;
  at[6] = height & 0xff;
  at[7] = width >> 8;
  at[8] = width & 0xff;
  test::write_bytes(path, bytes);
  EXPECT_THAT(refusal(path), ::testing::HasSubstr("none of the 1 packets"));
}

TEST(Limits, HoldForBytesThatPacketsClaim) {
  // An index that lists the same big sample over and over: 20,000 samples in one chunk each, all at one
  // offset.
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  const std::uint32_t samples = 20'000, size = 640 * 480 * 3 / 2;
  Bytes offsets = numbers({0, samples});
  for (std::uint32_t i = 0; i < samples; ++i) put(offsets, 48);
  const Bytes entry = box("raw ", Bytes(6) + Bytes{0, 1} + Bytes(16) + Bytes{2, 0x80, 1, 0xe0} + Bytes(50));
  const Bytes table = box("stsd", numbers({0, 1}) + entry) + box("stts", numbers({0, 1, samples, 1})) +
                      box("stsc", numbers({0, 1, 1, 1, 1})) + box("stsz", numbers({0, size, samples})) +
                      box("stco", offsets);
  const Bytes media = box("mdia", box("mdhd", numbers({0, 0, 0, 30, samples, 0})) +
                                      box("hdlr", numbers({0, 0}) + Bytes{'v', 'i', 'd', 'e'} + Bytes(13)) +
                                      box("minf", box("stbl", table)));
  const Bytes movie =
      box("moov", box("mvhd", numbers({0, 0, 0, 30, samples}) + Bytes(80)) +
                      box("trak", box("tkhd", numbers({3, 0, 0, 1, 0, samples}) + Bytes(60)) + media));
  const Bytes file =
      box("ftyp", Bytes{'q', 't', ' ', ' ', 0, 0, 0, 0}) + box("mdat", Bytes(size + 64)) + movie;
  test::write_bytes(path, file);
  EXPECT_THAT(refusal(path), ::testing::HasSubstr("times the bytes of the file"));
}

TEST(Limits, HoldForOneResult) {
  const test::TemporaryFolder folder;
  VideoReader reader(test::sample_video("testsrc2_vp8.webm"));
  const std::vector<std::int64_t> many(static_cast<std::size_t>(kMaxResultBytes / (1280 * 720 * 3) + 1), 0);
  EXPECT_THROW((void)reader.frames_at(many), Error);
}

TEST(EditList, IsReadInBothVersions) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  const auto movie = [](const Bytes& list) {
    return box("moov",
               box("mvhd", numbers({0, 0, 0, 1000, 5000})) +
                   box("trak", box("tkhd", numbers({0, 0, 0, 7, 0})) + box("edts", box("elst", list)) +
                                   box("mdia", box("mdhd", numbers({0, 0, 0, 90000, 0})))));
  };
  test::write_bytes(path, movie(numbers({0, 2, 500, 0xffffffff, 0x10000, 4500, 45000, 0x8000})));
  const auto lists = read_edit_lists(FileSource(path));
  ASSERT_EQ(lists.count(7), 1u);
  const std::vector<Edit>& edits = lists.at(7);
  ASSERT_EQ(edits.size(), 2u);
  EXPECT_EQ(edits[0].duration, 0.5);
  EXPECT_EQ(edits[0].media_time, -1);
  EXPECT_EQ(edits[1].media_time, 0.5);
  EXPECT_EQ(edits[1].rate, 0.5);
  test::write_bytes(path, movie(numbers({0x01000000, 1, 0, 2000, 0, 180000, 0x10000})));
  const auto wide = read_edit_lists(FileSource(path));
  ASSERT_EQ(wide.at(7).size(), 1u);
  EXPECT_EQ(wide.at(7)[0].duration, 2);
  EXPECT_EQ(wide.at(7)[0].media_time, 2);
}

TEST(EditList, IsBounded) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  // More edits than are kept, and a count beyond the box.
  Bytes list = numbers({0, 0x7fffffff});
  for (std::int64_t i = 0; i < kMaxEdits + 10; ++i) list = list + numbers({1, 1, 0x10000});
  const Bytes track = box("trak", box("tkhd", numbers({0, 0, 0, 1, 0})) + box("edts", box("elst", list)) +
                                      box("mdia", box("mdhd", numbers({0, 0, 0, 1, 0}))));
  Bytes movie = box("moov", box("mvhd", numbers({0, 0, 0, 1, 0})) + track);
  test::write_bytes(path, movie);
  EXPECT_EQ(static_cast<std::int64_t>(read_edit_lists(FileSource(path)).at(1).size()), kMaxEdits);
  // Boxes in boxes, and boxes without end.
  for (int depth = 0; depth < 100; ++depth) movie = box("moov", movie);
  test::write_bytes(path, movie);
  EXPECT_TRUE(read_edit_lists(FileSource(path)).empty());
  Bytes small;
  for (int i = 0; i < kMaxBoxes + 10; ++i) small = std::move(small) + box("free", {});
  test::write_bytes(path, small + movie);
  EXPECT_TRUE(read_edit_lists(FileSource(path)).empty());
}

}  // namespace
}  // namespace zoetrope::media
