#pragma once
// One stream of sound, decoded packet by packet to mono floats at the stream's own rate. Below AudioReader.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/media/demuxer.h"
#include "zoetrope/media/ffmpeg.h"

namespace zoetrope::media {

struct AudioBlock {
  std::vector<float> samples;  ///< the mean of the channels
  /// Of the first sample, in samples since time 0; absent: directly after the last.
  std::optional<std::int64_t> position;
};

class AudioDecoder {
 public:
  /// `stream` -1 takes the best. Decodes the first block. Throws Error (kInput, or kUsage for a stream
  /// without sound).
  AudioDecoder(const std::string& path, int stream);

  [[nodiscard]] int stream_index() const noexcept { return stream_->index; }
  [[nodiscard]] int sample_rate() const noexcept { return rate_; }
  [[nodiscard]] std::int64_t lost_packets() const noexcept { return lost_; }
  [[nodiscard]] int demux_errors() const noexcept { return demuxer_.errors(); }

  /// The next block, or nullopt at the end.
  [[nodiscard]] std::optional<AudioBlock> next();

 private:
  void open_codec();
  [[nodiscard]] bool receive();
  [[nodiscard]] bool send();
  [[nodiscard]] std::optional<AudioBlock> decode();
  [[nodiscard]] AudioBlock block_of_frame() const;

  Demuxer demuxer_;
  const AVStream* stream_ = nullptr;
  FFmpegPtr<AVCodecContext> codec_;
  FFmpegPtr<AVPacket> packet_;
  FFmpegPtr<AVFrame> frame_;
  int rate_ = 0;
  std::int64_t clock_start_ = 0;  ///< in the stream's time base: subtracted from its times
  bool draining_ = false;
  int errors_in_row_ = 0;
  std::int64_t packets_ = 0, lost_ = 0;
  std::optional<AudioBlock> held_;  ///< decoded already; the last one is cut to its packet's duration
  std::int64_t held_duration_ = 0;  ///< samples that the container gives it; 0: not said
};

}  // namespace zoetrope::media
