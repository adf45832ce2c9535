#include "zoetrope/inference/excerpts.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/media/audio_reader.h"
#include "zoetrope/media/video_writer.h"

namespace zoetrope::inference {
namespace {

/// AAC takes it, and players play it.
constexpr int kSampleRate = 48000;

/// The frames that begin in a span: [first, last).
struct FrameRange {
  std::int64_t first = 0;
  std::int64_t last = 0;
};

FrameRange frames_within(const std::vector<media::FrameTime>& times, const Span& span) {
  const auto starts_before = [](const media::FrameTime& time, double seconds) { return time.pts < seconds; };
  const auto first = std::lower_bound(times.begin(), times.end(), span.start, starts_before);
  const auto last = std::lower_bound(first, times.end(), span.end, starts_before);
  return {first - times.begin(), last - times.begin()};
}

/// The sound of a span in step with its pictures: silence where the video has none.
class SpanSound {
 public:
  SpanSound(const std::string& path, double start, double end)
      : reader_(path, {.sample_rate = kSampleRate, .start = start, .end = end}),
        silence_(std::max<std::int64_t>(std::llround((reader_.start_time() - start) * kSampleRate), 0)) {}

  /// The next samples.
  torch::Tensor take(std::int64_t count) {
    torch::Tensor samples = torch::zeros({count});
    std::int64_t taken = std::min(silence_, count);
    silence_ -= taken;
    while (taken < count) {
      const std::optional<media::Waveform> part = reader_.next(count - taken);
      if (!part) break;
      samples.narrow(0, taken, part->samples.size(0)).copy_(part->samples);
      taken += part->samples.size(0);
    }
    return samples;
  }

 private:
  media::AudioReader reader_;
  std::int64_t silence_;  ///< samples before the first
};

/// Writes one span after what `writer` has; `offset` is where it begins in the new video. Opens the writer at
/// the first frame, which tells the size.
class ExcerptWriter {
 public:
  ExcerptWriter(media::VideoReader& reader, const std::filesystem::path& path, const ExcerptOptions& options)
      : reader_(reader), path_(path), options_(options) {
    const media::VideoStreamInfo& video = reader.stream_info();
    const std::int64_t side = std::min(video.width, video.height);
    short_side_ = options.short_side > 0 && options.short_side < side ? options.short_side : 0;
    sound_ = options.sound && reader.info().best_audio_stream >= 0;
  }

  void add(const Span& span) {
    const FrameRange range = frames_within(reader_.frame_times(), span);
    if (range.first == range.last) return;
    const double start = reader_.frame_times()[static_cast<std::size_t>(range.first)].pts;
    media::FrameStream stream =
        reader_.stream({.first = range.first, .last = range.last, .short_side = short_side_});
    std::optional<SpanSound> sound;
    if (sound_) sound.emplace(reader_.info().path, start, span.end);
    double end = start;
    while (std::optional<media::Frame> frame = stream.next()) {
      throw_if_interrupted();
      open(frame->rgb);
      writer_->write(frame->rgb, {offset_ + frame->pts - start});
      end = frame->pts + frame->duration;
      if (sound) write_sound(*sound, offset_ + end - start);
    }
    offset_ += end - start;
  }

  void finish() {
    if (!writer_) throw Error::usage("{}: no frame lies in the spans to be written", path_.string());
    writer_->finish();
  }

 private:
  /// Sound up to a time of the new video: along with the frames, so that neither waits for the other.
  void write_sound(SpanSound& sound, double until) {
    const std::int64_t count = std::llround(until * kSampleRate) - num_samples_;
    if (count <= 0) return;
    writer_->write_audio(sound.take(count));
    num_samples_ += count;
  }

  void open(const torch::Tensor& frame) {
    if (writer_) return;
    writer_.emplace(path_.string(),
                    media::VideoWriterOptions{.width = frame.size(1),
                                              .height = frame.size(0),
                                              .fps = std::clamp(reader_.stream_info().fps, 1.0, 240.0),
                                              .frame_times = true,
                                              .audio_sample_rate = sound_ ? kSampleRate : 0});
  }

  media::VideoReader& reader_;
  std::filesystem::path path_;
  ExcerptOptions options_;
  std::int64_t short_side_ = 0;
  bool sound_ = false;
  std::optional<media::VideoWriter> writer_;
  double offset_ = 0;             ///< seconds that are written
  std::int64_t num_samples_ = 0;  ///< that are written
};

}  // namespace

void write_excerpts(media::VideoReader& reader, const std::vector<Span>& spans,
                    const std::filesystem::path& path, const ExcerptOptions& options) {
  ExcerptWriter writer(reader, path, options);
  for (const Span& span : spans) writer.add(span);
  writer.finish();
}

}  // namespace zoetrope::inference
