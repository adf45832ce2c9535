#pragma once
// Decoded frames made smaller (or larger) before they become RGB: fewer samples are scaled, and far fewer
// converted.
//
// Each plane is scaled on its own by swscale's bilinear filter, a triangle that is widened when it shrinks
// (antialiased, as Pillow and torchvision's antialias=True do); deeper samples come out with 8 bits.
// FrameConverter then makes RGB of the result. The outcome differs by a few levels from scaling the RGB
// picture, because chroma is filtered at its own resolution.

#include <array>

#include "zoetrope/media/ffmpeg.h"

namespace zoetrope::media {

class FrameScaler {
 public:
  /// `height` and `width` as stored, before any turn.
  FrameScaler(int height, int width) : height_(height), width_(width), scaled_(make_frame()) {}

  /// The scaled frame, this object's until the next call.
  [[nodiscard]] const AVFrame& scale(const AVFrame& frame);

 private:
  void prepare(const AVFrame& frame);

  int height_, width_;
  FFmpegPtr<SwsContext> scaler_;
  FFmpegPtr<AVFrame> scaled_;
  std::array<int, 4> prepared_for_{};  ///< width, height, format, range of the last frame
};

}  // namespace zoetrope::media
