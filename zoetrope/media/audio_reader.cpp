#include "zoetrope/media/audio_reader.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <new>
#include <span>

#include "zoetrope/core/error.h"
#include "zoetrope/media/audio_decoder.h"

namespace zoetrope::media {
namespace {

constexpr std::int64_t kSilencePiece = 1 << 16;
// A time stamp that goes back further than this many seconds begins a new count instead of dropping samples.
constexpr double kMaxOverlap = 1;
// Times are doubles of exact fractions: what is nearer than this share of a sample is the same.
constexpr double kTie = 1e-6;

// Mono floats from one rate to another.
class Resampler {
 public:
  Resampler(int source_rate, int target_rate) : source_(source_rate), target_(target_rate) {
    if (source_ == target_) return;
    SwrContext* context = nullptr;
    AVChannelLayout mono = AV_CHANNEL_LAYOUT_MONO;
    const int set = swr_alloc_set_opts2(&context, &mono, AV_SAMPLE_FMT_FLT, target_, &mono, AV_SAMPLE_FMT_FLT,
                                        source_, 0, nullptr);
    swr_.reset(context);
    if (set < 0 || swr_init(swr_.get()) < 0)
      throw Error::failed("{} Hz cannot be resampled to {} Hz", source_, target_);
  }

  /// Appends to `out` what these samples give.
  void feed(std::span<const float> samples, std::vector<float>& out) {
    fed_ += static_cast<std::int64_t>(samples.size());
    if (swr_) {
      convert(samples.data(), static_cast<int>(samples.size()), out);
    } else {
      out.insert(out.end(), samples.begin(), samples.end());
      given_ = fed_;
    }
  }

  /// Appends the rest, so that N samples have become ceil(N target / source).
  void flush(std::vector<float>& out) {
    if (!swr_) return;
    convert(nullptr, 0, out);
    const std::int64_t whole = av_rescale_rnd(fed_, target_, source_, AV_ROUND_UP);
    const auto size = static_cast<std::int64_t>(out.size()) + whole - given_;
    out.resize(static_cast<std::size_t>(std::max<std::int64_t>(size, 0)));
  }

 private:
  void convert(const float* samples, int count, std::vector<float>& out) {
    const int room = swr_get_out_samples(swr_.get(), count);
    if (room < 0) throw std::bad_alloc();
    const std::size_t before = out.size();
    out.resize(before + static_cast<std::size_t>(room));
    const auto* source = reinterpret_cast<const std::uint8_t*>(samples);
    auto* target = reinterpret_cast<std::uint8_t*>(out.data() + before);
    const int converted = swr_convert(swr_.get(), &target, room, samples ? &source : nullptr, count);
    if (converted < 0) throw Error::failed("sound cannot be resampled: {}", ffmpeg_error(converted));
    out.resize(before + static_cast<std::size_t>(converted));
    given_ += converted;
  }

  int source_, target_;
  FFmpegPtr<SwrContext> swr_;
  std::int64_t fed_ = 0, given_ = 0;
};

const AudioOptions& checked(const std::string& path, const AudioOptions& options) {
  if (options.sample_rate < 0 || options.sample_rate > kMaxSampleRate) {
    throw Error::usage("{}: sound cannot have {} Hz; it has up to {}", path, options.sample_rate,
                       kMaxSampleRate);
  }
  if (!(options.start < options.end)) {
    throw Error::usage("{}: sound from {} s to {} s is none", path, options.start, options.end);
  }
  return options;
}

// The number of samples at times before `seconds`, within what 63 bits hold.
std::int64_t samples_before(double seconds, double origin, int rate) {
  const double count = std::ceil((seconds - origin) * rate - kTie);
  return static_cast<std::int64_t>(std::clamp(count, 0.0, 9e18));
}

}  // namespace

struct AudioReader::Impl {
  Impl(const std::string& file, const AudioOptions& options)
      : path(file),
        decoder(path, checked(path, options).stream),
        rate(options.sample_rate > 0 ? options.sample_rate : decoder.sample_rate()),
        resampler(decoder.sample_rate(), rate),
        block(decoder.next()),
        origin(block->position.value_or(0)),
        expected(origin),
        first(samples_before(options.start, origin_seconds(), rate)),
        last(samples_before(options.end, origin_seconds(), rate)) {}

  [[nodiscard]] double origin_seconds() const {
    return static_cast<double>(origin) / static_cast<double>(decoder.sample_rate());
  }
  [[nodiscard]] double time_of(std::int64_t index) const {
    return origin_seconds() + static_cast<double>(index) / static_cast<double>(rate);
  }
  [[nodiscard]] bool advance();
  void place();
  void feed(std::span<const float> samples);
  void crop();
  [[nodiscard]] std::optional<Waveform> next(std::int64_t max_samples);

  std::string path;
  AudioDecoder decoder;
  int rate;
  Resampler resampler;
  std::optional<AudioBlock> block;  // to be placed next
  std::int64_t origin;              // of the waveform: samples of the source since time 0
  std::int64_t expected;            // where the next block should begin, as `origin`
  std::int64_t shift = 0;           // what the time stamps are off by since one was not believed
  std::int64_t silence = 0;         // source samples yet to be put before the block
  std::int64_t all_silence = 0;
  std::int64_t jumps = 0;  // time stamps that were not believed
  bool ended = false;
  std::vector<float> ready;  // samples of the waveform; the first has the number ready_index
  std::int64_t ready_index = 0;
  std::int64_t first, last;  // numbers of the samples that were asked for: [first, last)
};

// Compares the block's time with the count of samples before it: a gap becomes silence, an overlap is cut.
void AudioReader::Impl::place() {
  const auto source_rate = static_cast<double>(decoder.sample_rate());
  if (!block->position) return;
  const std::int64_t position = *block->position + shift;
  block->position.reset();
  const std::int64_t miss = position - expected;
  const double seconds = static_cast<double>(miss) / source_rate;
  if (std::abs(seconds) <= kAudioJitter) return;
  const bool too_long = static_cast<double>(all_silence + miss) > kMaxSilence * source_rate;
  if (seconds < -kMaxOverlap || too_long) {
    shift -= miss;
    ++jumps;
  } else if (miss > 0) {
    silence = miss;
    all_silence += miss;
  } else {
    const auto cut = std::min<std::int64_t>(-miss, static_cast<std::int64_t>(block->samples.size()));
    block->samples.erase(block->samples.begin(), block->samples.begin() + cut);
  }
}

void AudioReader::Impl::feed(std::span<const float> samples) {
  expected += static_cast<std::int64_t>(samples.size());
  resampler.feed(samples, ready);
}

// Drops what lies before `first` and after `last`.
void AudioReader::Impl::crop() {
  const auto size = static_cast<std::int64_t>(ready.size());
  const std::int64_t early = std::clamp<std::int64_t>(first - ready_index, 0, size);
  ready.erase(ready.begin(), ready.begin() + early);
  ready_index += early;
  const std::int64_t wanted = std::max<std::int64_t>(last - ready_index, 0);
  if (static_cast<std::int64_t>(ready.size()) < wanted) return;
  ready.resize(static_cast<std::size_t>(wanted));
  ended = true;
}

// Makes some more of the waveform; false at its end.
bool AudioReader::Impl::advance() {
  if (ended) return false;
  if (!block) {
    resampler.flush(ready);
    ended = true;
  } else {
    place();
    if (silence > 0) {
      const std::vector<float> zeros(static_cast<std::size_t>(std::min(silence, kSilencePiece)));
      silence -= static_cast<std::int64_t>(zeros.size());
      feed(zeros);
    } else {
      feed(block->samples);
      block = decoder.next();
    }
  }
  crop();
  return true;
}

std::optional<Waveform> AudioReader::Impl::next(std::int64_t max_samples) {
  if (max_samples < 1 || max_samples > kMaxWaveformSamples) {
    throw Error::usage("{}: {} samples at a time cannot be given", path, max_samples);
  }
  while (static_cast<std::int64_t>(ready.size()) < max_samples && advance()) {
  }
  const auto count = std::min<std::int64_t>(max_samples, static_cast<std::int64_t>(ready.size()));
  if (count == 0) return std::nullopt;
  Waveform part{.samples = torch::empty({count}),
                .start_time = time_of(ready_index),
                .sample_rate = rate,
                .warnings = {}};
  std::copy_n(ready.begin(), count, part.samples.data_ptr<float>());
  ready.erase(ready.begin(), ready.begin() + count);
  ready_index += count;
  return part;
}

AudioReader::AudioReader(const std::string& path, const AudioOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {}
AudioReader::AudioReader(AudioReader&&) noexcept = default;
AudioReader& AudioReader::operator=(AudioReader&&) noexcept = default;
AudioReader::~AudioReader() = default;

int AudioReader::stream_index() const noexcept {
  return impl_->decoder.stream_index();
}
int AudioReader::sample_rate() const noexcept {
  return impl_->rate;
}
int AudioReader::source_sample_rate() const noexcept {
  return impl_->decoder.sample_rate();
}
double AudioReader::start_time() const noexcept {
  return impl_->time_of(std::max(impl_->first, impl_->ready_index));
}
std::optional<Waveform> AudioReader::next(std::int64_t max_samples) {
  return impl_->next(max_samples);
}
std::int64_t AudioReader::lost_packets() const noexcept {
  return impl_->decoder.lost_packets();
}

std::vector<std::string> AudioReader::warnings() const {
  std::vector<std::string> lines;
  if (const std::int64_t lost = lost_packets(); lost > 0) {
    lines.push_back(
        fmt::format("{}: {} packets of sound cannot be decoded and are silent", impl_->path, lost));
  }
  if (const int errors = impl_->decoder.demux_errors(); errors > 0) {
    lines.push_back(
        fmt::format("{}: {} errors while reading its sound; some may be missing", impl_->path, errors));
  }
  if (impl_->jumps > 0) {
    lines.push_back(fmt::format("{}: {} time stamps of its sound are damaged and were counted on",
                                impl_->path, impl_->jumps));
  }
  return lines;
}

Waveform read_audio(const std::string& path, const AudioOptions& options) {
  AudioReader reader(path, options);
  Waveform whole{
      .samples = {}, .start_time = reader.start_time(), .sample_rate = reader.sample_rate(), .warnings = {}};
  std::vector<torch::Tensor> parts = {torch::empty({0})};
  std::int64_t count = 0;
  while (std::optional<Waveform> part = reader.next()) {
    count += part->samples.numel();
    if (count > kMaxWaveformSamples) {
      throw Error::usage("{}: more than {} samples of sound; read it in parts with AudioReader", path,
                         kMaxWaveformSamples);
    }
    parts.push_back(std::move(part->samples));
  }
  whole.samples = torch::cat(parts);
  whole.warnings = reader.warnings();
  return whole;
}

}  // namespace zoetrope::media
