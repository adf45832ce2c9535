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

/// The frames on screen in a span: [first, last).
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

/// Writes one span after what `writer` has; `offset` is where it begins in the new video. Opens the writer at the first
/// frame, which tells the size.
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
    double end = start;
    while (std::optional<media::Frame> frame = stream.next()) {
      throw_if_interrupted();
      open(frame->rgb);
      writer_->write(frame->rgb, {offset_ + frame->pts - start});
      end = frame->pts + frame->duration;
    }
    if (sound_ && end > start) add_sound(start, end);
    offset_ += end - start;
  }

  void finish() {
    if (!writer_) throw Error::usage("{}: no frame lies in the spans to be written", path_.string());
    writer_->finish();
  }

 private:
  /// The sound of [start, end), and silence where the video has none: what follows stays in step.
  void add_sound(double start, double end) {
    const auto length =
        static_cast<std::int64_t>(std::llround((offset_ + end - start) * kSampleRate)) - num_samples_;
    const media::Waveform sound =
        media::read_audio(reader_.info().path, {.sample_rate = kSampleRate, .start = start, .end = end});
    torch::Tensor samples = torch::zeros({length});
    const auto skipped = static_cast<std::int64_t>(std::llround((sound.start_time - start) * kSampleRate));
    const std::int64_t taken = std::min(sound.samples.size(0), length - skipped);
    if (skipped >= 0 && taken > 0) samples.narrow(0, skipped, taken).copy_(sound.samples.narrow(0, 0, taken));
    writer_->write_audio(samples);
    num_samples_ += length;
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
