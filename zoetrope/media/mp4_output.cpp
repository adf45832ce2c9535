#include "zoetrope/media/mp4_output.h"

#include <algorithm>
#include <new>

#include "zoetrope/core/error.h"

namespace zoetrope::media {

Mp4Output::Mp4Output(const std::string& path) : file_((ffmpeg_setup(), path)), packet_(make_packet()) {
  // "file:" keeps a folder's name from being taken for a protocol.
  const std::string url = "file:" + file_.temporary().string();
  if (avformat_alloc_output_context2(&context_, nullptr, "mp4", url.c_str()) < 0) throw std::bad_alloc();
  if (const int opened = avio_open(&context_->pb, url.c_str(), AVIO_FLAG_WRITE); opened < 0) {
    avformat_free_context(context_);
    fail(opened);
  }
}

Mp4Output::~Mp4Output() {
  avio_closep(&context_->pb);
  avformat_free_context(context_);
}

FFmpegPtr<AVCodecContext> Mp4Output::make_encoder(const AVCodec& codec) const {
  FFmpegPtr<AVCodecContext> encoder(avcodec_alloc_context3(&codec));
  if (!encoder) throw std::bad_alloc();
  encoder->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;  // MP4 keeps the parameter sets apart from the packets
  return encoder;
}

int Mp4Output::add_stream(AVCodecContext& encoder, AVDictionary* options) {
  const char* const name = encoder.codec->name;  // a failed opening forgets it
  const int opened = avcodec_open2(&encoder, encoder.codec, &options);
  av_dict_free(&options);
  if (opened < 0) {
    throw Error::failed("{}: the encoder {} does not take these options: {}", file_.path().string(), name,
                        ffmpeg_error(opened));
  }
  AVStream* stream = avformat_new_stream(context_, nullptr);
  if (!stream || avcodec_parameters_from_context(stream->codecpar, &encoder) < 0) throw std::bad_alloc();
  stream->time_base = encoder.time_base;
  stream->avg_frame_rate = encoder.framerate;
  return stream->index;
}

int Mp4Output::finest_clock() const {
  int ticks = 1000;
  for (unsigned i = 0; i < context_->nb_streams; ++i)
    ticks = std::max(ticks, context_->streams[i]->time_base.den);
  return ticks;
}

void Mp4Output::write_header() {
  AVDictionary* options = nullptr;
  av_dict_set(&options, "movflags", "+faststart", 0);
  // Edit lists count in the movie's ticks, of 1 ms unless told otherwise: too coarse to end at a sample.
  av_dict_set_int(&options, "movie_timescale", finest_clock(), 0);
  const int written = avformat_write_header(context_, &options);
  av_dict_free(&options);
  if (written < 0) fail(written);
}

void Mp4Output::encode(int stream, AVCodecContext& encoder, AVFrame* frame, std::int64_t duration) {
  int result = avcodec_send_frame(&encoder, frame);
  if (result < 0) fail(result);
  while ((result = avcodec_receive_packet(&encoder, packet_.get())) >= 0) {
    packet_->stream_index = stream;
    if (packet_->duration == 0) packet_->duration = duration;
    av_packet_rescale_ts(packet_.get(), encoder.time_base, context_->streams[stream]->time_base);
    if (const int written = av_interleaved_write_frame(context_, packet_.get()); written < 0) fail(written);
  }
  if (result != AVERROR(EAGAIN) && result != AVERROR_EOF) fail(result);
}

void Mp4Output::finish() {
  if (const int written = av_write_trailer(context_); written < 0) fail(written);
  if (const int closed = avio_closep(&context_->pb); closed < 0) fail(closed);
  file_.commit();
}

void Mp4Output::fail(int code) const {
  throw Error::failed("{}: cannot be written: {}", file_.path().string(), ffmpeg_error(code));
}

}  // namespace zoetrope::media
