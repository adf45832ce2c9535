#pragma once
// What a compressed packet says of itself before anything is decoded: how many pictures it shows, whether
// decoding may begin there, and whether it is something that the packet table alone cannot account for.
//
// Sources: ITU-T H.264 (7.3.1, 7.3.2.3, D.1.8), ITU-T H.265 (7.3.1.2, 7.4.2.2), RFC 6386 (9.1), the VP9
// bitstream specification (6.2, Annex B), the AV1 bitstream specification (5.3, 5.9).

#include <cstddef>
#include <cstdint>
#include <span>

#include "zoetrope/media/ffmpeg.h"

namespace zoetrope::media {

/// Whether a decoder may begin at a packet and give what it would give in the middle of the stream.
enum class EntryPoint : std::uint8_t {
  kNone,
  kOpen,   ///< yes, but pictures shown before this one may need what came earlier (open GOP)
  kClosed  ///< yes, and nothing after it needs what came earlier
};

struct PacketTraits {
  int shown = 1;  ///< pictures that are shown: 0 for a hidden reference, 1 as a rule
  EntryPoint entry = EntryPoint::kNone;
  bool odd = false;      ///< a field, a broken link, damage: only decoding can tell what it gives
  bool layered = false;  ///< HEVC temporal layers: "not referenced" holds within its layer only
};

class PacketInspector {
 public:
  explicit PacketInspector(const AVCodecParameters& parameters);

  /// True if this codec's packets are understood; otherwise `inspect` marks every packet as odd.
  [[nodiscard]] bool understands() const noexcept { return kind_ != Kind::kOther; }

  [[nodiscard]] PacketTraits inspect(const AVPacket& packet);

 private:
  enum class Kind { kH264, kHevc, kVp8, kVp9, kAv1, kIntraOnly, kOther };

  [[nodiscard]] PacketTraits inspect_h264(const AVPacket& packet);
  [[nodiscard]] PacketTraits inspect_hevc(const AVPacket& packet) const;

  Kind kind_ = Kind::kOther;
  int length_bytes_ = 0;  ///< of the size before each NAL unit; 0: start codes
  FFmpegPtr<AVCodecParserContext> parser_;
  FFmpegPtr<AVCodecContext> parser_codec_;
};

/// Walks the NAL units of a packet with size fields of `length_bytes`, or start codes where that is 0. Calls
/// visit(std::span<const std::uint8_t>) for each; false if the sizes do not fill the packet exactly.
template <typename Visit>
bool for_each_nal(std::span<const std::uint8_t> data, int length_bytes, Visit visit) {
  if (length_bytes > 0) {
    const auto field = static_cast<std::size_t>(length_bytes);
    while (!data.empty()) {
      if (data.size() < field) return false;
      std::size_t size = 0;
      for (std::size_t i = 0; i < field; ++i) size = size << 8 | data[i];
      data = data.subspan(field);
      if (size > data.size()) return false;
      if (size > 0) visit(data.first(size));
      data = data.subspan(size);
    }
    return true;
  }
  const auto next_start = [&data](std::size_t from) {
    for (std::size_t i = from; i + 2 < data.size(); ++i) {
      if (data[i] == 0 && data[i + 1] == 0 && data[i + 2] == 1) return i;
    }
    return data.size();
  };
  for (std::size_t start = next_start(0); start < data.size();) {
    const std::size_t end = next_start(start + 3);
    if (end > start + 3) visit(data.subspan(start + 3, end - start - 3));
    start = end;
  }
  return true;
}

}  // namespace zoetrope::media
