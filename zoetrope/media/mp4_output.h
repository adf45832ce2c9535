#pragma once
// An MP4 file in the making: encoders in, one interleaved file out.

#include <string>

#include "zoetrope/core/atomic_file.h"
#include "zoetrope/media/ffmpeg.h"

namespace zoetrope::media {

class Mp4Output {
 public:
  explicit Mp4Output(const std::string& path);
  Mp4Output(const Mp4Output&) = delete;
  Mp4Output& operator=(const Mp4Output&) = delete;
  ~Mp4Output();

  /// An encoder of this file, its options yet to be set.
  [[nodiscard]] FFmpegPtr<AVCodecContext> make_encoder(const AVCodec& codec) const;

  /// Opens the encoder (`options` are its private ones, freed here) and adds its stream; gives the stream's
  /// index.
  int add_stream(AVCodecContext& encoder, AVDictionary* options);

  /// After all streams are added.
  void write_header();

  /// Encodes one frame, or with nullptr what the encoder still holds, and writes what comes out. Packets for
  /// which the encoder knows no duration last `duration` ticks of its time base.
  void encode(int stream, AVCodecContext& encoder, AVFrame* frame, std::int64_t duration = 0);

  /// Ends the file and gives it its name.
  void finish();

 private:
  [[nodiscard]] int finest_clock() const;  ///< ticks a second
  [[noreturn]] void fail(int code) const;

  AtomicFile file_;
  AVFormatContext* context_ = nullptr;
  FFmpegPtr<AVPacket> packet_;
};

}  // namespace zoetrope::media
