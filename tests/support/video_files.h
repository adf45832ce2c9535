#pragma once
// Videos for tests: the samples of tests/data/videos, files encoded here, damage by rule, and FFmpeg's own
// plain decoding loop as the truth to compare with.

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "zoetrope/media/ffmpeg.h"

namespace zoetrope::test {

[[nodiscard]] std::string sample_video(const std::string& name);
[[nodiscard]] std::vector<std::uint8_t> read_bytes(const std::string& path);
void write_bytes(const std::string& path, const std::vector<std::uint8_t>& bytes);

using Options = std::vector<std::pair<std::string, std::string>>;

struct Encoding {
  std::string codec = "libx264";
  Options codec_options = {};  ///< AVOptions of the encoder: {"x264-params", "keyint=30"}
  std::string format = {};     ///< of the container; "" takes it from the name
  int width = 160, height = 96, frames = 60;
  std::string pix_fmt = "yuv420p";
  int gop = 20, b_frames = 2;
  bool interlaced = false;
  std::function<std::int64_t(int)> pts = {};  ///< of frame i, in 1/30 s; absent: i
  std::vector<std::int32_t> matrix = {};      ///< display matrix: 9 numbers
};

/// Encodes a moving pattern. Throws std::runtime_error with FFmpeg's words.
void encode_video(const std::string& path, const Encoding& encoding);

/// Copies the packets into another container, without decoding.
void remux(const std::string& from, const std::string& to, const std::string& format = "");

/// MD5 of a frame in its own format, as FFmpeg's framemd5 makes it.
[[nodiscard]] std::string md5_of(const AVFrame& frame);

/// MD5 of every frame that FFmpeg's decoder gives for the video stream when it reads the file once, on one
/// thread: what ffprobe -count_frames counts. Empty where the file does not open.
[[nodiscard]] std::vector<std::string> decode_in_order(const std::string& path, int stream = -1);

}  // namespace zoetrope::test
