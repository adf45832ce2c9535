#include <algorithm>
#include <cmath>
#include <new>
#include <string_view>

#include "zoetrope/core/error.h"
#include "zoetrope/media/edit_list.h"
#include "zoetrope/media/frame_converter.h"
#include "zoetrope/media/frame_index.h"
#include "zoetrope/media/limits.h"
#include "zoetrope/media/video_track.h"

namespace zoetrope::media {
namespace {

// Frame intervals count as equal within one tick of the time base (rounded times) and this share of their
// mean.
constexpr double kRateTolerance = 0.01;
// Times the sound's length, and seconds beyond that, after which the pictures' times are taken as damaged.
constexpr double kStretched = 3;
constexpr double kStretchedSlack = 5;
constexpr double kCutOffSlack = 0.5;  // seconds that a healthy file's declared duration may be off

std::string text(const char* name) {
  return name ? name : "";
}

/// A name that FFmpeg gives, "" for its ways to say "not said".
std::string said(const char* name) {
  const std::string s = text(name);
  return s == "unknown" || s == "unspecified" || s == "reserved" ? "" : s;
}

std::string tag(const AVStream& stream, const char* key) {
  const AVDictionaryEntry* entry = av_dict_get(stream.metadata, key, nullptr, 0);
  return entry ? entry->value : "";
}

double seconds(std::int64_t ticks, AVRational time_base) {
  return ticks == AV_NOPTS_VALUE ? 0 : static_cast<double>(ticks) * av_q2d(time_base);
}

Rational rational(AVRational value) {
  return {value.num, value.den ? value.den : 1};
}

std::string field_order_name(AVFieldOrder order) {
  switch (order) {
    case AV_FIELD_PROGRESSIVE:
      return "progressive";
    case AV_FIELD_TT:
      return "tt";
    case AV_FIELD_BB:
      return "bb";
    case AV_FIELD_TB:
      return "tb";
    case AV_FIELD_BT:
      return "bt";
    default:
      return "";
  }
}

int rotation_of(const AVStream& stream) {
  const std::int32_t* matrix = display_matrix(stream);
  const double degrees = matrix ? av_display_rotation_get(matrix) : 0;
  return std::isfinite(degrees) ? static_cast<int>(std::lround(degrees)) : 0;
}

/// Where each of the times stands among all, in order.
std::vector<std::int64_t> places(std::vector<std::int64_t> some, std::vector<std::int64_t> all) {
  std::ranges::sort(some);
  std::ranges::sort(all);
  for (std::int64_t& time : some) time = std::ranges::lower_bound(all, time) - all.begin();
  return some;
}

VideoStreamInfo describe_video(const AVStream& stream, const StreamCount& count) {
  const AVCodecParameters& p = *stream.codecpar;
  const auto format = static_cast<AVPixelFormat>(p.format);
  VideoStreamInfo info;
  info.index = stream.index;
  info.codec = avcodec_get_name(p.codec_id);
  info.profile = text(avcodec_profile_name(p.codec_id, p.profile));
  if (info.profile.empty() && p.profile != FF_PROFILE_UNKNOWN) info.profile = std::to_string(p.profile);
  info.pix_fmt = text(av_get_pix_fmt_name(format));
  info.width = p.width;
  info.height = p.height;
  info.sample_aspect_ratio = p.sample_aspect_ratio.num ? rational(p.sample_aspect_ratio) : Rational{1, 1};
  info.rotation = rotation_of(stream);
  info.color_range = said(av_color_range_name(p.color_range));
  info.color_space = said(av_color_space_name(p.color_space));
  info.color_transfer = said(av_color_transfer_name(p.color_trc));
  info.color_primaries = said(av_color_primaries_name(p.color_primaries));
  info.field_order = field_order_name(p.field_order);
  if (const AVPixFmtDescriptor* descriptor = av_pix_fmt_desc_get(format))
    info.bit_depth = descriptor->comp[0].depth;
  info.r_frame_rate = rational(stream.r_frame_rate);
  info.avg_frame_rate = rational(stream.avg_frame_rate);
  info.frames = count.packets;
  info.key_frames = places(count.key_times, count.times);
  info.start_time = seconds(count.first_pts, stream.time_base);
  info.duration = std::max(0.0, seconds(count.end_pts, stream.time_base) - info.start_time);
  if (info.duration > 0) {
    info.fps = static_cast<double>(info.frames) / info.duration;
    info.bit_rate = std::llround(static_cast<double>(count.bytes) * 8 / info.duration);
  }
  return info;
}

AudioStreamInfo describe_audio(const AVStream& stream, const StreamCount& count) {
  const AVCodecParameters& p = *stream.codecpar;
  AudioStreamInfo info;
  info.index = stream.index;
  info.codec = avcodec_get_name(p.codec_id);
  info.profile = text(avcodec_profile_name(p.codec_id, p.profile));
  info.sample_fmt = text(av_get_sample_fmt_name(static_cast<AVSampleFormat>(p.format)));
  info.language = tag(stream, "language");
  info.sample_rate = p.sample_rate;
  info.channels = p.ch_layout.nb_channels;
  char layout[64] = {};
  if (av_channel_layout_describe(&p.ch_layout, layout, sizeof(layout)) > 0) info.channel_layout = layout;
  info.start_time = seconds(count.first_pts, stream.time_base);
  info.duration = std::max(0.0, seconds(count.end_pts, stream.time_base) - info.start_time);
  return info;
}

bool is_cover(const AVStream& stream) {
  return stream.disposition & AV_DISPOSITION_ATTACHED_PIC;
}

bool is_video(const AVStream& stream) {
  return stream.codecpar->codec_type == AVMEDIA_TYPE_VIDEO && !is_cover(stream);
}

/// Of those that this FFmpeg can decode, if there is any, and that have packets, where they were counted; -1:
/// no video.
int largest_video_stream(const AVFormatContext& context, const std::vector<StreamCount>& counts = {}) {
  int best = -1;
  std::int64_t largest = -1;
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    if (!is_video(*context.streams[i]) || (i < counts.size() && counts[i].packets == 0)) continue;
    const AVCodecParameters& p = *context.streams[i]->codecpar;
    const std::int64_t area = avcodec_find_decoder(p.codec_id) ? 1 + std::int64_t{p.width} * p.height : 0;
    if (area > largest) {
      largest = area;
      best = static_cast<int>(i);
    }
  }
  return best;
}

MediaInfo describe(Demuxer& demuxer, const std::vector<StreamCount>& counts) {
  const AVFormatContext& context = demuxer.context();
  MediaInfo info;
  info.path = demuxer.path();
  info.container = context.iformat->name;
  info.bytes = demuxer.file().size();
  if (context.duration != AV_NOPTS_VALUE)
    info.duration = static_cast<double>(context.duration) / AV_TIME_BASE;
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    const AVStream& stream = *context.streams[i];
    const StreamCount count = i < counts.size() ? counts[i] : StreamCount{};
    const AVMediaType type = stream.codecpar->codec_type;
    if (is_video(stream)) {
      info.video.push_back(describe_video(stream, count));
    } else if (type == AVMEDIA_TYPE_AUDIO) {
      info.audio.push_back(describe_audio(stream, count));
    } else {
      info.other.push_back({.index = static_cast<int>(i),
                            .type = is_cover(stream) ? "cover picture" : text(av_get_media_type_string(type)),
                            .codec = avcodec_get_name(stream.codecpar->codec_id)});
    }
  }
  info.best_video_stream = largest_video_stream(context, counts);
  info.best_audio_stream =
      std::max(-1, av_find_best_stream(&demuxer.context(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0));
  return info;
}

void add_edit_lists(MediaInfo& info, Demuxer& demuxer) {
  if (info.container.find("mp4") == std::string::npos) return;
  const auto lists = read_edit_lists(demuxer.file());
  for (VideoStreamInfo& video : info.video) {
    const auto found = lists.find(static_cast<std::uint32_t>(demuxer.context().streams[video.index]->id));
    if (found != lists.end()) video.edit_list = found->second;
  }
}

/// The stream to read: the one asked for, or the best.
int choose_stream(const Demuxer& demuxer, const AVFormatContext& context, int asked) {
  if (asked < 0) return largest_video_stream(context);
  if (asked < static_cast<int>(context.nb_streams) && is_video(*context.streams[asked])) return asked;
  throw Error::usage("{}: stream {} is no video stream; see 'zoetrope info'", demuxer.path(), asked);
}

/// "; stream 2 has", for who may want to ask for it.
std::string other_streams(const Scan& scan, const AVFormatContext& context) {
  for (unsigned i = 0; i < context.nb_streams && i < scan.streams.size(); ++i) {
    const AVStream& stream = *context.streams[i];
    if (is_video(stream) && scan.streams[i].packets > 0) {
      return fmt::format("; stream {} has", i);
    }
  }
  return "; the file may be cut off";
}

[[noreturn]] void refuse_without_video(const Demuxer& demuxer, const AVFormatContext& context) {
  bool cover = false, audio = false;
  for (unsigned i = 0; i < context.nb_streams; ++i) {
    cover |= is_cover(*context.streams[i]);
    audio |= context.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_AUDIO;
  }
  throw Error::input("{}: no video stream{}", demuxer.path(),
                     cover   ? ", only a cover picture"
                     : audio ? ", only sound"
                             : "");
}

void finish_info(VideoStreamInfo& info, const VideoTrack& track, std::int64_t bytes) {
  const std::vector<FrameTime>& times = track.times;
  info.frames = static_cast<std::int64_t>(track.frames.size());
  info.lost_frames = track.lost;
  info.start_time = times.front().pts;
  info.duration = times.back().pts + times.back().duration - times.front().pts;
  info.fps = info.duration > 0 ? static_cast<double>(info.frames) / info.duration : 0;
  info.bit_rate = info.duration > 0 ? std::llround(static_cast<double>(bytes) * 8 / info.duration) : 0;
  info.key_frames.clear();
  for (std::size_t i = 0; i < track.frames.size(); ++i) {
    if (track.frames[i].key) info.key_frames.push_back(static_cast<std::int64_t>(i));
  }
  const auto intervals = static_cast<double>(times.size() - 1);
  if (times.size() < 3) return;
  const double mean = (times.back().pts - times.front().pts) / intervals;
  const double slack = av_q2d(track.time_base) + kRateTolerance * mean;
  info.variable_frame_rate = std::any_of(times.begin(), times.end() - 1, [&](const FrameTime& time) {
    return std::abs(time.duration - mean) > slack;
  });
}

/// Whether the header alone leads to the first packet, too: looking for the streams may have passed over a
/// damaged one.
bool begins_alike(const std::string& path, const PacketTable& table) {
  Demuxer again(path, Demuxer::Opening::kHeader);
  again.select(table.stream);
  const auto packet = make_packet();
  while (again.read(*packet)) {
    if (packet->stream_index == table.stream) return same_packet(table.packets.front(), *packet);
  }
  return false;
}

std::shared_ptr<VideoTrack> make_track(Demuxer& demuxer, int stream, Scan& scan) {
  AVStream& source = *demuxer.context().streams[stream];
  auto track = std::make_shared<VideoTrack>();
  track->path = demuxer.path();
  track->file = demuxer.file().identity();
  track->stream = stream;
  track->time_base = source.time_base;
  track->frame_rate = source.avg_frame_rate.num > 0 ? source.avg_frame_rate : source.r_frame_rate;
  track->parameters.reset(avcodec_parameters_alloc());
  if (!track->parameters || avcodec_parameters_copy(track->parameters.get(), source.codecpar) < 0)
    throw std::bad_alloc();
  track->upright = upright_turn(display_matrix(source));
  track->table = std::move(scan.table);
  track->demux_errors = scan.errors;
  if (scan.errors == 0 && demuxer.header_suffices() && begins_alike(track->path, track->table))
    track->reopening = Demuxer::Opening::kHeader;
  return track;
}

/// A file that was cut off still says in its header how much it should hold.
std::string cut_off_warning(const AVFormatContext& context, const std::vector<StreamCount>& counts,
                            const VideoTrack& track) {
  const AVStream& stream = *context.streams[track.stream];
  const FrameTime& last = track.times.back();
  double end = last.pts + last.duration, declared = 0;
  if (std::string_view(context.iformat->name) == "avi") {
    declared = seconds(stream.nb_frames,
                       stream.time_base);  // FFmpeg shortens the duration to what the file can hold
  } else if (stream.duration > 0 && stream.duration != AV_NOPTS_VALUE) {
    declared = seconds(stream.duration, stream.time_base) +
               std::max(0.0, seconds(stream.start_time, stream.time_base));
  } else if (context.duration_estimation_method == AVFMT_DURATION_FROM_STREAM && context.duration > 0) {
    // A whole container's duration is that of its longest stream.
    declared = static_cast<double>(context.duration) / AV_TIME_BASE;
    for (std::size_t i = 0; i < counts.size(); ++i) {
      end = std::max(end, seconds(counts[i].end_pts, context.streams[i]->time_base));
    }
  }
  if (!(declared <= kMaxDuration) || declared - end < std::max(kCutOffSlack, 2 * last.duration)) return "";
  const double span = last.pts - track.times.front().pts;
  const std::string missing =
      span > 0 ? fmt::format("; about {:.0f} are missing",
                             (declared - end) * static_cast<double>(track.times.size() - 1) / span)
               : "";
  return fmt::format(
      "the file is cut off or damaged: it declares {:.2f} s, but its pictures end at {:.2f} s{}", declared,
      end, missing);
}

/// Times that a damaged header has stretched: the pictures would last far longer than the sound.
std::string stretched_warning(const std::vector<StreamCount>& counts, const AVFormatContext& context,
                              const VideoTrack& track) {
  double sound = 0;
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (context.streams[i]->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) continue;
    sound = std::max(sound, seconds(counts[i].end_pts, context.streams[i]->time_base));
  }
  const double end = track.times.back().pts + track.times.back().duration;
  if (sound <= 0 || end < kStretched * sound + kStretchedSlack) return "";
  return fmt::format(
      "its pictures would end at {:.2f} s, its sound ends at {:.2f} s: their times are damaged", end, sound);
}

}  // namespace

ScannedFile scan_file(const std::string& path, const VideoReaderOptions& options) {
  Demuxer demuxer(path);
  const int stream = choose_stream(demuxer, demuxer.context(), options.stream);
  if (stream < 0) refuse_without_video(demuxer, demuxer.context());
  Scan scan = scan_packets(demuxer, stream);
  if (scan.table.packets.empty()) {
    // A damaged header may speak of a larger picture than there is.
    const int other = options.stream < 0 ? largest_video_stream(demuxer.context(), scan.streams) : -1;
    if (other >= 0) return scan_file(path, {other, options.num_threads, options.check});
    throw Error::input("{}: video stream {} has no packets{}", path, stream,
                       other_streams(scan, demuxer.context()));
  }
  MediaInfo info = describe(demuxer, scan.streams);
  add_edit_lists(info, demuxer);
  const std::int64_t bytes = scan.streams[static_cast<std::size_t>(stream)].bytes;
  const auto track = make_track(demuxer, stream, scan);
  const int threads = options.num_threads > 0 ? options.num_threads : av_cpu_count();
  index_frames(track, options.check, threads);
  if (track->demux_errors > 0) {
    info.warnings.push_back(
        fmt::format("the container is damaged: {} places cannot be read", track->demux_errors));
  }
  if (std::string cut_off = cut_off_warning(demuxer.context(), scan.streams, *track); !cut_off.empty()) {
    info.warnings.push_back(std::move(cut_off));
  }
  if (std::string stretched = stretched_warning(scan.streams, demuxer.context(), *track);
      !stretched.empty()) {
    info.warnings.push_back(std::move(stretched));
  }
  info.warnings.insert(info.warnings.end(), track->warnings.begin(), track->warnings.end());
  for (VideoStreamInfo& video : info.video) {
    if (video.index == stream) finish_info(video, *track, bytes);
  }
  return {std::move(info), track};
}

}  // namespace zoetrope::media
