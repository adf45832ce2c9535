#include "zoetrope/media/video_writer.h"

#include <algorithm>
#include <cmath>
#include <new>

#include "zoetrope/core/error.h"
#include "zoetrope/media/mp4_output.h"

namespace zoetrope::media {
namespace {

constexpr int kTimesTicks = 60'000;  // a second, where frames bring their own times; MPEG-4 counts to 65,535
constexpr int kMaxFrameRateTerm = 1'001'000;
constexpr std::int64_t kMaxSide = 16'384;
constexpr double kMaxFps = 1'000;
constexpr double kMaxSeconds = 1e7;
constexpr double kGopSeconds = 2;
constexpr int kHdLines = 720;

std::int64_t even(std::int64_t size) {
  return size + size % 2;
}

void check_options(const std::string& path, const VideoWriterOptions& options) {
  const auto within = [&](const char* what, double value, double least, double most) {
    if (value >= least && value <= most) return;
    throw Error::usage("{}: a video cannot have {} {}; it is from {} to {}", path, what, value, least, most);
  };
  within("width", static_cast<double>(options.width), 1, kMaxSide);
  within("height", static_cast<double>(options.height), 1, kMaxSide);
  within("fps", options.fps, 1.0 / kMaxFps, kMaxFps);
  within("crf", options.crf, 0, 51);
  within("qscale", options.qscale, 1, 31);
  within("bit_rate", static_cast<double>(options.bit_rate), 0, 1e9);
  within("gop", options.gop, 0, 1e6);
  within("num_threads", options.num_threads, 0, 1024);
  if (options.audio_sample_rate != 0) {
    within("audio_channels", options.audio_channels, 1, 2);
    within("audio_bit_rate", static_cast<double>(options.audio_bit_rate), 8'000, 1e6);
  }
}

const AVCodec& find_encoder(const std::string& path, VideoCodec codec) {
  const bool h264 = codec == VideoCodec::kH264;
  const AVCodec* encoder = avcodec_find_encoder_by_name(h264 ? "libx264" : "mpeg4");
  if (!encoder) {
    throw Error::failed("{}: this FFmpeg cannot encode {}; choose the codec {} instead", path,
                        h264 ? "H.264 (it was built without libx264)" : "MPEG-4", h264 ? "mpeg4" : "h264");
  }
  return *encoder;
}

FFmpegPtr<AVFrame> make_picture(const AVCodecContext& encoder, AVPixelFormat format) {
  FFmpegPtr<AVFrame> picture = make_frame();
  picture->format = format;
  picture->width = encoder.width;
  picture->height = encoder.height;
  picture->color_range = encoder.color_range;
  picture->colorspace = encoder.colorspace;
  picture->color_primaries = encoder.color_primaries;
  picture->color_trc = encoder.color_trc;
  if (av_frame_get_buffer(picture.get(), 0) < 0) throw std::bad_alloc();
  return picture;
}

FFmpegPtr<SwsContext> make_converter(const AVCodecContext& encoder) {
  FFmpegPtr<SwsContext> converter(sws_getContext(
      encoder.width, encoder.height, AV_PIX_FMT_RGB24, encoder.width, encoder.height, encoder.pix_fmt,
      SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, nullptr, nullptr, nullptr));
  if (!converter) throw std::bad_alloc();
  const int* matrix =
      sws_getCoefficients(encoder.colorspace == AVCOL_SPC_BT709 ? SWS_CS_ITU709 : SWS_CS_SMPTE170M);
  sws_setColorspaceDetails(converter.get(), matrix, 1, matrix, 0, 0, 1 << 16, 1 << 16);
  return converter;
}

// Copies [H, W, 3] into a picture of the coded size, the last column and row repeated. A copy, because
// swscale reads some bytes beyond the end of a row.
void fill_picture(AVFrame& picture, const torch::Tensor& rgb) {
  const std::int64_t height = rgb.size(0), row_bytes = rgb.size(1) * 3;
  for (std::int64_t y = 0; y < picture.height; ++y) {
    const std::uint8_t* row = rgb.data_ptr<std::uint8_t>() + std::min(y, height - 1) * row_bytes;
    std::uint8_t* target = picture.data[0] + y * picture.linesize[0];
    std::copy_n(row, row_bytes, target);
    if (rgb.size(1) < picture.width) std::copy_n(row + row_bytes - 3, 3, target + row_bytes);
  }
}

}  // namespace

struct VideoWriter::Impl {
  Impl(const std::string& path, const VideoWriterOptions& video_options)
      : path(path), options(video_options), output((check_options(path, options), path)) {
    open_video();
    if (options.audio_sample_rate != 0) open_audio();
    output.write_header();
  }

  void open_video();
  void open_audio();
  void encode_picture(const torch::Tensor& rgb, std::int64_t pts);
  void encode_samples(std::int64_t count);
  void write(const torch::Tensor& frames, const std::vector<double>* seconds);
  void write_audio(const torch::Tensor& samples);
  void finish();
  void check_open() const;
  [[nodiscard]] std::int64_t ticks(const std::vector<double>* seconds, std::int64_t frame) const;

  std::string path;
  VideoWriterOptions options;
  Mp4Output output;
  int video_stream = -1, audio_stream = -1;
  FFmpegPtr<AVCodecContext> video, audio;
  FFmpegPtr<AVFrame> source, picture;  // RGB and YUV
  FFmpegPtr<SwsContext> converter;
  std::int64_t frames_written = 0;
  std::int64_t frame_ticks = 1;  // of 1 / fps seconds
  std::int64_t last_ticks = -1;
  torch::Tensor pending;  // float32 [channels, N]: samples that do not fill an audio frame yet
  std::int64_t samples_written = 0;
  bool failed = false;  // an encoder's state is unknown after its first failure
  bool finished = false;
};

void VideoWriter::Impl::open_video() {
  const AVCodec& codec = find_encoder(path, options.codec);
  video = output.make_encoder(codec);
  video->width = static_cast<int>(even(options.width));
  video->height = static_cast<int>(even(options.height));
  video->pix_fmt = AV_PIX_FMT_YUV420P;
  video->framerate = av_d2q(options.fps, kMaxFrameRateTerm);
  video->time_base = options.frame_times ? AVRational{1, kTimesTicks} : av_inv_q(video->framerate);
  frame_ticks = std::max<std::int64_t>(av_rescale_q(1, av_inv_q(video->framerate), video->time_base), 1);
  video->gop_size =
      options.gop > 0 ? options.gop : std::max(1, static_cast<int>(std::lround(kGopSeconds * options.fps)));
  video->thread_count = options.num_threads;
  // MP4 derives durations from decoding times; without B-frames those are the presentation times, however
  // irregular.
  if (options.frame_times) video->max_b_frames = 0;
  const bool hd = options.height >= kHdLines;
  video->color_range = AVCOL_RANGE_MPEG;
  video->colorspace = hd ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  video->color_primaries = hd ? AVCOL_PRI_BT709 : AVCOL_PRI_SMPTE170M;
  video->color_trc = hd ? AVCOL_TRC_BT709 : AVCOL_TRC_SMPTE170M;
  video->chroma_sample_location = AVCHROMA_LOC_LEFT;
  AVDictionary* encoder_options = nullptr;
  if (options.bit_rate > 0) video->bit_rate = options.bit_rate;
  if (options.codec == VideoCodec::kH264) {
    av_dict_set(&encoder_options, "preset", options.preset.c_str(), 0);
    if (options.bit_rate == 0) av_dict_set_int(&encoder_options, "crf", options.crf, 0);
  } else if (options.bit_rate == 0) {
    video->flags |= AV_CODEC_FLAG_QSCALE;
    video->global_quality = FF_QP2LAMBDA * options.qscale;
  }
  video_stream = output.add_stream(*video, encoder_options);
  source = make_picture(*video, AV_PIX_FMT_RGB24);
  picture = make_picture(*video, video->pix_fmt);
  converter = make_converter(*video);
}

void VideoWriter::Impl::open_audio() {
  const AVCodec* codec = avcodec_find_encoder(AV_CODEC_ID_AAC);
  if (!codec)
    throw Error::failed("{}: this FFmpeg cannot encode AAC sound; write the video without sound", path);
  std::string rates;
  bool known = false;
  for (const int* rate = codec->supported_samplerates; rate && *rate; ++rate) {
    known = known || *rate == options.audio_sample_rate;
    rates += fmt::format("{}{}", rates.empty() ? "" : ", ", *rate);
  }
  if (!known)
    throw Error::usage("{}: sound of {} Hz cannot be AAC; take one of {}", path, options.audio_sample_rate,
                       rates);
  audio = output.make_encoder(*codec);
  audio->sample_rate = options.audio_sample_rate;
  audio->sample_fmt = AV_SAMPLE_FMT_FLTP;
  av_channel_layout_default(&audio->ch_layout, options.audio_channels);
  audio->bit_rate = options.audio_bit_rate;
  audio->time_base = {1, options.audio_sample_rate};
  audio_stream = output.add_stream(*audio, nullptr);
  pending = torch::empty({options.audio_channels, 0});
}

void VideoWriter::Impl::check_open() const {
  if (finished) throw Error::usage("{}: the video is finished; nothing can be added", path);
  if (failed) throw Error::failed("{}: an earlier write failed; the video cannot be completed", path);
}

std::int64_t VideoWriter::Impl::ticks(const std::vector<double>* seconds, std::int64_t frame) const {
  if (!seconds) return frames_written;
  const double time = (*seconds)[static_cast<std::size_t>(frame)];
  const bool sound = time >= 0 && time <= kMaxSeconds;
  const std::int64_t tick = sound ? std::llround(time * kTimesTicks) : -1;
  if (tick <= last_ticks) {
    throw Error::usage("{}: frame {} has the time {}; times ascend, from 0 on, by 1/{} s at least", path,
                       frames_written, time, kTimesTicks);
  }
  return tick;
}

void VideoWriter::Impl::write(const torch::Tensor& frames, const std::vector<double>* seconds) {
  check_open();
  const torch::Tensor batch = (frames.dim() == 3 ? frames.unsqueeze(0) : frames).to(torch::kCPU);
  if (batch.dim() != 4 || batch.scalar_type() != torch::kUInt8 || batch.size(1) != options.height ||
      batch.size(2) != options.width || batch.size(3) != 3) {
    throw Error::usage("{}: takes frames uint8 [{}, {}, 3], not {} [{}]", path, options.height, options.width,
                       c10::toString(frames.scalar_type()), fmt::join(frames.sizes().vec(), ", "));
  }
  if (options.frame_times != (seconds != nullptr)) {
    throw Error::usage("{}: frames come with their times if, and only if, frame_times is set", path);
  }
  if (seconds && static_cast<std::int64_t>(seconds->size()) != batch.size(0)) {
    throw Error::usage("{}: {} frames came with {} times", path, batch.size(0), seconds->size());
  }
  for (std::int64_t i = 0; i < batch.size(0); ++i) {
    const std::int64_t pts = ticks(seconds, i);
    encode_picture(batch[i].contiguous(), pts);
    last_ticks = pts;
    ++frames_written;
  }
}

void VideoWriter::Impl::encode_picture(const torch::Tensor& rgb, std::int64_t pts) {
  failed = true;
  if (av_frame_make_writable(picture.get()) < 0) throw std::bad_alloc();
  fill_picture(*source, rgb);
  sws_scale(converter.get(), source->data, source->linesize, 0, video->height, picture->data,
            picture->linesize);
  picture->pts = pts;
  output.encode(video_stream, *video, picture.get(), frame_ticks);
  failed = false;
}

void VideoWriter::Impl::write_audio(const torch::Tensor& samples) {
  check_open();
  if (!audio) throw Error::usage("{}: sound needs an audio_sample_rate when the writer is made", path);
  const torch::Tensor channels = samples.dim() == 1 ? samples.unsqueeze(0) : samples;
  if (channels.dim() != 2 || channels.size(0) != options.audio_channels ||
      channels.scalar_type() != torch::kFloat32) {
    throw Error::usage("{}: takes sound as float32 [{}, N], not {} [{}]", path, options.audio_channels,
                       c10::toString(samples.scalar_type()), fmt::join(samples.sizes().vec(), ", "));
  }
  if (!torch::isfinite(channels).all().item<bool>())
    throw Error::usage("{}: sound holds samples that are no numbers", path);
  pending = torch::cat({pending, channels.detach().to(torch::kCPU)}, 1);
  encode_samples(pending.size(1) - pending.size(1) % audio->frame_size);
}

// Encodes the first `count` pending samples, a frame at a time; the last frame may be short.
void VideoWriter::Impl::encode_samples(std::int64_t count) {
  failed = true;
  for (std::int64_t first = 0; first < count; first += audio->frame_size) {
    const std::int64_t length = std::min<std::int64_t>(audio->frame_size, count - first);
    FFmpegPtr<AVFrame> frame = make_frame();
    frame->format = audio->sample_fmt;
    frame->nb_samples = static_cast<int>(length);
    frame->sample_rate = audio->sample_rate;
    if (av_channel_layout_copy(&frame->ch_layout, &audio->ch_layout) < 0 ||
        av_frame_get_buffer(frame.get(), 0) < 0) {
      throw std::bad_alloc();
    }
    for (std::int64_t c = 0; c < pending.size(0); ++c) {
      const torch::Tensor part = pending[c].narrow(0, first, length).contiguous();
      std::copy_n(part.data_ptr<float>(), length, reinterpret_cast<float*>(frame->extended_data[c]));
    }
    frame->pts = samples_written;
    output.encode(audio_stream, *audio, frame.get());
    samples_written += length;
  }
  pending = pending.narrow(1, count, pending.size(1) - count).clone();
  failed = false;
}

void VideoWriter::Impl::finish() {
  check_open();
  if (frames_written == 0) throw Error::usage("{}: a video needs a frame", path);
  if (audio) encode_samples(pending.size(1));
  failed = true;
  output.encode(video_stream, *video, nullptr, frame_ticks);
  if (audio) output.encode(audio_stream, *audio, nullptr);
  output.finish();
  failed = false;
  finished = true;
}

VideoWriter::VideoWriter(const std::string& path, const VideoWriterOptions& options)
    : impl_(std::make_unique<Impl>(path, options)) {}
VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;
VideoWriter::~VideoWriter() = default;

void VideoWriter::write(const torch::Tensor& frames) {
  impl_->write(frames, nullptr);
}
void VideoWriter::write(const torch::Tensor& frames, const std::vector<double>& seconds) {
  impl_->write(frames, &seconds);
}
void VideoWriter::write_audio(const torch::Tensor& samples) {
  impl_->write_audio(samples);
}
void VideoWriter::finish() {
  impl_->finish();
}
std::int64_t VideoWriter::num_frames() const noexcept {
  return impl_->frames_written;
}
std::int64_t VideoWriter::coded_width() const noexcept {
  return impl_->video->width;
}
std::int64_t VideoWriter::coded_height() const noexcept {
  return impl_->video->height;
}

}  // namespace zoetrope::media
