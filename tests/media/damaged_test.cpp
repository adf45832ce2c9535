// Damage made by rule from good files. A reader gives what FFmpeg's decoder gives and says what is missing,
// or refuses with one line; it never crashes, and it never takes long.
#include <gmock/gmock.h>

#include <algorithm>
#include <cstring>
#include <random>

#include "tests/support/temporary_folder.h"
#include "tests/support/video_files.h"
#include "zoetrope/core/error.h"
#include "zoetrope/media/frame_fetcher.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::media {
namespace {

using Bytes = std::vector<std::uint8_t>;
using ::testing::HasSubstr;

/// Frames that a reader gives of these bytes by a stream and by index; -1 if it refuses them.
std::int64_t read_all(const std::string& path, Check check = Check::kDecode) {
  try {
    VideoReader reader(path, {.num_threads = 2, .check = check});
    FrameStream stream = reader.stream({.short_side = 32});
    std::int64_t streamed = 0, last = -1;
    while (const std::optional<Frame> frame = stream.next()) {
      EXPECT_GT(frame->index, last);
      last = frame->index;
      ++streamed;
    }
    EXPECT_EQ(streamed + stream.lost(), reader.num_frames());
    const std::vector<std::int64_t> some = {0, reader.num_frames() - 1, reader.num_frames() / 2};
    const Frames frames = reader.frames_at(some);
    EXPECT_EQ(frames.index.size() + frames.lost.size(), some.size());
    if (check == Check::kDecode) {
      EXPECT_EQ(stream.lost(), 0) << "frames were lost that opening had found";
    }
    return streamed;
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kInput) << error.what();
    EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
    return -1;
  }
}

Bytes flipped(Bytes bytes, unsigned seed, int count, std::size_t from) {
  std::mt19937 random(seed);
  for (int i = 0; i < count && bytes.size() > from; ++i) {
    bytes[from + random() % (bytes.size() - from)] = static_cast<std::uint8_t>(random());
  }
  return bytes;
}

class Damaged : public ::testing::TestWithParam<std::string> {
 protected:
  [[nodiscard]] std::string write(const Bytes& bytes) const {
    const std::string path = folder_.file(GetParam());
    test::write_bytes(path, bytes);
    return path;
  }
  const Bytes good_ = test::read_bytes(test::sample_video(GetParam()));
  const test::TemporaryFolder folder_;
};

TEST_P(Damaged, CutOffAnywhere) {
  for (int part = 0; part < 12; ++part) {
    const std::size_t size = 1 + good_.size() * static_cast<std::size_t>(part) / 12;
    const std::string path = write({good_.begin(), good_.begin() + static_cast<std::ptrdiff_t>(size)});
    const auto expected = static_cast<std::int64_t>(test::decode_in_order(path).size());
    EXPECT_GE(std::max<std::int64_t>(read_all(path), 0), expected) << size << " bytes";
  }
}

TEST_P(Damaged, BytesChanged) {
  for (unsigned seed = 0; seed < 10; ++seed) {
    const int count = seed % 3 == 0 ? 3 : seed % 3 == 1 ? 40 : 400;
    const std::string path = write(flipped(good_, seed, count, 32));
    const std::vector<std::string> expected = test::decode_in_order(path);
    EXPECT_GE(std::max<std::int64_t>(read_all(path), 0), static_cast<std::int64_t>(expected.size())) << seed;
    (void)read_all(path, Check::kPackets);
  }
}

TEST_P(Damaged, HeadersChanged) {
  for (unsigned seed = 100; seed < 110; ++seed) {
    Bytes bytes = good_;
    std::mt19937 random(seed);
    const std::size_t area = std::min<std::size_t>(bytes.size(), 2000);
    const std::size_t begin = seed % 2 ? 0 : bytes.size() - area;  // an MP4's index is at either end
    for (int i = 0; i < 8; ++i) bytes[begin + random() % area] = seed % 4 < 2 ? 0xff : 0x00;
    (void)read_all(write(bytes));
  }
}

INSTANTIATE_TEST_SUITE_P(Videos, Damaged,
                         ::testing::Values("part_0.mp4", "h265_video.mp4", "test.avi", "nasa_vp9_opus.webm",
                                           "av1_video.mkv"),
                         [](const auto& info) { return info.param.substr(0, info.param.find('.')); });

/// Big-endian number at a place after a box's name.
void set_number(Bytes& bytes, const char* box, std::size_t offset, std::uint32_t value) {
  const auto at = std::search(bytes.begin(), bytes.end(), box, box + 4);
  ASSERT_NE(at, bytes.end());
  for (int i = 0; i < 4; ++i)
    at[static_cast<std::ptrdiff_t>(offset) + i] = static_cast<std::uint8_t>(value >> (24 - 8 * i));
}

TEST(DamagedMp4, ClaimsAbsurdNumbers) {
  struct Claim {
    const char* box;
    std::size_t offset;
    std::uint32_t value;
  };
  const std::vector<Claim> claims = {{"stsz", 12, 0x7fffffff}, {"stsz", 8, 0x7fffffff},
                                     {"stts", 8, 0x7fffffff},  {"stts", 12, 0x7fffffff},
                                     {"stts", 16, 0x7fffffff}, {"stco", 8, 0x7fffffff},
                                     {"stco", 12, 0xfffffff0}, {"stsc", 8, 0x7fffffff},
                                     {"stsc", 16, 0x7fffffff}, {"stsd", 8, 0x7fffffff},
                                     {"mvhd", 16, 0},          {"mdhd", 16, 0},
                                     {"mdhd", 16, 0xffffffff}, {"moov", static_cast<std::size_t>(-4), 9},
                                     {"elst", 8, 0x7fffffff},  {"elst", 12, 0xffffffff},
                                     {"elst", 16, 0x7fffffff}};
  const test::TemporaryFolder folder;
  for (const Claim& claim : claims) {
    Bytes bytes = test::read_bytes(test::sample_video("part_0.mp4"));
    set_number(bytes, claim.box, claim.offset, claim.value);
    const std::string path = folder.file("claim.mp4");
    test::write_bytes(path, bytes);
    const auto expected = static_cast<std::int64_t>(test::decode_in_order(path).size());
    EXPECT_GE(std::max<std::int64_t>(read_all(path), 0), expected) << claim.box << " + " << claim.offset;
  }
}

TEST(DamagedVideo, GivesWhatOneThreadDecodesWhateverIsAskedFor) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  test::write_bytes(path, flipped(test::read_bytes(test::sample_video("part_0.mp4")), 2, 150, 4000));
  const std::vector<std::string> expected = test::decode_in_order(path);
  ASSERT_FALSE(expected.empty());
  const ScannedFile file = scan_file(path, {});
  EXPECT_TRUE(file.track->damaged);
  EXPECT_FALSE(file.info.warnings.empty());
  ASSERT_EQ(file.track->frames.size(), expected.size());
  FrameFetcher fetcher(file.track, 4);
  for (std::size_t i = expected.size(); i-- > 0;) {
    const AVFrame* frame = fetcher.get(static_cast<std::int64_t>(i));
    ASSERT_TRUE(frame && test::md5_of(*frame) == expected[i]) << i;
  }
}

TEST(DamagedVideo, FindsDamageLateWherePacketsWereTrusted) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.mp4");
  test::write_bytes(path, flipped(test::read_bytes(test::sample_video("part_0.mp4")), 2, 150, 4000));
  const std::vector<std::string> expected = test::decode_in_order(path);
  const ScannedFile file = scan_file(path, {.check = Check::kPackets});
  FrameFetcher fetcher(file.track, 2);
  std::vector<std::string> got;
  for (std::int64_t i = 0; i < static_cast<std::int64_t>(file.track->frames.size()); ++i) {
    if (const AVFrame* frame = fetcher.get(i)) got.push_back(test::md5_of(*frame));
  }
  std::vector<std::string> sorted_got = got, sorted_expected = expected;
  std::ranges::sort(sorted_got);
  std::ranges::sort(sorted_expected);
  EXPECT_TRUE(std::ranges::includes(sorted_expected, sorted_got));
  EXPECT_GE(got.size() + 2, expected.size());
}

TEST(DamagedVideo, SaysHowMuchACutOffFileLacks) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.mkv");
  Bytes bytes = test::read_bytes(test::sample_video("av1_video.mkv"));
  bytes.resize(bytes.size() / 2);
  test::write_bytes(path, bytes);
  const VideoReader reader(path);
  EXPECT_EQ(reader.num_frames(), 35);
  ASSERT_EQ(reader.info().warnings.size(), 1u);
  EXPECT_THAT(reader.info().warnings[0], HasSubstr("declares 5.00 s"));
  EXPECT_THAT(reader.info().warnings[0], HasSubstr("about 90 are missing"));
}

TEST(DamagedVideo, SaysHowMuchACutOffAviLacks) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.avi");
  Bytes bytes = test::read_bytes(test::sample_video("test.avi"));
  bytes.resize(bytes.size() / 2);
  test::write_bytes(path, bytes);
  const VideoReader reader(path);
  EXPECT_EQ(reader.num_frames(), 77);
  EXPECT_THAT(reader.info().warnings, ::testing::Contains(HasSubstr("declares 6.56 s")));
}

TEST(DamagedVideo, CountsWhatCannotBeDecoded) {
  const test::TemporaryFolder folder;
  const std::string path = folder.file("a.h264");
  test::encode_video(
      path, {.codec_options = {{"preset", "veryfast"}, {"x264-params", "keyint=20:bframes=0:scenecut=0"}}});
  Bytes bytes = test::read_bytes(path);
  // The first IDR picture (NAL unit type 5) becomes a unit that no decoder uses.
  const Bytes idr = {0, 0, 1, 0x65};
  const auto at = std::search(bytes.begin(), bytes.end(), idr.begin(), idr.end());
  ASSERT_NE(at, bytes.end());
  at[3] = 0x1e;
  test::write_bytes(path, bytes);
  const VideoReader reader(path);
  EXPECT_EQ(reader.num_frames(), static_cast<std::int64_t>(test::decode_in_order(path).size()));
  EXPECT_GT(reader.stream_info().lost_frames, 0);
  EXPECT_THAT(reader.info().warnings, ::testing::Contains(HasSubstr("cannot be decoded")));
  // Without times in the file, frames follow each other at its frame rate.
  EXPECT_EQ(reader.frame_times()[0].pts, 0);
  EXPECT_NEAR(reader.frame_times()[1].pts, 1 / reader.stream_info().avg_frame_rate.value(), 1e-9);
}

}  // namespace
}  // namespace zoetrope::media
