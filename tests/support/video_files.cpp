#include "tests/support/video_files.h"

extern "C" {
#include <libavutil/md5.h>
}

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>

namespace zoetrope::test {
namespace {

using media::FFmpegPtr;

void check(int result, const std::string& what) {
  if (result < 0) throw std::runtime_error(what + ": " + media::ffmpeg_error(result));
}

/// Slow gradients, a moving square and a little noise: content that makes every picture type different.
std::uint8_t pattern(int x, int y, int frame, int plane) {
  const auto mixed = static_cast<unsigned>(x) * 7919U + static_cast<unsigned>(y) * 104729U +
                     static_cast<unsigned>(frame) * 1299721U;
  const int noise = static_cast<int>(mixed >> 3 & 15);
  const bool square = std::abs(x - (frame * 3) % 160) < 12 && std::abs(y - 40 - frame % 16) < 12;
  if (plane > 0)
    return static_cast<std::uint8_t>(128 + 60 * std::sin(0.02 * (x + 2 * y + 5 * frame * plane)));
  return static_cast<std::uint8_t>(square ? 220 : 60 + ((x + y + frame) >> 1) % 120 + noise);
}

void draw(AVFrame& frame, int number) {
  const AVPixFmtDescriptor& format = *av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  for (int plane = 0; plane < format.nb_components; ++plane) {
    const int depth = format.comp[plane].depth;
    const int width = plane ? AV_CEIL_RSHIFT(frame.width, format.log2_chroma_w) : frame.width;
    const int height = plane ? AV_CEIL_RSHIFT(frame.height, format.log2_chroma_h) : frame.height;
    for (int y = 0; y < height; ++y) {
      std::uint8_t* row = frame.data[plane] + static_cast<std::ptrdiff_t>(y) * frame.linesize[plane];
      for (int x = 0; x < width; ++x) {
        const unsigned value = pattern(x, y, number, plane);
        if (depth == 8) {
          row[x] = static_cast<std::uint8_t>(value);
        } else {
          reinterpret_cast<std::uint16_t*>(row)[x] = static_cast<std::uint16_t>(value << (depth - 8));
        }
      }
    }
  }
}

struct Muxer {
  AVFormatContext* context = nullptr;
  explicit Muxer(const std::string& path, const std::string& format) {
    check(avformat_alloc_output_context2(&context, nullptr, format.empty() ? nullptr : format.c_str(),
                                         path.c_str()),
          path);
    check(avio_open(&context->pb, path.c_str(), AVIO_FLAG_WRITE), path);
  }
  ~Muxer() {
    avio_closep(&context->pb);
    avformat_free_context(context);
  }
  Muxer(const Muxer&) = delete;
  Muxer& operator=(const Muxer&) = delete;
};

FFmpegPtr<AVCodecContext> open_encoder(const Encoding& encoding, bool global_header) {
  const AVCodec* codec = avcodec_find_encoder_by_name(encoding.codec.c_str());
  if (!codec) throw std::runtime_error("no encoder " + encoding.codec);
  FFmpegPtr<AVCodecContext> context(avcodec_alloc_context3(codec));
  context->width = encoding.width;
  context->height = encoding.height;
  context->pix_fmt = av_get_pix_fmt(encoding.pix_fmt.c_str());
  context->time_base = {1, 30};
  context->framerate = {30, 1};
  context->gop_size = encoding.gop;
  context->max_b_frames = encoding.b_frames;
  context->thread_count = 1;
  context->strict_std_compliance = FF_COMPLIANCE_EXPERIMENTAL;
  if (encoding.interlaced) context->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
  if (global_header) context->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  AVDictionary* options = nullptr;
  for (const auto& [key, value] : encoding.codec_options)
    av_dict_set(&options, key.c_str(), value.c_str(), 0);
  const int result = avcodec_open2(context.get(), codec, &options);
  av_dict_free(&options);
  check(result, encoding.codec);
  return context;
}

void write_packets(AVCodecContext& encoder, AVFormatContext& output, AVPacket& packet) {
  while (avcodec_receive_packet(&encoder, &packet) >= 0) {
    av_packet_rescale_ts(&packet, encoder.time_base, output.streams[0]->time_base);
    packet.duration = av_rescale_q(1, encoder.time_base, output.streams[0]->time_base);
    packet.stream_index = 0;
    check(av_interleaved_write_frame(&output, &packet), "write");
  }
}

}  // namespace

std::string sample_video(const std::string& name) {
  return std::string(ZOETROPE_TEST_DATA) + "/videos/" + name;
}

std::vector<std::uint8_t> read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes) {
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
}

void encode_video(const std::string& path, const Encoding& encoding) {
  media::ffmpeg_setup();
  Muxer muxer(path, encoding.format);
  const auto encoder = open_encoder(encoding, muxer.context->oformat->flags & AVFMT_GLOBALHEADER);
  AVStream* stream = avformat_new_stream(muxer.context, nullptr);
  check(avcodec_parameters_from_context(stream->codecpar, encoder.get()), path);
  stream->time_base = encoder->time_base;
  stream->avg_frame_rate = encoder->framerate;
  if (!encoding.matrix.empty()) {
    auto* matrix = av_stream_new_side_data(stream, AV_PKT_DATA_DISPLAYMATRIX, 9 * sizeof(std::int32_t));
    std::copy(encoding.matrix.begin(), encoding.matrix.end(), reinterpret_cast<std::int32_t*>(matrix));
  }
  check(avformat_write_header(muxer.context, nullptr), path);
  const auto frame = media::make_frame();
  const auto packet = media::make_packet();
  frame->format = encoder->pix_fmt;
  frame->width = encoder->width;
  frame->height = encoder->height;
  check(av_frame_get_buffer(frame.get(), 0), path);
  for (int i = 0; i < encoding.frames; ++i) {
    check(av_frame_make_writable(frame.get()), path);
    draw(*frame, i);
    frame->pts = encoding.pts ? encoding.pts(i) : i;
    frame->interlaced_frame = frame->top_field_first = encoding.interlaced;
    check(avcodec_send_frame(encoder.get(), frame.get()), path);
    write_packets(*encoder, *muxer.context, *packet);
  }
  check(avcodec_send_frame(encoder.get(), nullptr), path);
  write_packets(*encoder, *muxer.context, *packet);
  check(av_write_trailer(muxer.context), path);
}

void remux(const std::string& from, const std::string& to, const std::string& format) {
  AVFormatContext* opened = nullptr;
  check(avformat_open_input(&opened, from.c_str(), nullptr, nullptr), from);
  const FFmpegPtr<AVFormatContext> input(opened);
  check(avformat_find_stream_info(input.get(), nullptr), from);
  Muxer muxer(to, format);
  AVStream* stream = avformat_new_stream(muxer.context, nullptr);
  check(avcodec_parameters_copy(stream->codecpar, input->streams[0]->codecpar), to);
  stream->codecpar->codec_tag = 0;
  stream->time_base = input->streams[0]->time_base;
  check(avformat_write_header(muxer.context, nullptr), to);
  const auto packet = media::make_packet();
  while (av_read_frame(input.get(), packet.get()) >= 0) {
    av_packet_rescale_ts(packet.get(), input->streams[0]->time_base, stream->time_base);
    packet->pos = -1;
    check(av_interleaved_write_frame(muxer.context, packet.get()), to);
  }
  check(av_write_trailer(muxer.context), to);
}

std::string md5_of(const AVFrame& frame) {
  const auto format = static_cast<AVPixelFormat>(frame.format);
  const int size = av_image_get_buffer_size(format, frame.width, frame.height, 1);
  check(size, "image size");
  std::vector<std::uint8_t> bytes(static_cast<std::size_t>(size));
  av_image_copy_to_buffer(bytes.data(), size, frame.data, frame.linesize, format, frame.width, frame.height,
                          1);
  std::array<std::uint8_t, 16> digest{};
  av_md5_sum(digest.data(), bytes.data(), bytes.size());
  std::string text;
  for (const std::uint8_t byte : digest) {
    char hex[3];
    std::snprintf(hex, sizeof(hex), "%02x", byte);
    text += hex;
  }
  return text;
}

std::vector<std::string> decode_in_order(const std::string& path, int stream) {
  media::ffmpeg_setup();
  std::vector<std::string> hashes;
  AVFormatContext* opened = nullptr;
  if (avformat_open_input(&opened, path.c_str(), nullptr, nullptr) < 0) return hashes;
  const FFmpegPtr<AVFormatContext> input(opened);
  if (avformat_find_stream_info(input.get(), nullptr) < 0) return hashes;
  if (stream < 0) stream = av_find_best_stream(input.get(), AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  if (stream < 0) return hashes;
  const AVCodecParameters& parameters = *input->streams[stream]->codecpar;
  const FFmpegPtr<AVCodecContext> decoder(avcodec_alloc_context3(avcodec_find_decoder(parameters.codec_id)));
  check(avcodec_parameters_to_context(decoder.get(), &parameters), path);
  decoder->pkt_timebase = input->streams[stream]->time_base;
  decoder->thread_count = 1;
  if (avcodec_open2(decoder.get(), nullptr, nullptr) < 0) return hashes;
  const auto packet = media::make_packet();
  const auto frame = media::make_frame();
  const auto take = [&] {
    while (avcodec_receive_frame(decoder.get(), frame.get()) >= 0) hashes.push_back(md5_of(*frame));
  };
  while (av_read_frame(input.get(), packet.get()) >= 0) {
    if (packet->stream_index == stream) {
      (void)avcodec_send_packet(decoder.get(), packet.get());
      take();
    }
    av_packet_unref(packet.get());
  }
  (void)avcodec_send_packet(decoder.get(), nullptr);
  take();
  return hashes;
}

}  // namespace zoetrope::test
