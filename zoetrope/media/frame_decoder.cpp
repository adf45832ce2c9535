#include "zoetrope/media/frame_decoder.h"

#include <algorithm>
#include <cstring>
#include <string_view>

#include "zoetrope/core/error.h"
#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

constexpr int kMaxDecoderThreads = 16;  // beyond, FFmpeg itself warns
constexpr int kPacketsToSynchronize = 32;
constexpr std::int64_t kTagSearch = 64;  // packets that a decoder may hold back

bool seeks_by_byte(const AVInputFormat& format) {
  const std::string_view name = format.name;
  return name == "mpegts" || name == "mpeg";
}

/// Decoders that leave out, with AVDISCARD_NONREF, just what no other picture refers to.
bool can_leave_out(const VideoTrack& track) {
  switch (track.parameters->codec_id) {
    case AV_CODEC_ID_H264:
    case AV_CODEC_ID_MPEG1VIDEO:
    case AV_CODEC_ID_MPEG2VIDEO:
      return !track.damaged;
    // "Not referenced" is said within a temporal layer only; a higher layer may refer to the picture.
    case AV_CODEC_ID_HEVC:
      return !track.damaged && !track.table.layered;
    default:
      return false;
  }
}

/// Decoders that may be asked to refuse a damaged packet instead of concealing what it lacks. (MPEG-4's
/// asserts then.)
bool tells_errors(const VideoTrack& track) {
  return track.parameters->codec_id == AV_CODEC_ID_H264 || track.parameters->codec_id == AV_CODEC_ID_HEVC;
}

}  // namespace

std::uint64_t hash_planes(const AVFrame& frame) {
  constexpr std::uint64_t kMultiplier = 0x9e3779b97f4a7c15ULL;
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format);
  std::array<std::uint64_t, 4> lanes{1, 2, 3, 4};
  const int planes = descriptor ? std::max(av_pix_fmt_count_planes(format), 0) : 0;
  for (int plane = 0; plane < planes; ++plane) {
    const int bytes = av_image_get_linesize(format, frame.width, plane);
    const int shift = plane == 1 || plane == 2 ? descriptor->log2_chroma_h : 0;
    const int rows = AV_CEIL_RSHIFT(frame.height, shift);
    for (int y = 0; y < rows; ++y) {
      const std::uint8_t* row = frame.data[plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[plane];
      int x = 0;
      for (; x + 32 <= bytes; x += 32) {
        for (int lane = 0; lane < 4; ++lane) {
          std::uint64_t word = 0;
          std::memcpy(&word, row + x + 8 * lane, 8);
          lanes[lane] = (lanes[lane] ^ word) * kMultiplier;
          lanes[lane] ^= lanes[lane] >> 29;
        }
      }
      for (; x < bytes; ++x) lanes[0] = (lanes[0] ^ row[x]) * kMultiplier;
    }
  }
  std::uint64_t hash =
      static_cast<std::uint64_t>(frame.width) << 32 | static_cast<std::uint32_t>(frame.height);
  for (const std::uint64_t lane : lanes) hash = (hash ^ lane ^ lane >> 31) * kMultiplier;
  return hash;
}

FrameDecoder::FrameDecoder(std::shared_ptr<const VideoTrack> track, int threads)
    : track_(std::move(track)), threads_(std::clamp(threads, 1, kMaxDecoderThreads)), packet_(make_packet()) {
  restart();
}

void FrameDecoder::open_demuxer() {
  demuxer_ = std::make_unique<Demuxer>(track_->path, track_->reopening);
  if (!(demuxer_->file().identity() == track_->file) ||
      static_cast<unsigned>(track_->stream) >= demuxer_->context().nb_streams) {
    throw Error::input("{}: the file changed while it was being read", track_->path);
  }
  // A demuxer that met errors may go on differently if it leaves streams out.
  if (track_->demux_errors == 0) demuxer_->select(track_->stream);
  demuxer_fresh_ = true;
}

void FrameDecoder::open_codec() {
  const AVCodec* decoder = avcodec_find_decoder(track_->parameters->codec_id);
  if (!decoder) {
    throw Error::input("{}: this FFmpeg has no decoder for '{}'", track_->path,
                       avcodec_get_name(track_->parameters->codec_id));
  }
  codec_.reset(avcodec_alloc_context3(decoder));
  if (!codec_) throw std::bad_alloc();
  int result = avcodec_parameters_to_context(codec_.get(), track_->parameters.get());
  codec_->pkt_timebase = track_->time_base;
  codec_->max_pixels = kMaxFramePixels;
  codec_->thread_count = threads_;
  // Where several threads decode what no pass has proven, every error is to be told: they conceal damage each
  // time in another way, and what they write upon a frame of its damage is lost where another thread shows
  // it.
  if (!track_->decoded && threads_ > 1 && tells_errors(*track_)) codec_->err_recognition |= AV_EF_EXPLODE;
  enable_tags(*codec_);
  if (result >= 0) result = avcodec_open2(codec_.get(), decoder, nullptr);
  if (result < 0) {
    throw Error::input("{}: its {} decoder does not start: {}", track_->path, decoder->name,
                       ffmpeg_error(result));
  }
  codec_fresh_ = true;
}

void FrameDecoder::begin_at(std::int64_t packet) {
  draining_ = false;
  errors_in_row_ = 0;
  past_leading_ = packet == 0;
  entered_at_ = complete_from_ = packet;
  given_ = 0;
  recent_.fill(kNoTag);
}

void FrameDecoder::restart() {
  if (!demuxer_fresh_) open_demuxer();
  if (!codec_fresh_) open_codec();
  packet_pending_ = false;
  next_packet_ = 0;
  begin_at(0);
}

void FrameDecoder::enter(std::int64_t packet) {
  if (packet <= 0) return restart();
  if (!codec_fresh_) avcodec_flush_buffers(codec_.get());
  if (!(packet_pending_ && next_packet_ == packet) && !seek_near(packet)) {
    if (next_packet_ < 0 || next_packet_ > packet) {
      open_demuxer();
      packet_pending_ = false;
      next_packet_ = 0;
    }
    (void)read_forward_to(packet);
  }
  begin_at(packet);
}

bool FrameDecoder::seek_near(std::int64_t packet) {
  const PacketEntry& entry = track_->table.packets[static_cast<std::size_t>(packet)];
  const AVInputFormat& format = *demuxer_->context().iformat;
  std::int64_t time = entry.dts != AV_NOPTS_VALUE ? entry.dts : entry.pts;
  if (entry.pts != AV_NOPTS_VALUE) time = std::min(time, entry.pts);
  const bool by_byte = seeks_by_byte(format);
  if (!seekable_ || entry.position < 0 || (format.flags & AVFMT_NOTIMESTAMPS)) return false;
  if (!by_byte && time == AV_NOPTS_VALUE) return false;
  demuxer_fresh_ = packet_pending_ = false;
  next_packet_ = -1;  // unknown until synchronized
  if (by_byte) return seekable_ = demuxer_->seek_byte(entry.position) && synchronize(packet);
  // Indices are kept by presentation in some formats and by decoding in others: the later time is tried
  // first.
  const std::int64_t later = std::max(time, entry.pts);
  if (later != time && demuxer_->seek_time(track_->stream, later) && synchronize(packet)) return true;
  return seekable_ = demuxer_->seek_time(track_->stream, time) && synchronize(packet);
}

/// After a seek: finds out where the demuxer landed, and reads on to `packet`. False if it landed after it or
/// nowhere known.
bool FrameDecoder::synchronize(std::int64_t packet) {
  const std::vector<PacketEntry>& packets = track_->table.packets;
  for (int tries = 0; tries < kPacketsToSynchronize && demuxer_->read(*packet_); ++tries) {
    if (packet_->stream_index != track_->stream) continue;
    for (std::int64_t at = packet; at >= 0; --at) {
      const PacketEntry& entry = packets[static_cast<std::size_t>(at)];
      // The same bytes may be listed twice, at different times (edit lists).
      if (!same_packet(entry, *packet_) || (entry.pts != packet_->pts && packet_->pts != AV_NOPTS_VALUE))
        continue;
      next_packet_ = at;
      packet_pending_ = true;
      if (read_forward_to(packet)) return true;
      packet_pending_ = false;
      next_packet_ = -1;
      return false;
    }
  }
  return false;
}

bool FrameDecoder::read_forward_to(std::int64_t packet) {
  const std::vector<PacketEntry>& packets = track_->table.packets;
  while (!packet_pending_ || next_packet_ < packet) {
    if (packet_pending_) {
      packet_pending_ = false;
      ++next_packet_;
    }
    do {
      demuxer_fresh_ = false;
      if (!demuxer_->read(*packet_)) return false;
    } while (packet_->stream_index != track_->stream);
    packet_pending_ = true;
    if (static_cast<std::size_t>(next_packet_) >= packets.size()) return false;
    if (packets[static_cast<std::size_t>(next_packet_)].size != packet_->size) return false;
  }
  return true;
}

void FrameDecoder::count_error() {
  // Pictures that lead an open entry point refer to what lies before it.
  errors_ += past_leading_;
  ++errors_in_row_;
  if (std::string words = ffmpeg_last_words(); !words.empty()) last_words_ = std::move(words);
}

void FrameDecoder::feed() {
  if (!packet_pending_) {
    demuxer_fresh_ = false;
    do {
      if (!demuxer_->read(*packet_)) {
        draining_ = true;
        errors_in_row_ = 0;
        (void)avcodec_send_packet(codec_.get(), nullptr);
        return;
      }
    } while (packet_->stream_index != track_->stream);
    packet_pending_ = true;
  }
  const bool skip = dispensable_ && can_leave_out(*track_) && dispensable_(next_packet_);
  codec_->skip_frame = skip ? AVDISCARD_NONREF : AVDISCARD_DEFAULT;
  codec_fresh_ = false;
  set_tag(*codec_, *packet_, next_packet_);
  const int result = avcodec_send_packet(codec_.get(), packet_.get());
  if (result == AVERROR(EAGAIN)) return;
  if (skip) complete_from_ = next_packet_ + 1;
  packet_pending_ = false;
  ++next_packet_;
  if (result < 0) count_error();
}

bool FrameDecoder::next(AVFrame& frame, Origin& origin) {
  for (;;) {
    const int result = avcodec_receive_frame(codec_.get(), &frame);
    if (result >= 0) {
      errors_in_row_ = 0;
      origin = origin_of(frame);
      past_leading_ |= !leads_entry(origin);
      return true;
    }
    if (result == AVERROR_EOF) return false;
    if (result != AVERROR(EAGAIN)) {
      count_error();
      if (draining_ && errors_in_row_ > kMaxErrorsInRow) return false;
      if (draining_) continue;
    }
    if (draining_) return false;
    feed();
  }
}

/// Whether a frame comes before the entry point on screen.
bool FrameDecoder::leads_entry(const Origin& origin) const {
  if (origin.packet == kNoTag) return false;
  const std::vector<PacketEntry>& packets = track_->table.packets;
  return packets[static_cast<std::size_t>(origin.packet)].pts <
         packets[static_cast<std::size_t>(entered_at_)].pts;
}

FrameDecoder::Origin FrameDecoder::origin_of(const AVFrame& frame) {
  Origin origin;
  origin.packet = tag_of(frame);
  const std::vector<PacketEntry>& packets = track_->table.packets;
  const auto pts_of = [&packets](std::int64_t at) { return packets[static_cast<std::size_t>(at)].pts; };
  if (origin.packet >= static_cast<std::int64_t>(packets.size())) origin.packet = kNoTag;
  // VP9 shows an earlier picture again with the tag of the earlier packet, but with the time of the present
  // one.
  if (origin.packet != kNoTag && frame.pts != AV_NOPTS_VALUE && pts_of(origin.packet) != frame.pts) {
    const std::int64_t last = std::min(next_packet_, static_cast<std::int64_t>(packets.size())) - 1;
    for (std::int64_t at = last; at >= std::max<std::int64_t>(0, last - kTagSearch); --at) {
      if (pts_of(at) != frame.pts) continue;
      origin.packet = at;
      break;
    }
  }
  origin.occurrence = static_cast<int>(std::ranges::count(recent_, origin.packet));
  if (origin.packet == kNoTag) origin.occurrence = 0;
  recent_[static_cast<std::size_t>(given_) % recent_.size()] = origin.packet;
  if (entered_at_ == 0) origin.place = given_;
  ++given_;
  return origin;
}

}  // namespace zoetrope::media
