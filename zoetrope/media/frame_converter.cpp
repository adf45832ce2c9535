#include "zoetrope/media/frame_converter.h"

#include <cmath>
#include <cstring>
#include <opencv2/core.hpp>

#include "zoetrope/core/error.h"

namespace zoetrope::media {
namespace {

constexpr int kRowAlignment = 64;  // bytes
constexpr int kPixelBlock = 64;    // pixels
constexpr int kProgressiveChroma =
    128;  // vertical place of 4:2:0 chroma in 1/256 of a row, as FFmpeg's scale filter sets it

/// swscale knows the full-range formats by their old names or by the range; FFmpeg's filter tells it the
/// range.
void set_colors(SwsContext& scaler, const AVFrame& frame) {
  const int* inverse_table = nullptr;
  const int* table = nullptr;
  int source_range = 0, target_range = 0, brightness = 0, contrast = 0, saturation = 0;
  // -1: swscale converts nothing that has a matrix (RGB to RGB).
  if (sws_getColorspaceDetails(&scaler, const_cast<int**>(&inverse_table), &source_range,
                               const_cast<int**>(&table), &target_range, &brightness, &contrast,
                               &saturation) < 0) {
    return;
  }
  int space = frame.colorspace;
  if (space < 1 || space > 10 || space == AVCOL_SPC_YCGCO) space = AVCOL_SPC_BT470BG;
  if (frame.color_range != AVCOL_RANGE_UNSPECIFIED) source_range = frame.color_range == AVCOL_RANGE_JPEG;
  sws_setColorspaceDetails(&scaler, sws_getCoefficients(space), source_range, sws_getCoefficients(space),
                           target_range, brightness, contrast, saturation);
}

}  // namespace

std::array<int, 4> upright_turn(const std::int32_t* display_matrix) {
  constexpr std::array<int, 4> kUpright{1, 0, 0, 1};
  if (!display_matrix) return kUpright;
  const double a = display_matrix[0], b = display_matrix[1], c = display_matrix[3], d = display_matrix[4];
  const bool swapped = std::abs(b) + std::abs(c) > std::abs(a) + std::abs(d);
  const double first = swapped ? b : a, second = swapped ? c : d;
  if (first == 0 || second == 0) return kUpright;
  const int s = first > 0 ? 1 : -1, t = second > 0 ? 1 : -1;
  return swapped ? std::array<int, 4>{0, s, t, 0} : std::array<int, 4>{s, 0, 0, t};
}

void FrameConverter::prepare(const AVFrame& frame) {
  const std::array<int, 5> wanted{frame.width, frame.height, frame.format, frame.colorspace,
                                  frame.color_range};
  if (scaler_ && wanted == prepared_for_) return;
  const bool swap = swaps_sides(turn_);
  scaler_.reset(sws_alloc_context());
  if (!scaler_) throw std::bad_alloc();
  av_opt_set_int(scaler_.get(), "srcw", frame.width, 0);
  av_opt_set_int(scaler_.get(), "srch", frame.height, 0);
  av_opt_set_int(scaler_.get(), "src_format", frame.format, 0);
  av_opt_set_int(scaler_.get(), "dstw", swap ? height_ : width_, 0);
  av_opt_set_int(scaler_.get(), "dsth", swap ? width_ : height_, 0);
  av_opt_set_int(scaler_.get(), "dst_format", AV_PIX_FMT_RGB24, 0);
  av_opt_set_int(scaler_.get(), "sws_flags", SWS_BICUBIC, 0);
  if (frame.format == AV_PIX_FMT_YUV420P)
    av_opt_set_int(scaler_.get(), "src_v_chr_pos", kProgressiveChroma, 0);
  if (const int result = sws_init_context(scaler_.get(), nullptr, nullptr); result < 0) {
    scaler_.reset();
    const char* name = av_get_pix_fmt_name(static_cast<AVPixelFormat>(frame.format));
    throw Error::input("frames of format '{}' cannot be converted to RGB: {}", name ? name : "?",
                       ffmpeg_error(result));
  }
  set_colors(*scaler_, frame);
  prepared_for_ = wanted;
}

void FrameConverter::convert(const AVFrame& frame, std::uint8_t* rgb) {
  prepare(frame);
  const bool swap = swaps_sides(turn_);
  const int width = swap ? height_ : width_, height = swap ? width_ : height_;
  // swscale's vector code writes whole blocks of pixels: where rows end with one, right into the result.
  constexpr std::array<int, 4> kUpright{1, 0, 0, 1};
  if (turn_ == kUpright && width % kPixelBlock == 0 &&
      reinterpret_cast<std::uintptr_t>(rgb) % kRowAlignment == 0) {
    std::uint8_t* result[4] = {rgb};
    const int stride[4] = {3 * width};
    sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, result, stride);
    return;
  }
  const int row = (3 * width + kRowAlignment - 1) / kRowAlignment * kRowAlignment + kRowAlignment;
  padded_.resize(static_cast<std::size_t>(row) * height + 2 * kRowAlignment);
  auto* begin = reinterpret_cast<std::uint8_t*>(
      (reinterpret_cast<std::uintptr_t>(padded_.data()) + kRowAlignment - 1) / kRowAlignment * kRowAlignment);
  std::uint8_t* planes[4] = {begin};
  const int strides[4] = {row};
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, planes, strides);
  const cv::Mat stored(height, width, CV_8UC3, begin, static_cast<std::size_t>(row));
  cv::Mat shown(height_, width_, CV_8UC3, rgb);
  cv::Mat transposed;
  if (swap) cv::transpose(stored, transposed);
  const cv::Mat& turned = swap ? transposed : stored;
  // After a transposition the stored y runs along x: its sign is that of t[2], and t[1] is that of y.
  const bool flip_x = (swap ? turn_[2] : turn_[0]) < 0, flip_y = (swap ? turn_[1] : turn_[3]) < 0;
  if (flip_x || flip_y) {
    cv::flip(turned, shown, flip_x && flip_y ? -1 : flip_x ? 1 : 0);
  } else {
    turned.copyTo(shown);
  }
}

}  // namespace zoetrope::media
