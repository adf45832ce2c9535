#pragma once
// The sound of a file as one mono waveform at a chosen rate, on the clock of its pictures.
//
//   media::Waveform sound = media::read_audio("match.mp4", {.sample_rate = 16'000});  // sound.samples: float32 [N]
//   media::AudioReader reader("day.mkv", {.sample_rate = 16'000});                    // any length, bounded memory
//   while (std::optional<media::Waveform> part = reader.next()) use(part->samples, part->start_time);
//
// Time: sample i is at start_time + i / sample_rate seconds, on the clock of VideoReader's frames. What
// containers and codecs say of an encoder's delay and padding is applied (MP4 edit lists, Opus pre-skip, LAME
// tags, the last packet's duration): the waveform holds the sound that went into the encoder. Where time
// stamps leave a gap, silence stands in it; where they overlap, the later samples of the two are dropped;
// deviations up to kAudioJitter are taken as rounding.
//
// Values: the mean of all channels, each in [-1, 1] at its format's full scale (floats may go beyond); what
// is no finite number is 0. Rates are converted by libswresample, band-limited and without delay: N samples
// become ceil(N sample_rate / source_rate).
//
// Damage: a packet that cannot be decoded is counted and becomes silence. A file without sound, or none of
// whose packets can be decoded, throws Error (kInput).

#include <torch/torch.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace zoetrope::media {

inline constexpr int kMaxSampleRate = 768'000;
/// Seconds by which a time stamp may miss the samples' own count before it is believed: half a video frame at
/// 25/s.
inline constexpr double kAudioJitter = 0.02;
/// Seconds of silence that all gaps of a file may ask for together; time stamps beyond are taken as damaged.
inline constexpr double kMaxSilence = 6 * 3600;
/// Samples that `read_audio` returns at most (4 GiB): six hours at 48 kHz.
inline constexpr std::int64_t kMaxWaveformSamples = std::int64_t{1} << 30;

struct AudioOptions {
  int stream = -1;      ///< index in the container; -1 takes the best, as FFmpeg chooses
  int sample_rate = 0;  ///< hertz, up to kMaxSampleRate; 0: the stream's own
  /// Only samples at times in [start, end): exactly those that reading the whole gives there. The file is
  /// decoded from its beginning up to `end`.
  double start = -std::numeric_limits<double>::infinity();
  double end = std::numeric_limits<double>::infinity();
};

struct Waveform {
  torch::Tensor samples;              ///< float32 [N]
  double start_time = 0;              ///< seconds: when sample 0 is heard
  int sample_rate = 0;                ///< hertz
  std::vector<std::string> warnings;  ///< of read_audio: one line each, what is damaged and how much
};

class AudioReader {
 public:
  /// Opens the file and decodes up to the first sample. Throws Error: kInput if there is no sound, kUsage for
  /// options that are none.
  explicit AudioReader(const std::string& path, const AudioOptions& options = {});
  AudioReader(AudioReader&&) noexcept;
  AudioReader& operator=(AudioReader&&) noexcept;
  ~AudioReader();

  [[nodiscard]] int stream_index() const noexcept;
  [[nodiscard]] int sample_rate() const noexcept;         ///< of the waveform
  [[nodiscard]] int source_sample_rate() const noexcept;  ///< of the stream
  /// Seconds: when the first sample that `next` gives is heard.
  [[nodiscard]] double start_time() const noexcept;

  /// The next `max_samples` samples, fewer only at the end, after which it gives nullopt.
  [[nodiscard]] std::optional<Waveform> next(std::int64_t max_samples = 1 << 16);

  /// Packets up to here that could not be decoded.
  [[nodiscard]] std::int64_t lost_packets() const noexcept;
  /// What is damaged up to here, one line each.
  [[nodiscard]] std::vector<std::string> warnings() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// The whole waveform, or [start, end) of it; empty where that span holds none. Throws Error as AudioReader
/// does, and kUsage beyond kMaxWaveformSamples.
[[nodiscard]] Waveform read_audio(const std::string& path, const AudioOptions& options = {});

}  // namespace zoetrope::media
