#include "zoetrope/inference/preprocess.h"

#include "zoetrope/core/error.h"
#include "zoetrope/media/transforms.h"

namespace zoetrope::inference {
namespace {

std::vector<torch::Tensor> crop_frames(const torch::Tensor& frames, const bundle::Preprocessing& p,
                                       std::int64_t crops) {
  const media::CropRounding rounding = p.antialias ? media::CropRounding::kEven : media::CropRounding::kUp;
  switch (crops) {
    case 1:
      return {media::center_crop(frames, p.crop, p.crop, rounding)};
    case 3:
      return media::three_crops(frames, p.crop, p.crop, rounding);
    case 5:
      return media::five_crops(frames, p.crop, p.crop, rounding);
    case 10:
      return media::ten_crops(frames, p.crop, p.crop, rounding);
    default:
      throw Error::usage("{} crops of a clip are not known; take 1, 3, 5 or 10", crops);
  }
}

}  // namespace

torch::Tensor prepare_frame(const torch::Tensor& rgb, const bundle::Preprocessing& p) {
  const bool bicubic = p.interpolation == bundle::Interpolation::kBicubic;
  const media::ResizeOptions options{
      .interpolation = bicubic ? media::Interpolation::kBicubic : media::Interpolation::kBilinear,
      .antialias = p.antialias};
  return media::resize_short_side(p.antialias ? rgb : rgb.to(torch::kFloat32), p.short_side, options);
}

torch::Tensor make_clips(const torch::Tensor& frames, const bundle::Preprocessing& p, std::int64_t crops) {
  const auto row = [](const std::array<double, 3>& values) {
    return torch::tensor({values[0], values[1], values[2]}, torch::kFloat32);
  };
  std::vector<torch::Tensor> clips;
  for (const torch::Tensor& view : crop_frames(frames, p, crops)) {
    const torch::Tensor ordered = p.channels == bundle::ChannelOrder::kBgr ? view.flip(-1) : view;
    const torch::Tensor unit = ordered.to(torch::kFloat32) / p.scale;
    clips.push_back(media::frames_to_clip((unit - row(p.mean)) / row(p.std)));
  }
  return torch::stack(clips);
}

ClipTiming timing_of(const bundle::Preprocessing& p) {
  return {.frames = p.frames,
          .stride = p.stride,
          .fps = p.fps,
          .segments = p.sampling == bundle::Sampling::kSegments};
}

}  // namespace zoetrope::inference
