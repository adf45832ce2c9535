#include "zoetrope/media/frame_index.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/media/frame_decoder.h"
#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

constexpr std::size_t kMaxReorder = 16;   // H.264 and HEVC hold at most 16 pictures
constexpr double kDefaultFrameRate = 25;  // as FFmpeg takes where a stream does not say

/// Pictures that are decoded before a picture that they follow on screen: the delay that the decoder needs.
std::size_t reorder_depth(const std::vector<PacketEntry>& packets) {
  std::size_t depth = 0;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    std::size_t later = 0;
    for (std::size_t j = i - std::min(i, 2 * kMaxReorder); j < i; ++j)
      later += packets[j].pts > packets[i].pts;
    depth = std::max(depth, later);
  }
  return depth;
}

bool packets_vouch(const VideoTrack& track) {
  const std::vector<PacketEntry>& packets = track.table.packets;
  if (!track.table.understood || track.demux_errors > 0 || packets.empty()) return false;
  if (packets.front().entry == EntryPoint::kNone) return false;
  std::vector<std::int64_t> times;
  times.reserve(packets.size());
  std::int64_t last_dts = AV_NOPTS_VALUE;
  for (const PacketEntry& packet : packets) {
    if (packet.odd || packet.corrupt || packet.pts == AV_NOPTS_VALUE || packet.pts < packets.front().pts)
      return false;
    if (packet.dts != AV_NOPTS_VALUE && last_dts != AV_NOPTS_VALUE && packet.dts <= last_dts) return false;
    if (packet.dts != AV_NOPTS_VALUE) last_dts = packet.dts;
    times.push_back(packet.pts);
  }
  std::ranges::sort(times);
  if (std::ranges::adjacent_find(times) != times.end()) return false;
  const double span =
      (static_cast<double>(times.back()) - static_cast<double>(times.front())) * av_q2d(track.time_base);
  return span <= kMaxDuration &&
         reorder_depth(packets) <= static_cast<std::size_t>(std::max(track.parameters->video_delay, 0));
}

void list_from_packets(VideoTrack& track) {
  const std::vector<PacketEntry>& packets = track.table.packets;
  for (std::size_t i = 0; i < packets.size(); ++i) {
    if (!packets[i].discard && packets[i].shown > 0) {
      track.frames.push_back({.packet = static_cast<std::int64_t>(i), .key = packets[i].key});
    }
  }
  std::ranges::sort(track.frames, {}, [&packets](const FrameEntry& f) {
    return packets[static_cast<std::size_t>(f.packet)].pts;
  });
}

/// Ticks of the frames, one each, ascending; what the file does not say, or says absurdly, is counted on.
struct Clock {
  std::vector<double> seconds;
  double last_duration = 0;  ///< seconds; 0: unknown
  std::int64_t jumps = 0;    ///< times that went back, or beyond all sense
};

double nominal_duration(const VideoTrack& track) {
  const double rate = av_q2d(track.frame_rate);
  return std::isfinite(rate) && rate > 0 ? 1 / rate : 1 / kDefaultFrameRate;
}

Clock clock_from_ticks(const VideoTrack& track, const std::vector<std::int64_t>& ticks,
                       std::int64_t last_duration) {
  const double tick = track.time_base.den > 0 ? av_q2d(track.time_base) : 0;
  const double step = nominal_duration(track);
  Clock clock;
  clock.seconds.reserve(ticks.size());
  double shift = 0;  // added where the clock of the file jumps back
  for (const std::int64_t at : ticks) {
    const bool first = clock.seconds.empty();
    const double earliest = first ? 0 : clock.seconds.back();
    double time = at == AV_NOPTS_VALUE ? std::numeric_limits<double>::quiet_NaN()
                                       : static_cast<double>(at) * tick + shift;
    const bool absurd =
        !(std::abs(time) <= kMaxDuration) || (!first && time - clock.seconds.front() > kMaxDuration);
    if (absurd || (!first && time <= earliest)) {
      const double mended = first ? 0 : earliest + step;
      if (!absurd) shift += mended - time;
      time = mended;
      clock.jumps += at != AV_NOPTS_VALUE;
    }
    clock.seconds.push_back(time);
  }
  const double duration = static_cast<double>(last_duration) * tick;
  if (duration > 0 && duration <= kMaxDuration) clock.last_duration = duration;
  return clock;
}

void set_times(VideoTrack& track, const Clock& clock) {
  const std::size_t count = clock.seconds.size();
  track.times.resize(count);
  for (std::size_t i = 0; i + 1 < count; ++i) {
    track.times[i] = {clock.seconds[i], clock.seconds[i + 1] - clock.seconds[i]};
  }
  double last = clock.last_duration;
  if (last <= 0) {
    last = count > 1 ? (clock.seconds.back() - clock.seconds.front()) / static_cast<double>(count - 1)
                     : nominal_duration(track);
  }
  track.times.back() = {clock.seconds.back(), last};
}

struct Pass {
  std::vector<FrameEntry> frames;
  std::vector<std::int64_t> ticks;
  std::int64_t last_duration = 0;
  std::int64_t impaired = 0;
  std::int64_t errors = 0;
  bool tagged = true;
  int width = 0, height = 0;
  std::string last_words;
};

Pass decode_all(const std::shared_ptr<const VideoTrack>& track, int threads) {
  FrameDecoder decoder(track, threads);
  Pass pass;
  const auto frame = make_frame();
  FrameDecoder::Origin origin;
  while (decoder.next(*frame, origin)) {
    if (pass.frames.empty()) {
      pass.width = frame->width;
      pass.height = frame->height;
    }
    pass.tagged &= origin.packet != kNoTag;
    pass.frames.push_back({.packet = origin.packet,
                           .occurrence = origin.occurrence,
                           .key = is_key_frame(*frame),
                           .hash = hash_planes(*frame)});
    pass.ticks.push_back(frame->best_effort_timestamp);
    pass.last_duration = duration_of(*frame);
    pass.impaired += is_impaired(*frame);
    if (static_cast<std::int64_t>(pass.frames.size()) > kMaxPackets) break;
  }
  pass.errors = decoder.errors();
  pass.last_words = decoder.last_words();
  return pass;
}

/// Packets that were to be shown and gave no frame.
std::int64_t count_lost(const VideoTrack& track) {
  std::int64_t lost = 0;
  for (std::size_t i = 0; i < track.table.packets.size(); ++i) {
    const PacketEntry& packet = track.table.packets[i];
    lost += !packet.discard && packet.shown > 0 && track.first_frame_of_packet[i] < 0;
  }
  return lost;
}

void map_packets(VideoTrack& track) {
  track.first_frame_of_packet.assign(track.table.packets.size(), -1);
  for (std::size_t i = track.frames.size(); i-- > 0;) {
    if (track.frames[i].packet >= 0) {
      track.first_frame_of_packet[static_cast<std::size_t>(track.frames[i].packet)] =
          static_cast<std::int32_t>(i);
    }
  }
}

/// Where decoding may begin: what the bitstream says where it is understood, else the container's word, and
/// always what the decoder made of it where it was decoded.
void find_entries(VideoTrack& track) {
  const std::vector<PacketEntry>& packets = track.table.packets;
  for (std::size_t i = 0; i < packets.size() && !track.in_order_only; ++i) {
    const std::int32_t frame = track.first_frame_of_packet[i];
    const bool seen = !track.decoded || (frame >= 0 && track.frames[static_cast<std::size_t>(frame)].key);
    const bool entry = track.table.understood ? packets[i].entry != EntryPoint::kNone : packets[i].key;
    if (seen && entry) track.entry_packets.push_back(static_cast<std::int64_t>(i));
  }
}

void list_from_pass(VideoTrack& track, Pass pass) {
  track.decoded = true;
  track.in_order_only = !pass.tagged;
  track.frames = std::move(pass.frames);
  track.impaired = pass.impaired;
  track.width = pass.width;
  track.height = pass.height;
  map_packets(track);
  const Clock clock = clock_from_ticks(track, pass.ticks, pass.last_duration);
  set_times(track, clock);
  if (track.damaged && !track.in_order_only) track.lost = count_lost(track);
  if (clock.jumps > 0) {
    track.warnings.push_back(fmt::format(
        "the presentation times jump at {} of {} frames; they are counted on at the frame rate there",
        clock.jumps, track.frames.size()));
  }
}

bool shows_damage(const VideoTrack& track, const Pass& pass) {
  if (track.demux_errors > 0 || pass.errors > 0 || pass.impaired > 0) return true;
  return std::ranges::any_of(track.table.packets, &PacketEntry::corrupt);
}

void index_by_decoding(const std::shared_ptr<VideoTrack>& track, int threads) {
  Pass pass = decode_all(track, threads);
  // Several threads conceal damage in other ways than one: then one thread tells, and one thread will decode.
  if (threads > 1 && shows_damage(*track, pass)) pass = decode_all(track, 1);
  track->damaged = shows_damage(*track, pass);
  if (pass.frames.empty()) {
    throw Error::input("{}: none of the {} packets of video stream {} can be decoded{}", track->path,
                       track->table.packets.size(), track->stream,
                       pass.last_words.empty() ? "" : " (" + pass.last_words + ")");
  }
  const bool late_start = track->table.understood && track->table.packets.front().entry == EntryPoint::kNone;
  if (late_start && pass.frames.front().packet > 0) track->damaged = true;
  const std::int64_t errors = pass.errors;
  list_from_pass(*track, std::move(pass));
  if (track->lost > 0) {
    track->warnings.push_back(fmt::format("{} of {} pictures cannot be decoded", track->lost,
                                          static_cast<std::int64_t>(track->frames.size()) + track->lost));
  } else if (errors > 0) {
    track->warnings.push_back(fmt::format("the decoder met {} errors", errors));
  }
  if (track->impaired > 0) {
    track->warnings.push_back(
        fmt::format("{} of {} frames are damaged and shown as far as they could be decoded", track->impaired,
                    track->frames.size()));
  }
}

/// Decodes the first frame, to know that decoding works at all and what it gives.
bool look_at_first_frame(const std::shared_ptr<VideoTrack>& track) {
  FrameDecoder decoder(track, 1);
  const auto frame = make_frame();
  FrameDecoder::Origin origin;
  if (!decoder.next(*frame, origin) || decoder.errors() > 0) return false;
  track->width = frame->width;
  track->height = frame->height;
  return origin.packet == track->frames.front().packet;
}

bool cheap_to_decode(const VideoTrack& track) {
  const std::int64_t area = std::int64_t{track.parameters->width} * track.parameters->height;
  return area * static_cast<std::int64_t>(track.table.packets.size()) <= kAutoCheckPixels;
}

}  // namespace

void index_frames(const std::shared_ptr<VideoTrack>& track, Check check, int threads) {
  const bool decode = check == Check::kDecode || (check == Check::kAuto && cheap_to_decode(*track));
  if (!decode && packets_vouch(*track)) {
    list_from_packets(*track);
    if (!track->frames.empty() && look_at_first_frame(track)) {
      map_packets(*track);
      std::vector<std::int64_t> ticks;
      ticks.reserve(track->frames.size());
      for (const FrameEntry& f : track->frames)
        ticks.push_back(track->table.packets[static_cast<std::size_t>(f.packet)].pts);
      const auto last = static_cast<std::size_t>(track->frames.back().packet);
      set_times(*track, clock_from_ticks(*track, ticks, track->table.packets[last].duration));
      find_entries(*track);
      return;
    }
    track->frames.clear();
  }
  index_by_decoding(track, threads);
  find_entries(*track);
}

}  // namespace zoetrope::media
