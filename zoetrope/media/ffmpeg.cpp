#include "zoetrope/media/ffmpeg.h"

extern "C" {
#include <libavutil/log.h>
#include <libavutil/mem.h>
}

#include <cstdarg>
#include <cstdio>
#include <mutex>
#include <new>

#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

constexpr std::size_t kMaxWords = 300;
thread_local std::string last_words;

void keep_words(void*, int level, const char* format, va_list arguments) {
  if (level > AV_LOG_ERROR) return;
  char line[kMaxWords];
  if (std::vsnprintf(line, sizeof(line), format, arguments) <= 0) return;
  std::string words(line);
  for (char& c : words) {
    if (static_cast<unsigned char>(c) < 0x20 || static_cast<unsigned char>(c) > 0x7e) c = ' ';
  }
  words.erase(words.find_last_not_of(" .") + 1);
  if (!words.empty()) last_words = words;
}

template <typename T>
FFmpegPtr<T> checked(T* pointer) {
  if (!pointer) throw std::bad_alloc();
  return FFmpegPtr<T>(pointer);
}

}  // namespace

std::string ffmpeg_error(int code) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof(text));
  return text;
}

void ffmpeg_setup() {
  static std::once_flag once;
  std::call_once(once, [] {
    av_log_set_callback(keep_words);
    av_max_alloc(kMaxAllocation);
  });
}

std::string ffmpeg_last_words() {
  return last_words;
}
void ffmpeg_forget_words() {
  last_words.clear();
}

FFmpegPtr<AVPacket> make_packet() {
  return checked(av_packet_alloc());
}
FFmpegPtr<AVFrame> make_frame() {
  return checked(av_frame_alloc());
}

const std::int32_t* display_matrix(const AVStream& stream) {
#if LIBAVCODEC_VERSION_MAJOR >= 61
  const AVPacketSideData* data = av_packet_side_data_get(
      stream.codecpar->coded_side_data, stream.codecpar->nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data && data->size >= 9 * sizeof(std::int32_t) ? reinterpret_cast<const std::int32_t*>(data->data)
                                                        : nullptr;
#else
  std::size_t size = 0;
  const std::uint8_t* data = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return data && size >= 9 * sizeof(std::int32_t) ? reinterpret_cast<const std::int32_t*>(data) : nullptr;
#endif
}

// Tags are stored plus one, so that what a decoder leaves at zero is no tag.
#if LIBAVCODEC_VERSION_MAJOR >= 60
void enable_tags(AVCodecContext& codec) {
  codec.flags |= AV_CODEC_FLAG_COPY_OPAQUE;
}
void set_tag(AVCodecContext&, AVPacket& packet, std::int64_t tag) {
  packet.opaque = reinterpret_cast<void*>(static_cast<std::intptr_t>(tag + 1));
}
std::int64_t tag_of(const AVFrame& frame) {
  return reinterpret_cast<std::intptr_t>(frame.opaque) - 1;
}
#else
void enable_tags(AVCodecContext&) {}
void set_tag(AVCodecContext& codec, AVPacket&, std::int64_t tag) {
  codec.reordered_opaque = tag + 1;
}
std::int64_t tag_of(const AVFrame& frame) {
  return frame.reordered_opaque > 0 ? frame.reordered_opaque - 1 : kNoTag;
}
#endif

bool is_impaired(const AVFrame& frame) {
  return frame.decode_error_flags != 0 || (frame.flags & AV_FRAME_FLAG_CORRUPT) != 0;
}

#if LIBAVUTIL_VERSION_INT >= AV_VERSION_INT(58, 7, 100)
bool is_key_frame(const AVFrame& frame) {
  return frame.flags & AV_FRAME_FLAG_KEY;
}
std::int64_t duration_of(const AVFrame& frame) {
  return frame.duration;
}
#else
bool is_key_frame(const AVFrame& frame) {
  return frame.key_frame;
}
std::int64_t duration_of(const AVFrame& frame) {
  return frame.pkt_duration;
}
#endif

}  // namespace zoetrope::media
