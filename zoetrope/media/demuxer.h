#pragma once
// A container, read packet by packet. The header of demuxer.cpp says how a file is kept from naming other
// files.

#include <string>

#include "zoetrope/media/ffmpeg.h"
#include "zoetrope/media/file_source.h"

namespace zoetrope::media {

class Demuxer {
 public:
  /// How much is read when a file is opened.
  enum class Opening {
    kProbe,  ///< the header and as many packets as tell what the streams hold, as ffprobe does
    kHeader  ///< the header alone: enough for containers that describe their streams there, once they are known
  };

  /// Throws Error (kInput).
  explicit Demuxer(const std::string& path, Opening opening = Opening::kProbe);

  /// True for containers whose packets are the same after either opening (MP4, Matroska).
  [[nodiscard]] bool header_suffices() const;

  [[nodiscard]] AVFormatContext& context() noexcept { return *context_; }
  [[nodiscard]] const FileSource& file() const noexcept { return source_; }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

  /// Reads packets of this stream only.
  void select(int stream);

  /// The next packet, or false at the end. Errors are counted, and the demuxer is asked again until
  /// kMaxErrorsInRow.
  [[nodiscard]] bool read(AVPacket& packet);
  [[nodiscard]] int errors() const noexcept { return errors_; }

  /// Asks the demuxer to go to, or before, a time in the stream's ticks, or a byte. Where it lands is for the
  /// caller to find out by the packets that follow. False where it cannot.
  [[nodiscard]] bool seek_time(int stream, std::int64_t ticks);
  [[nodiscard]] bool seek_byte(std::int64_t position);

 private:
  std::string path_;
  FileSource source_;
  FFmpegPtr<AVFormatContext> context_;
  int selected_ = -1;
  int errors_ = 0;
};

}  // namespace zoetrope::media
