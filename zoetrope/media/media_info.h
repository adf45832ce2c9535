#pragma once
// What a container holds. Strings are FFmpeg's own names (codec "h264", pix_fmt "yuv420p", color_space
// "bt709"), empty where the file does not say. Counts and times come from scanning the packets, not from the
// header.

#include <cstdint>
#include <string>
#include <vector>

namespace zoetrope::media {

struct Rational {
  std::int64_t num = 0;
  std::int64_t den = 1;
  [[nodiscard]] double value() const noexcept {
    return den ? static_cast<double>(num) / static_cast<double>(den) : 0;
  }
};

/// One entry of an MP4 edit list.
struct Edit {
  double duration = 0;    ///< seconds of presentation
  double media_time = 0;  ///< seconds into the track's media where it starts; -1 is an empty edit
  double rate = 1;
};

struct VideoStreamInfo {
  int index = 0;  ///< in the container
  std::string codec, profile, pix_fmt;
  std::int64_t width = 0;  ///< pixels as stored
  std::int64_t height = 0;
  Rational sample_aspect_ratio{1, 1};
  int rotation = 0;  ///< degrees counter-clockwise that turn the stored picture upright, as ffprobe prints it
  std::string color_range, color_space, color_transfer, color_primaries, field_order;
  int bit_depth = 8;
  Rational r_frame_rate;         ///< the container's guess of the base rate
  Rational avg_frame_rate;       ///< the container's average
  double fps = 0;                ///< frames / duration, from the scan
  std::int64_t frames = 0;       ///< counted
  std::int64_t lost_frames = 0;  ///< packets that give no picture, as far as is known; see VideoReader
  double start_time = 0;         ///< seconds: pts of the first frame
  double duration = 0;           ///< seconds from the first frame to the end of the last
  std::int64_t bit_rate = 0;     ///< bits a second, from the scan
  bool variable_frame_rate = false;
  std::vector<std::int64_t> key_frames;  ///< indices
  std::vector<Edit> edit_list;           ///< MP4 and MOV; empty where there is none
};

struct AudioStreamInfo {
  int index = 0;
  std::string codec, profile, sample_fmt, channel_layout, language;
  int sample_rate = 0;  ///< hertz
  int channels = 0;
  double start_time = 0;  ///< seconds
  double duration = 0;    ///< seconds
};

struct OtherStreamInfo {
  int index = 0;
  std::string type, codec;  ///< "subtitle", "mov_text"
};

struct MediaInfo {
  std::string path, container;
  std::int64_t bytes = 0;
  double duration = 0;         ///< seconds, the container's
  int best_video_stream = -1;  ///< of the largest area; cover pictures do not count; -1: none
  int best_audio_stream = -1;
  std::vector<VideoStreamInfo> video;
  std::vector<AudioStreamInfo> audio;
  std::vector<OtherStreamInfo> other;
  std::vector<std::string> warnings;  ///< one line each: what is damaged, and how much
};

}  // namespace zoetrope::media
