#include "zoetrope/media/packet_traits.h"

#include <algorithm>
#include <vector>

namespace zoetrope::media {
namespace {

using Bytes = std::span<const std::uint8_t>;

// The NAL unit types that matter here.
constexpr int kAvcSlice = 1, kAvcPartitionA = 2, kAvcIdr = 5, kAvcSei = 6, kAvcEndOfSequence = 10,
              kAvcEndOfStream = 11;
constexpr int kHevcLastSlice = 31, kHevcFirstIrap = 16, kHevcIdrW = 19, kHevcIdrN = 20, kHevcCra = 21,
              kHevcLastIrap = 23;
constexpr int kHevcEndOfSequence = 36, kHevcEndOfBitstream = 37;
constexpr int kSeiRecoveryPoint = 6;

/// Size of the length field, from the avcC or hvcC record; 0 where the stream has start codes.
int nal_length_bytes(const AVCodecParameters& parameters) {
  const std::uint8_t* data = parameters.extradata;
  const bool hevc = parameters.codec_id == AV_CODEC_ID_HEVC;
  const int at = hevc ? 21 : 4;
  if (parameters.extradata_size <= at) return 0;
  const bool start_code = data[0] == 0 && data[1] == 0 && (data[2] == 1 || (data[2] == 0 && data[3] == 1));
  if (start_code || (!hevc && data[0] != 1)) return 0;
  return (data[at] & 3) + 1;
}

/// An SEI message with recovery_frame_cnt 0: from this picture on, all is exact.
bool says_recovered_at_once(Bytes nal) {
  std::size_t i = 1;
  const auto read_sum = [&nal, &i] {
    int sum = 0;
    while (i < nal.size() && nal[i] == 0xff) sum += nal[i++];
    return i < nal.size() ? sum + nal[i++] : sum;
  };
  while (i + 2 < nal.size()) {
    const int type = read_sum();
    const auto size = static_cast<std::size_t>(read_sum());
    if (type == kSeiRecoveryPoint) return i < nal.size() && (nal[i] & 0x80) != 0;  // ue(v) 0 is the bit 1
    i += size;
  }
  return false;
}

PacketTraits inspect_vp8(Bytes data) {
  if (data.size() < 3) return {.odd = true};
  const bool key = (data[0] & 1) == 0;
  const bool show = (data[0] & 0x10) != 0;
  return {.shown = show, .entry = key ? EntryPoint::kClosed : EntryPoint::kNone};
}

class BitReader {
 public:
  explicit BitReader(Bytes data) : data_(data) {}
  [[nodiscard]] unsigned bits(int count) {
    unsigned value = 0;
    while (count-- > 0) {
      const std::size_t byte = at_ >> 3;
      value = value << 1 | (byte < data_.size() ? data_[byte] >> (7 - (at_ & 7)) & 1U : 0U);
      ++at_;
    }
    return value;
  }

 private:
  Bytes data_;
  std::size_t at_ = 0;
};

struct Vp9Frame {
  bool valid = false, key = false, shown = false;
};

Vp9Frame read_vp9_frame(Bytes data) {
  BitReader reader(data);
  if (data.empty() || reader.bits(2) != 2) return {};
  const unsigned low = reader.bits(1), high = reader.bits(1);
  if (low + 2 * high == 3) (void)reader.bits(1);
  if (reader.bits(1)) return {.valid = true, .shown = true};  // show_existing_frame
  const bool key = reader.bits(1) == 0;
  return {.valid = true, .key = key, .shown = reader.bits(1) == 1};
}

/// The frames of a VP9 superframe (Annex B), or the packet itself.
std::vector<Bytes> split_vp9(Bytes data) {
  if (data.empty() || (data.back() & 0xe0) != 0xc0) return {data};
  const std::size_t count = (data.back() & 7) + 1, width = (data.back() >> 3 & 3) + 1,
                    index = 2 + count * width;
  if (data.size() < index || data[data.size() - index] != data.back()) return {data};
  std::vector<Bytes> frames;
  Bytes sizes = data.last(index).subspan(1);
  Bytes rest = data.first(data.size() - index);
  for (std::size_t i = 0; i < count; ++i) {
    std::size_t size = 0;
    for (std::size_t b = 0; b < width; ++b) size |= static_cast<std::size_t>(sizes[i * width + b]) << (8 * b);
    if (size > rest.size()) return {};
    if (size > 0) frames.push_back(rest.first(size));
    rest = rest.subspan(size);
  }
  return frames;
}

PacketTraits inspect_vp9(Bytes data) {
  PacketTraits traits{.shown = 0};
  const std::vector<Bytes> frames = split_vp9(data);
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const Vp9Frame frame = read_vp9_frame(frames[i]);
    traits.odd |= !frame.valid;
    traits.shown += frame.shown;
    if (i == 0 && frame.key) traits.entry = EntryPoint::kClosed;
  }
  traits.odd |= frames.empty() || traits.shown > 1;
  return traits;
}

/// A temporal unit shows one picture. It is an entry point if its first frame is a shown key frame: a key
/// frame that is shown later, or again (show_existing_frame), needs what came before.
PacketTraits inspect_av1(Bytes data) {
  constexpr unsigned kFrameHeader = 3, kFrame = 6, kSequenceHeader = 1;
  PacketTraits traits;
  bool sequence_header = false;
  while (!data.empty()) {
    const unsigned type = data[0] >> 3 & 15;
    const bool extension = data[0] & 4, has_size = data[0] & 2;
    std::size_t header = extension ? 2 : 1, size = 0;
    if (has_size) {
      for (int shift = 0;; shift += 7) {
        if (header >= data.size() || shift > 28) return {.odd = true};
        const std::uint8_t byte = data[header++];
        size |= static_cast<std::size_t>(byte & 0x7f) << shift;
        if ((byte & 0x80) == 0) break;
      }
    } else if (header <= data.size()) {
      size = data.size() - header;
    }
    if (header > data.size() || size > data.size() - header) return {.odd = true};
    sequence_header |= type == kSequenceHeader;
    if (type == kFrame || type == kFrameHeader) {
      BitReader reader(data.subspan(header, size));
      const bool existing = reader.bits(1), key = reader.bits(2) == 0, shown = reader.bits(1);
      if (!existing && key && shown && sequence_header) traits.entry = EntryPoint::kClosed;
      return traits;
    }
    data = data.subspan(header + size);
  }
  return {.odd = true};
}

}  // namespace

PacketInspector::PacketInspector(const AVCodecParameters& parameters) {
  switch (parameters.codec_id) {
    case AV_CODEC_ID_H264:
      kind_ = Kind::kH264;
      break;
    case AV_CODEC_ID_HEVC:
      kind_ = Kind::kHevc;
      break;
    case AV_CODEC_ID_VP8:
      kind_ = Kind::kVp8;
      break;
    case AV_CODEC_ID_VP9:
      kind_ = Kind::kVp9;
      break;
    case AV_CODEC_ID_AV1:
      kind_ = Kind::kAv1;
      break;
    default: {
      const AVCodecDescriptor* descriptor = avcodec_descriptor_get(parameters.codec_id);
      if (descriptor && (descriptor->props & AV_CODEC_PROP_INTRA_ONLY)) kind_ = Kind::kIntraOnly;
    }
  }
  if (kind_ == Kind::kH264 || kind_ == Kind::kHevc) length_bytes_ = nal_length_bytes(parameters);
  if (kind_ != Kind::kH264) return;
  parser_.reset(av_parser_init(AV_CODEC_ID_H264));
  parser_codec_.reset(avcodec_alloc_context3(nullptr));
  if (!parser_ || !parser_codec_ || avcodec_parameters_to_context(parser_codec_.get(), &parameters) < 0) {
    kind_ = Kind::kOther;
    return;
  }
  parser_->flags |= PARSER_FLAG_COMPLETE_FRAMES;
}

PacketTraits PacketInspector::inspect(const AVPacket& packet) {
  if (packet.size <= 0) return {.shown = 0, .odd = true};
  const Bytes data(packet.data, static_cast<std::size_t>(packet.size));
  switch (kind_) {
    case Kind::kH264:
      return inspect_h264(packet);
    case Kind::kHevc:
      return inspect_hevc(packet);
    case Kind::kVp8:
      return inspect_vp8(data);
    case Kind::kVp9:
      return inspect_vp9(data);
    case Kind::kAv1:
      return inspect_av1(data);
    case Kind::kIntraOnly:
      return {.entry = EntryPoint::kClosed};
    case Kind::kOther:
      break;
  }
  return {.odd = true};
}

PacketTraits PacketInspector::inspect_h264(const AVPacket& packet) {
  PacketTraits traits;
  int slices = 0, idr = 0;
  bool recovered = false;
  const Bytes data(packet.data, static_cast<std::size_t>(packet.size));
  const bool whole = for_each_nal(data, length_bytes_, [&](Bytes nal) {
    const int type = nal[0] & 31;
    slices += type == kAvcSlice || type == kAvcPartitionA || type == kAvcIdr;
    idr += type == kAvcIdr;
    if (type == kAvcSei) recovered |= says_recovered_at_once(nal);
    traits.odd |= (nal[0] & 0x80) != 0 || type == kAvcEndOfSequence || type == kAvcEndOfStream;
  });
  std::uint8_t* unused = nullptr;
  int unused_size = 0;
  av_parser_parse2(parser_.get(), parser_codec_.get(), &unused, &unused_size, packet.data, packet.size,
                   packet.pts, packet.dts, packet.pos);
  traits.odd |= !whole || slices == 0 || parser_->picture_structure != AV_PICTURE_STRUCTURE_FRAME;
  if (idr > 0 && idr == slices) traits.entry = EntryPoint::kClosed;
  if (idr == 0 && recovered && parser_->pict_type == AV_PICTURE_TYPE_I) traits.entry = EntryPoint::kOpen;
  return traits;
}

PacketTraits PacketInspector::inspect_hevc(const AVPacket& packet) const {
  PacketTraits traits;
  int slices = 0;
  const Bytes data(packet.data, static_cast<std::size_t>(packet.size));
  const bool whole = for_each_nal(data, length_bytes_, [&](Bytes nal) {
    if (nal.size() < 2) {
      traits.odd = true;
      return;
    }
    const int type = nal[0] >> 1 & 63, layer = (nal[0] & 1) << 5 | nal[1] >> 3,
              temporal_id = (nal[1] & 7) - 1;
    traits.odd |= (nal[0] & 0x80) != 0 || temporal_id < 0 || layer > 0;
    traits.odd |= type == kHevcEndOfSequence || type == kHevcEndOfBitstream;
    if (type > kHevcLastSlice) return;
    ++slices;
    traits.layered |= temporal_id > 0;
    if (type == kHevcIdrW || type == kHevcIdrN) traits.entry = EntryPoint::kClosed;
    if (type == kHevcCra) traits.entry = EntryPoint::kOpen;
    traits.odd |=
        type >= kHevcFirstIrap && type <= kHevcLastIrap && traits.entry == EntryPoint::kNone;  // broken link
  });
  traits.odd |= !whole || slices == 0;
  return traits;
}

}  // namespace zoetrope::media
