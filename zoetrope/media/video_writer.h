#pragma once
// Writes frames, and sound if there is any, as an MP4 that browsers and players open.
//
//   media::VideoWriter writer("cut.mp4", {.width = 640, .height = 360, .fps = 30, .audio_sample_rate = 48000});
//   writer.write(frames);         // uint8 [T, H, W, 3] or [H, W, 3], RGB
//   writer.write_audio(samples);  // float32 [N], or [2, N] with .audio_channels = 2
//   writer.finish();              // now cut.mp4 exists
//
// The file appears under its name only when `finish` has succeeded; a writer that is destroyed before leaves
// what stood there (core/atomic_file.h). Its index stands before its frames, so that it plays while it loads.
//
// Pictures are stored as 4:2:0 YUV of 8 bits in limited range: BT.709 from 720 lines on, BT.601 (SMPTE 170M)
// below, which is what players assume of untagged files, and tagged so. An odd width or height is padded to
// the next even one by repeating the last column or row, since 4:2:0 knows no other; `coded_width` and
// `coded_height` tell.

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace zoetrope::media {

enum class VideoCodec {
  kH264,  ///< by libx264
  kMpeg4  ///< MPEG-4 part 2, by FFmpeg itself: always there, larger files
};

struct VideoWriterOptions {
  std::int64_t width = 0;  ///< pixels of the frames that will be written
  std::int64_t height = 0;
  double fps = 25;           ///< frames a second; rates as 30000/1001 are met exactly
  bool frame_times = false;  ///< each frame comes with its own time: a variable frame rate
  VideoCodec codec = VideoCodec::kH264;
  int crf = 20;                   ///< H.264: 0 (lossless) to 51; the encoder's own default is 23
  int qscale = 3;                 ///< MPEG-4: 1 (best) to 31
  std::int64_t bit_rate = 0;      ///< bits a second in place of crf or qscale; 0: those hold
  std::string preset = "medium";  ///< H.264: ultrafast to veryslow
  int gop = 0;                    ///< frames from a key frame to the next at most; 0: two seconds
  int audio_sample_rate = 0;      ///< hertz; 0: no sound
  int audio_channels = 1;         ///< 1 or 2
  std::int64_t audio_bit_rate = 128'000;
  int num_threads = 0;  ///< encoding threads; 0: all cores
};

class VideoWriter {
 public:
  /// Throws Error: kUsage for options that no file can have, kFailed if the folder cannot be written or this
  /// FFmpeg lacks the encoder (and names the other).
  VideoWriter(const std::string& path, const VideoWriterOptions& options);
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;
  ~VideoWriter();

  /// uint8 [H, W, 3] or [T, H, W, 3] on any device. Frame k is shown from k / fps on. Throws Error: kUsage
  /// for another shape or dtype, or a writer with frame_times; kFailed when encoding or the disk fails.
  void write(const torch::Tensor& frames);
  /// Needs frame_times. The seconds, one a frame, ascend, are not negative, and lie at least 1/60000 apart;
  /// how long the last one stays is the player's choice.
  void write(const torch::Tensor& frames, const std::vector<double>& seconds);

  /// float32 [N], or [channels, N], in -1 to 1: sample i of all that are written plays at i /
  /// audio_sample_rate. Best written along with the frames: what lies more than about ten seconds ahead of
  /// the other stream is stored out of order. Throws Error: kUsage for another shape or dtype, samples that
  /// are no numbers, or no audio_sample_rate.
  void write_audio(const torch::Tensor& samples);

  /// Writes what is still held back and gives the file its name. Throws Error: kUsage without a frame, or
  /// called twice; kFailed when the disk does, or when an earlier write has failed.
  void finish();

  [[nodiscard]] std::int64_t num_frames() const noexcept;
  [[nodiscard]] std::int64_t coded_width() const noexcept;
  [[nodiscard]] std::int64_t coded_height() const noexcept;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace zoetrope::media
