#include "zoetrope/media/packet_table.h"

#include <algorithm>
#include <optional>

extern "C" {
#include <libavutil/adler32.h>
}

#include "zoetrope/core/error.h"
#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

constexpr int kSampledBytes = 64;

std::uint32_t sample_checksum(const AVPacket& packet) {
  if (packet.size <= 0) return 0;
  const int count = std::min(packet.size, kSampledBytes);
  const auto bytes = static_cast<unsigned>(count);
  const auto head = static_cast<std::uint32_t>(av_adler32_update(1, packet.data, bytes));
  return static_cast<std::uint32_t>(av_adler32_update(head, packet.data + packet.size - count, bytes));
}

PacketEntry describe(const AVPacket& packet, const PacketTraits& traits) {
  PacketEntry entry;
  entry.pts = packet.pts;
  entry.dts = packet.dts;
  entry.position = packet.pos;
  entry.duration = std::max<std::int64_t>(packet.duration, 0);
  entry.size = packet.size;
  entry.checksum = sample_checksum(packet);
  entry.shown = static_cast<std::int8_t>(traits.shown);
  entry.entry = traits.entry;
  entry.key = packet.flags & AV_PKT_FLAG_KEY;
  entry.discard = packet.flags & AV_PKT_FLAG_DISCARD;
  entry.corrupt = packet.flags & AV_PKT_FLAG_CORRUPT;
  entry.odd = traits.odd;
  return entry;
}

void count(const AVPacket& packet, bool video, StreamCount& stream) {
  stream.bytes += packet.size;
  if (packet.flags & AV_PKT_FLAG_DISCARD) return;
  ++stream.packets;
  const std::int64_t time = packet.pts != AV_NOPTS_VALUE ? packet.pts : packet.dts;
  if (time == AV_NOPTS_VALUE) return;
  if (video && static_cast<std::int64_t>(stream.times.size()) < kMaxPackets) {
    stream.times.push_back(time);
    if (packet.flags & AV_PKT_FLAG_KEY) stream.key_times.push_back(time);
  }
  if (stream.first_pts == AV_NOPTS_VALUE || time < stream.first_pts) stream.first_pts = time;
  const std::int64_t end = av_sat_add64(time, std::max<std::int64_t>(packet.duration, 0));
  if (stream.end_pts == AV_NOPTS_VALUE || end > stream.end_pts) stream.end_pts = end;
}

}  // namespace

bool same_packet(const PacketEntry& entry, const AVPacket& packet) {
  return entry.size == packet.size && entry.position == packet.pos &&
         entry.checksum == sample_checksum(packet);
}

Scan scan_packets(Demuxer& demuxer, int stream) {
  AVFormatContext& context = demuxer.context();
  Scan scan;
  scan.table.stream = stream;
  scan.streams.resize(context.nb_streams);
  std::optional<PacketInspector> inspector;
  if (stream >= 0) {
    inspector.emplace(*context.streams[stream]->codecpar);
    scan.table.understood = inspector->understands();
  }
  const std::int64_t byte_budget = kMaxRereads * std::max<std::int64_t>(demuxer.file().size(), 1 << 20);
  std::int64_t bytes = 0;
  const auto packet = make_packet();
  while (demuxer.read(*packet)) {
    bytes += packet->size;
    if (bytes > byte_budget) {
      throw Error::input("{}: its packets claim more than {} times the bytes of the file", demuxer.path(),
                         kMaxRereads);
    }
    const auto index = static_cast<std::size_t>(packet->stream_index);
    if (index >= scan.streams.size()) continue;  // a stream that appeared in the middle of the file
    count(*packet, context.streams[index]->codecpar->codec_type == AVMEDIA_TYPE_VIDEO, scan.streams[index]);
    if (packet->stream_index != stream) continue;
    const PacketTraits traits = inspector->inspect(*packet);
    scan.table.layered |= traits.layered;
    scan.table.packets.push_back(describe(*packet, traits));
    if (static_cast<std::int64_t>(scan.table.packets.size()) > kMaxPackets) {
      throw Error::input("{}: stream {} has more than {} packets", demuxer.path(), stream, kMaxPackets);
    }
  }
  scan.errors = demuxer.errors();
  return scan;
}

}  // namespace zoetrope::media
