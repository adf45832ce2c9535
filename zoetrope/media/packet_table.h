#pragma once
// Every packet of a video stream in the order of the file, read once without decoding.

#include <cstdint>
#include <vector>

#include "zoetrope/media/demuxer.h"
#include "zoetrope/media/packet_traits.h"

namespace zoetrope::media {

/// A packet's ordinal is its place in the table: the order of decoding.
struct PacketEntry {
  std::int64_t pts = AV_NOPTS_VALUE;  ///< ticks of the stream's time base
  std::int64_t dts = AV_NOPTS_VALUE;
  std::int64_t position = -1;  ///< byte in the file, as the demuxer says
  std::int64_t duration = 0;   ///< ticks; 0: unknown
  std::int32_t size = 0;       ///< bytes
  std::uint32_t checksum = 0;  ///< of the packet's first and last bytes
  std::int8_t shown = 1;       ///< see PacketTraits
  EntryPoint entry = EntryPoint::kNone;
  bool key = false;      ///< the container says so
  bool discard = false;  ///< decoded, not shown (edit lists)
  bool corrupt = false;  ///< the demuxer says so
  bool odd = false;      ///< see PacketTraits
};

/// What identifies a packet when it is met again after a seek.
[[nodiscard]] bool same_packet(const PacketEntry& entry, const AVPacket& packet);

struct PacketTable {
  int stream = -1;
  std::vector<PacketEntry> packets;
  bool understood = false;  ///< PacketInspector::understands
  bool layered = false;     ///< see PacketTraits
};

/// What is counted of a stream that is not read itself.
struct StreamCount {
  std::int64_t packets = 0;  ///< that are shown
  std::int64_t bytes = 0;
  std::int64_t first_pts = AV_NOPTS_VALUE;
  std::int64_t end_pts = AV_NOPTS_VALUE;  ///< the last pts and its duration
  std::vector<std::int64_t> times;        ///< of a video stream's packets; ticks, in the order of the file
  std::vector<std::int64_t> key_times;    ///< of those among them that the container calls key frames
};

struct Scan {
  PacketTable table;                 ///< of the stream that was asked for
  std::vector<StreamCount> streams;  ///< of every stream
  int errors = 0;                    ///< of the demuxer
};

/// Reads the file to its end. `stream` = -1 only counts. Throws Error (kInput) where a ceiling of limits.h is
/// passed.
[[nodiscard]] Scan scan_packets(Demuxer& demuxer, int stream);

}  // namespace zoetrope::media
