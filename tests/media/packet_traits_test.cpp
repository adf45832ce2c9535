#include "zoetrope/media/packet_traits.h"

#include <gtest/gtest.h>

#include <random>

namespace zoetrope::media {
namespace {

using Bytes = std::vector<std::uint8_t>;

PacketTraits inspect(AVCodecID codec, Bytes bytes, const Bytes& extradata = {}) {
  FFmpegPtr<AVCodecParameters> parameters(avcodec_parameters_alloc());
  parameters->codec_type = AVMEDIA_TYPE_VIDEO;
  parameters->codec_id = codec;
  if (!extradata.empty()) {
    parameters->extradata =
        static_cast<std::uint8_t*>(av_mallocz(extradata.size() + AV_INPUT_BUFFER_PADDING_SIZE));
    std::copy(extradata.begin(), extradata.end(), parameters->extradata);
    parameters->extradata_size = static_cast<int>(extradata.size());
  }
  PacketInspector inspector(*parameters);
  const auto packet = make_packet();
  const std::size_t size = bytes.size();
  bytes.resize(size + AV_INPUT_BUFFER_PADDING_SIZE);
  packet->data = bytes.data();
  packet->size = static_cast<int>(size);
  return inspector.inspect(*packet);
}

TEST(PacketTraits, Vp8TellsKeyAndHiddenFrames) {
  const PacketTraits key = inspect(AV_CODEC_ID_VP8, {0x10, 0, 0});
  EXPECT_EQ(key.shown, 1);
  EXPECT_EQ(key.entry, EntryPoint::kClosed);
  const PacketTraits hidden = inspect(AV_CODEC_ID_VP8, {0x01, 0, 0});
  EXPECT_EQ(hidden.shown, 0);
  EXPECT_EQ(hidden.entry, EntryPoint::kNone);
  EXPECT_TRUE(inspect(AV_CODEC_ID_VP8, {0x10}).odd);
}

TEST(PacketTraits, Vp9CountsTheShownFramesOfASuperframe) {
  // frame_marker 2, profile 0, show_existing 0, frame_type, show_frame.
  const std::uint8_t key = 0x82, hidden = 0x84, inter = 0x86, again = 0x88;
  EXPECT_EQ(inspect(AV_CODEC_ID_VP9, {key}).entry, EntryPoint::kClosed);
  EXPECT_EQ(inspect(AV_CODEC_ID_VP9, {hidden}).shown, 0);
  EXPECT_EQ(inspect(AV_CODEC_ID_VP9, {again}).shown, 1);
  const PacketTraits both = inspect(AV_CODEC_ID_VP9, {hidden, inter, 0xc1, 1, 1, 0xc1});
  EXPECT_EQ(both.shown, 1);
  EXPECT_FALSE(both.odd);
  EXPECT_TRUE(inspect(AV_CODEC_ID_VP9, {inter, inter, 0xc1, 1, 1, 0xc1}).odd);
  EXPECT_TRUE(inspect(AV_CODEC_ID_VP9, {inter, 0xc1, 9, 9, 0xc1}).odd);  // sizes beyond the packet
  EXPECT_TRUE(inspect(AV_CODEC_ID_VP9, {0x42}).odd);
}

TEST(PacketTraits, Av1EntersAtShownKeyFramesWithTheirSequenceHeader) {
  const Bytes delimiter = {0x12, 0x00}, sequence = {0x0a, 0x01, 0x00};
  const auto unit = [&](std::uint8_t header, bool with_sequence) {
    Bytes bytes = delimiter;
    if (with_sequence) bytes.insert(bytes.end(), sequence.begin(), sequence.end());
    bytes.insert(bytes.end(), {0x32, 0x01, header});
    return inspect(AV_CODEC_ID_AV1, bytes);
  };
  EXPECT_EQ(unit(0x10, true).entry, EntryPoint::kClosed);
  EXPECT_EQ(unit(0x10, false).entry, EntryPoint::kNone);
  EXPECT_EQ(unit(0x00, true).entry, EntryPoint::kNone);  // a key frame that is shown later
  EXPECT_EQ(unit(0x80, true).entry, EntryPoint::kNone);  // one that is shown again
  EXPECT_EQ(unit(0x30, true).entry, EntryPoint::kNone);
  EXPECT_TRUE(inspect(AV_CODEC_ID_AV1, {0x32, 0x7f, 0x10}).odd);
  EXPECT_TRUE(inspect(AV_CODEC_ID_AV1, {0x32, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}).odd);
}

TEST(PacketTraits, HevcKnowsItsEntryPointsAndWhatBreaksTheOrder) {
  const Bytes header = [] {
    Bytes bytes(23);
    bytes[21] = 0x03;
    return bytes;
  }();
  const auto nal = [&](int type, int temporal_id) {
    return inspect(
        AV_CODEC_ID_HEVC,
        {0, 0, 0, 3, static_cast<std::uint8_t>(type << 1), static_cast<std::uint8_t>(temporal_id + 1), 0},
        header);
  };
  EXPECT_EQ(nal(19, 0).entry, EntryPoint::kClosed);
  EXPECT_EQ(nal(21, 0).entry, EntryPoint::kOpen);
  EXPECT_EQ(nal(1, 0).entry, EntryPoint::kNone);
  EXPECT_FALSE(nal(1, 0).odd);
  EXPECT_TRUE(nal(0, 1).layered);
  EXPECT_TRUE(nal(16, 0).odd);  // a broken link
  EXPECT_TRUE(nal(36, 0).odd);  // end of sequence, and no picture
  EXPECT_TRUE(inspect(AV_CODEC_ID_HEVC, {0, 0, 0, 9, 2, 1, 0}, header).odd);
}

TEST(PacketTraits, WalksUnitsOfBothForms) {
  const auto sizes = [](const Bytes& bytes, int length_bytes) {
    std::vector<std::size_t> found;
    const bool whole = for_each_nal(bytes, length_bytes,
                                    [&](std::span<const std::uint8_t> nal) { found.push_back(nal.size()); });
    if (!whole) found.push_back(999);
    return found;
  };
  EXPECT_EQ(sizes({0, 0, 1, 5, 6, 0, 0, 1, 7}, 0), (std::vector<std::size_t>{2, 1}));
  EXPECT_EQ(sizes({0, 2, 5, 6, 0, 1, 7}, 2), (std::vector<std::size_t>{2, 1}));
  EXPECT_EQ(sizes({0, 2, 5, 6, 0}, 2), (std::vector<std::size_t>{2, 999}));
  EXPECT_EQ(sizes({0xff, 0xff, 0xff, 0xff, 1}, 4), (std::vector<std::size_t>{999}));
}

TEST(PacketTraits, SurvivesAnyBytes) {
  std::mt19937 random(5);
  for (const AVCodecID codec :
       {AV_CODEC_ID_H264, AV_CODEC_ID_HEVC, AV_CODEC_ID_VP8, AV_CODEC_ID_VP9, AV_CODEC_ID_AV1}) {
    for (int i = 0; i < 3000; ++i) {
      Bytes bytes(1 + random() % 40);
      for (std::uint8_t& byte : bytes)
        byte = static_cast<std::uint8_t>(random() % 5 ? random() : 0xff * (random() % 2));
      (void)inspect(codec, bytes, i % 2 ? Bytes{1, 66, 0, 30, 0xff} : Bytes{});
    }
  }
}

}  // namespace
}  // namespace zoetrope::media
