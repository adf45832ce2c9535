#pragma once
// Decoded frames into upright RGB.
//
// The conversion is swscale's default one, as FFmpeg's `scale` filter does it for `-pix_fmt rgb24`: bicubic
// filters where samples must be interpolated, the matrix and range that the frame names, BT.601 limited where
// it names none.

#include <array>
#include <cstdint>
#include <vector>

#include "zoetrope/media/ffmpeg.h"

namespace zoetrope::media {

/// The nearest of the eight turns and flips to a display matrix: shown (x, y) = (t[0] x + t[2] y, t[1] x +
/// t[3] y) of a stored point, each of t in {-1, 0, 1}. No matrix, or one without an orientation: {1, 0, 0,
/// 1}.
[[nodiscard]] std::array<int, 4> upright_turn(const std::int32_t* display_matrix);

/// True where a turn swaps width and height.
[[nodiscard]] constexpr bool swaps_sides(const std::array<int, 4>& turn) noexcept {
  return turn[0] == 0;
}

class FrameConverter {
 public:
  /// `height` and `width` are those of the upright result.
  FrameConverter(int height, int width, std::array<int, 4> turn)
      : height_(height), width_(width), turn_(turn) {}

  /// Writes height x width x 3 bytes. Frames of any size and format may follow each other.
  void convert(const AVFrame& frame, std::uint8_t* rgb);

 private:
  void prepare(const AVFrame& frame);

  int height_, width_;
  std::array<int, 4> turn_;
  FFmpegPtr<SwsContext> scaler_;
  std::array<int, 5> prepared_for_{};  ///< width, height, format, color space, range of the last frame
  std::vector<std::uint8_t> padded_;   ///< RGB in stored orientation, rows padded for swscale's vector code
};

}  // namespace zoetrope::media
