#include "zoetrope/media/demuxer.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <new>
#include <string_view>

#include "zoetrope/core/error.h"
#include "zoetrope/media/limits.h"

namespace zoetrope::media {
namespace {

// Formats that are lists of other files, URLs or devices, or that make pictures of any text. `io_open` below
// would refuse the other files in any case; here the message can say what is wrong.
constexpr std::array<std::string_view, 18> kRefusedFormats = {"hls",
                                                              "applehttp",
                                                              "dash",
                                                              "concat",
                                                              "concatf",
                                                              "image2",
                                                              "imf",
                                                              "lavfi",
                                                              "sdp",
                                                              "rtsp",
                                                              "rtp",
                                                              "sap",
                                                              "webm_dash_manifest",
                                                              "tty",
                                                              "redir",
                                                              "alias_pix",
                                                              "ffmetadata",
                                                              "bintext"};

int refuse_open(AVFormatContext*, AVIOContext**, const char*, int, AVDictionary**) {
  return AVERROR(EPERM);
}

bool refused(std::string_view names) {
  while (!names.empty()) {
    const auto comma = std::min(names.find(','), names.size());
    if (std::ranges::find(kRefusedFormats, names.substr(0, comma)) != kRefusedFormats.end()) return true;
    names.remove_prefix(std::min(comma + 1, names.size()));
  }
  return false;
}

std::string with_words(const std::string& message) {
  const std::string words = ffmpeg_last_words();
  return words.empty() ? message : message + " (" + words + ")";
}

}  // namespace

Demuxer::Demuxer(const std::string& path, Opening opening) : path_(path), source_((ffmpeg_setup(), path)) {
  ffmpeg_forget_words();
  // FFmpeg looks at the name's end only, to tell formats apart that have no mark of their own (raw .h264).
  const std::string name = std::filesystem::path(path).filename().string();
  const AVInputFormat* format = nullptr;
  if (av_probe_input_buffer2(source_.io(), &format, name.c_str(), nullptr, 0, 0) < 0 || !format) {
    throw Error::input("{}: no media file that FFmpeg knows", path);
  }
  if (refused(format->name)) {
    throw Error::input("{}: a '{}' file names other files; give the video itself", path, format->name);
  }
  AVFormatContext* context = avformat_alloc_context();
  if (!context) throw std::bad_alloc();
  context->pb = source_.io();
  context->io_open = &refuse_open;
  context->max_streams = kMaxStreams;
  AVDictionary* options = nullptr;
  av_dict_set(&options, "protocol_whitelist", "", 0);
  av_dict_set(&options, "scan_all_pmts", "1", 0);  // as ffprobe does
  const int opened =
      avformat_open_input(&context, name.c_str(), format, &options);  // frees the context on failure
  av_dict_free(&options);
  if (opened < 0) {
    throw Error::input("{}: cannot be opened: {}", path, with_words(ffmpeg_error(opened)));
  }
  context_.reset(context);
  if (context_->nb_streams >= static_cast<unsigned>(kMaxStreams)) {
    throw Error::input("{}: more streams than the {} that a file may have", path, kMaxStreams - 1);
  }
  source_.progress();
  if (opening == Opening::kHeader) return;
  const int found = avformat_find_stream_info(context_.get(), nullptr);
  if (found < 0)
    throw Error::input("{}: its streams cannot be read: {}", path, with_words(ffmpeg_error(found)));
  source_.progress();
}

bool Demuxer::header_suffices() const {
  const std::string_view name = context_->iformat->name;
  return name.find("mp4") != std::string_view::npos || name.find("matroska") != std::string_view::npos;
}

void Demuxer::select(int stream) {
  selected_ = stream;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    context_->streams[i]->discard = static_cast<int>(i) == stream ? AVDISCARD_DEFAULT : AVDISCARD_ALL;
  }
}

bool Demuxer::read(AVPacket& packet) {
  av_packet_unref(&packet);
  for (int in_row = 0; in_row < kMaxErrorsInRow;) {
    const int result = av_read_frame(context_.get(), &packet);
    if (result == AVERROR_EOF || result == AVERROR_EXIT) return false;
    if (result < 0) {
      ++errors_;
      ++in_row;
      continue;
    }
    source_.progress();
    if (selected_ < 0 || packet.stream_index == selected_) return true;
    av_packet_unref(&packet);
  }
  return false;
}

bool Demuxer::seek_time(int stream, std::int64_t ticks) {
  source_.progress();
  return av_seek_frame(context_.get(), stream, ticks, AVSEEK_FLAG_BACKWARD) >= 0;
}

bool Demuxer::seek_byte(std::int64_t position) {
  source_.progress();
  return av_seek_frame(context_.get(), -1, position, AVSEEK_FLAG_BYTE) >= 0;
}

}  // namespace zoetrope::media
