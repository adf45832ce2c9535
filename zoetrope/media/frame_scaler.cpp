#include "zoetrope/media/frame_scaler.h"

#include <new>
#include <string_view>

#include "zoetrope/core/error.h"

namespace zoetrope::media {
namespace {

/// The 8-bit planar format of the same chroma resolution; RGB where there is no such.
AVPixelFormat eight_bit_format(const AVPixFmtDescriptor& format) {
  if ((format.flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) || format.nb_components < 3)
    return AV_PIX_FMT_RGB24;
  if (format.log2_chroma_w == 1 && format.log2_chroma_h == 1) return AV_PIX_FMT_YUV420P;
  if (format.log2_chroma_w == 1 && format.log2_chroma_h == 0) return AV_PIX_FMT_YUV422P;
  if (format.log2_chroma_w == 0 && format.log2_chroma_h == 0) return AV_PIX_FMT_YUV444P;
  return AV_PIX_FMT_RGB24;
}

bool full_range(const AVFrame& frame, const AVPixFmtDescriptor& format) {
  return frame.color_range == AVCOL_RANGE_JPEG || std::string_view(format.name).starts_with("yuvj");
}

}  // namespace

void FrameScaler::prepare(const AVFrame& frame) {
  const std::array<int, 4> wanted{frame.width, frame.height, frame.format, frame.color_range};
  if (scaler_ && wanted == prepared_for_) return;
  const AVPixFmtDescriptor* format = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(frame.format));
  const AVPixelFormat target = format ? eight_bit_format(*format) : AV_PIX_FMT_RGB24;
  scaler_.reset(sws_getContext(frame.width, frame.height, static_cast<AVPixelFormat>(frame.format), width_,
                               height_, target, SWS_BILINEAR, nullptr, nullptr, nullptr));
  if (!scaler_) throw Error::input("frames of format '{}' cannot be scaled", format ? format->name : "?");
  scaled_ = make_frame();
  scaled_->width = width_;
  scaled_->height = height_;
  scaled_->format = target;
  if (av_frame_get_buffer(scaled_.get(), 0) < 0) throw std::bad_alloc();
  // The same range on both sides: samples are scaled, not stretched. Where RGB comes out, the frame's own
  // matrix and range apply.
  const int range = format && full_range(frame, *format);
  const int* matrix = sws_getCoefficients(frame.colorspace);
  sws_setColorspaceDetails(scaler_.get(), matrix, range, matrix, target == AV_PIX_FMT_RGB24 ? 1 : range, 0,
                           1 << 16, 1 << 16);
  scaled_->color_range = range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  prepared_for_ = wanted;
}

const AVFrame& FrameScaler::scale(const AVFrame& frame) {
  prepare(frame);
  scaled_->colorspace = frame.colorspace;
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, frame.height, scaled_->data, scaled_->linesize);
  return *scaled_;
}

}  // namespace zoetrope::media
