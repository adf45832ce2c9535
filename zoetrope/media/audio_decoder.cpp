#include "zoetrope/media/audio_decoder.h"

#include <cmath>
#include <limits>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/media/audio_reader.h"
#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

// A sample at its format's full scale.
template <typename T>
float unit(T value) {
  if constexpr (std::is_same_v<T, std::uint8_t>) {
    return (static_cast<float>(value) - 128) / 128;
  } else if constexpr (std::is_integral_v<T>) {
    return static_cast<float>(static_cast<double>(value) /
                              -static_cast<double>(std::numeric_limits<T>::min()));
  } else {
    return static_cast<float>(value);
  }
}

template <typename T>
std::vector<float> mean_of_channels(const AVFrame& frame, bool planar) {
  const int channels = frame.ch_layout.nb_channels;
  std::vector<float> mean(static_cast<std::size_t>(frame.nb_samples));
  for (int c = 0; c < channels; ++c) {
    const T* samples = reinterpret_cast<const T*>(frame.extended_data[planar ? c : 0]) + (planar ? 0 : c);
    const int step = planar ? 1 : channels;
    for (std::size_t i = 0; i < mean.size(); ++i)
      mean[i] += unit(samples[i * static_cast<std::size_t>(step)]);
  }
  for (float& sample : mean) {
    sample /= static_cast<float>(channels);
    if (!std::isfinite(sample)) sample = 0;
  }
  return mean;
}

std::vector<float> mono(const AVFrame& frame) {
  const auto format = static_cast<AVSampleFormat>(frame.format);
  const bool planar = av_sample_fmt_is_planar(format) == 1;
  switch (av_get_packed_sample_fmt(format)) {
    case AV_SAMPLE_FMT_U8:
      return mean_of_channels<std::uint8_t>(frame, planar);
    case AV_SAMPLE_FMT_S16:
      return mean_of_channels<std::int16_t>(frame, planar);
    case AV_SAMPLE_FMT_S32:
      return mean_of_channels<std::int32_t>(frame, planar);
    case AV_SAMPLE_FMT_S64:
      return mean_of_channels<std::int64_t>(frame, planar);
    case AV_SAMPLE_FMT_FLT:
      return mean_of_channels<float>(frame, planar);
    case AV_SAMPLE_FMT_DBL:
      return mean_of_channels<double>(frame, planar);
    default:
      return {};
  }
}

int find_stream(Demuxer& demuxer, int stream) {
  const AVFormatContext& context = demuxer.context();
  if (stream < 0) {
    const int best = av_find_best_stream(&demuxer.context(), AVMEDIA_TYPE_AUDIO, -1, -1, nullptr, 0);
    if (best < 0) throw Error::input("{}: it has no sound", demuxer.path());
    return best;
  }
  if (stream >= static_cast<int>(context.nb_streams) ||
      context.streams[stream]->codecpar->codec_type != AVMEDIA_TYPE_AUDIO) {
    throw Error::usage("{}: stream {} is no sound; 'zoetrope info' lists the streams", demuxer.path(),
                       stream);
  }
  return stream;
}

}  // namespace

AudioDecoder::AudioDecoder(const std::string& path, int stream)
    : demuxer_(path), packet_(make_packet()), frame_(make_frame()) {
  stream_ = demuxer_.context().streams[find_stream(demuxer_, stream)];
  // An MP3 file's own clock begins with what the encoder put before the sound (its LAME tag) and FFmpeg
  // leaves out.
  const bool mp3 = std::string_view(demuxer_.context().iformat->name) == "mp3";
  if (mp3 && stream_->start_time != AV_NOPTS_VALUE) clock_start_ = stream_->start_time;
  demuxer_.select(stream_->index);
  open_codec();
  held_ = decode();
  if (!held_) {
    throw Error::input("{}: of its {} packets of sound, none can be decoded{}", path, packets_,
                       packets_ > 0 ? "; the file is damaged" : "");
  }
}

void AudioDecoder::open_codec() {
  const AVCodecParameters& parameters = *stream_->codecpar;
  const AVCodec* decoder = avcodec_find_decoder(parameters.codec_id);
  if (!decoder) {
    throw Error::input("{}: this FFmpeg cannot decode its sound ({})", demuxer_.path(),
                       avcodec_get_name(parameters.codec_id));
  }
  codec_.reset(avcodec_alloc_context3(decoder));
  if (!codec_) throw std::bad_alloc();
  codec_->thread_count = 1;
  int opened = avcodec_parameters_to_context(codec_.get(), &parameters);
  codec_->pkt_timebase = stream_->time_base;  // by which the decoder moves the times of frames that it cuts
  if (opened >= 0) opened = avcodec_open2(codec_.get(), decoder, nullptr);
  if (opened < 0) {
    throw Error::input("{}: its sound cannot be decoded: {}", demuxer_.path(), ffmpeg_error(opened));
  }
}

// Gives the codec a packet, or the end; false where there is nothing left to give.
bool AudioDecoder::send() {
  if (draining_) return false;
  if (!demuxer_.read(*packet_)) {
    draining_ = true;
    avcodec_send_packet(codec_.get(), nullptr);
    return true;
  }
  ++packets_;
  errors_in_row_ = 0;
  const int sent = avcodec_send_packet(codec_.get(), packet_.get());
  if (sent < 0 && sent != AVERROR(EAGAIN)) ++lost_;
  return true;
}

// The next frame of samples into frame_; false at the end.
bool AudioDecoder::receive() {
  while (errors_in_row_ < kMaxErrorsInRow) {
    const int received = avcodec_receive_frame(codec_.get(), frame_.get());
    if (received >= 0) {
      errors_in_row_ = 0;
      return true;
    }
    if (received == AVERROR_EOF) return false;
    if (received == AVERROR(EAGAIN)) {
      if (!send()) return false;
      continue;
    }
    ++lost_;
    ++errors_in_row_;
  }
  return false;
}

AudioBlock AudioDecoder::block_of_frame() const {
  AudioBlock block{.samples = mono(*frame_), .position = std::nullopt};
  const std::int64_t pts = frame_->best_effort_timestamp == AV_NOPTS_VALUE
                               ? AV_NOPTS_VALUE
                               : frame_->best_effort_timestamp - clock_start_;
  const double seconds = static_cast<double>(pts) * av_q2d(stream_->time_base);
  if (pts != AV_NOPTS_VALUE && std::abs(seconds) <= kMaxDuration) {
    block.position = av_rescale_q(pts, stream_->time_base, {1, rate_});
  }
  return block;
}

// The next block as the codec gives it. A frame of another rate than the first, or of a format that is none,
// is lost.
std::optional<AudioBlock> AudioDecoder::decode() {
  while (receive()) {
    if (rate_ == 0 && frame_->sample_rate > 0 && frame_->sample_rate <= kMaxSampleRate)
      rate_ = frame_->sample_rate;
    AudioBlock block;
    if (frame_->sample_rate == rate_ && frame_->ch_layout.nb_channels > 0) block = block_of_frame();
    if (block.samples.empty()) {
      ++lost_;
      continue;
    }
    // Only a time base as fine as the samples can say where the last one is.
    const bool fine = av_cmp_q(stream_->time_base, {1, rate_}) <= 0;
    held_duration_ = fine ? av_rescale_q(duration_of(*frame_), stream_->time_base, {1, rate_}) : 0;
    return block;
  }
  return std::nullopt;
}

std::optional<AudioBlock> AudioDecoder::next() {
  if (!held_) return std::nullopt;
  AudioBlock block = std::move(*held_);
  const std::int64_t duration = held_duration_;
  held_ = decode();
  const bool padded = duration > 0 && duration < static_cast<std::int64_t>(block.samples.size());
  if (!held_ && padded) block.samples.resize(static_cast<std::size_t>(duration));
  return block;
}

}  // namespace zoetrope::media
