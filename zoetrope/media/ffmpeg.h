#pragma once
// FFmpeg's handles as RAII types, its errors as words, and every difference between its versions. No other
// public header of Zoetrope shows an FFmpeg type.

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/avutil.h>
#include <libavutil/cpu.h>
#include <libavutil/display.h>
#include <libavutil/imgutils.h>
#include <libavutil/opt.h>
#include <libavutil/pixdesc.h>
#include <libswresample/swresample.h>
#include <libswscale/swscale.h>
}

#include <cstdint>
#include <memory>
#include <string>

namespace zoetrope::media {

struct FFmpegDeleter {
  void operator()(AVFormatContext* p) const noexcept { avformat_close_input(&p); }
  void operator()(AVCodecContext* p) const noexcept { avcodec_free_context(&p); }
  void operator()(AVCodecParameters* p) const noexcept { avcodec_parameters_free(&p); }
  void operator()(AVCodecParserContext* p) const noexcept { av_parser_close(p); }
  void operator()(AVPacket* p) const noexcept { av_packet_free(&p); }
  void operator()(AVFrame* p) const noexcept { av_frame_free(&p); }
  void operator()(SwsContext* p) const noexcept { sws_freeContext(p); }
  void operator()(SwrContext* p) const noexcept { swr_free(&p); }
};

template <typename T>
using FFmpegPtr = std::unique_ptr<T, FFmpegDeleter>;

/// FFmpeg's own words for an error code: "Invalid data found when processing input".
[[nodiscard]] std::string ffmpeg_error(int code);

/// Sets what FFmpeg keeps for the whole process: its log goes nowhere but into `ffmpeg_last_words`, and one
/// allocation is bounded by kMaxAllocation. Called by everything that opens a file; only the first call does
/// anything.
void ffmpeg_setup();

/// The last error that FFmpeg logged on this thread since `ffmpeg_forget_words`, on one line; "" if none.
[[nodiscard]] std::string ffmpeg_last_words();
void ffmpeg_forget_words();

[[nodiscard]] FFmpegPtr<AVPacket> make_packet();
[[nodiscard]] FFmpegPtr<AVFrame> make_frame();

/// The stream's display matrix (9 numbers of 16.16 and 2.30 fixed point), or nullptr.
[[nodiscard]] const std::int32_t* display_matrix(const AVStream& stream);

/// A number that goes into the decoder with a packet and comes out with its frame, through all reordering.
/// kNoTag comes out where a decoder does not carry it.
inline constexpr std::int64_t kNoTag = -1;
void enable_tags(AVCodecContext& codec);
void set_tag(AVCodecContext& codec, AVPacket& packet, std::int64_t tag);
[[nodiscard]] std::int64_t tag_of(const AVFrame& frame);

[[nodiscard]] bool is_key_frame(const AVFrame& frame);
[[nodiscard]] bool is_impaired(const AVFrame& frame);  ///< parts are missing or concealed
/// Ticks of the stream's time base; 0: unknown.
[[nodiscard]] std::int64_t duration_of(const AVFrame& frame);

}  // namespace zoetrope::media
