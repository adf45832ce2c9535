#include "zoetrope/media/augment.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "zoetrope/media/colour.h"

namespace zoetrope::media {
namespace {

cv::Mat picture_of(const torch::Tensor& frames, std::int64_t t) {
  return {static_cast<int>(frames.size(1)), static_cast<int>(frames.size(2)), CV_8UC3,
          frames.select(0, t).data_ptr<std::uint8_t>()};
}

// Area and aspect are drawn as in torchvision: the aspect's logarithm evenly, ten tries, then the largest centred box
// of an allowed aspect.
cv::Rect random_box(int height, int width, const AugmentOptions& options, RandomGenerator& random) {
  for (int tries = 0; tries < 10; ++tries) {
    const double area = uniform(random, options.area[0], options.area[1]) * height * width;
    const double aspect = std::exp(uniform(random, std::log(options.aspect[0]), std::log(options.aspect[1])));
    const int w = static_cast<int>(std::lround(std::sqrt(area * aspect)));
    const int h = static_cast<int>(std::lround(std::sqrt(area / aspect)));
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return {static_cast<int>(uniform_integer(random, 0, width - w + 1)),
            static_cast<int>(uniform_integer(random, 0, height - h + 1)), w, h};
  }
  const double aspect = std::clamp(static_cast<double>(width) / height, options.aspect[0], options.aspect[1]);
  const int w = std::min(width, static_cast<int>(std::lround(height * aspect)));
  const int h = std::min(height, static_cast<int>(std::lround(width / aspect)));
  return {(width - w) / 2, (height - h) / 2, w, h};
}

// A square whose side is the picture's short side divided by a random zoom: the same as resizing first.
cv::Rect zoomed_square(int height, int width, const AugmentOptions& options, RandomGenerator& random) {
  const int shorter = std::min(height, width);
  const double zoom = uniform(random, options.short_side[0], options.short_side[1]);
  const int side = std::clamp(static_cast<int>(std::lround(shorter / zoom)), 1, shorter);
  return {static_cast<int>(uniform_integer(random, 0, width - side + 1)),
          static_cast<int>(uniform_integer(random, 0, height - side + 1)), side, side};
}

cv::Rect centre_square(int height, int width) {
  const int side = std::min(height, width);
  return {(width - side) / 2, (height - side) / 2, side, side};
}

cv::Rect draw_box(int height, int width, const AugmentOptions& options, RandomGenerator& random) {
  switch (options.crop) {
    case CropMode::kRandomResized:
      return random_box(height, width, options, random);
    case CropMode::kMultiScale:
      return zoomed_square(height, width, options, random);
    case CropMode::kCentre:
      break;
  }
  return centre_square(height, width);
}

}  // namespace

torch::Tensor augment_clip(const torch::Tensor& frames, std::int64_t size, const AugmentOptions& options,
                           RandomGenerator& random, bool* mirrored) {
  const std::int64_t count = frames.size(0);
  const cv::Rect box =
      draw_box(static_cast<int>(frames.size(1)), static_cast<int>(frames.size(2)), options, random);
  const bool flip = uniform(random) < options.flip;
  if (mirrored) *mirrored = flip;
  const ColourChange colours(options, random);
  const RandAugment operations(options.rand_augment, options.magnitude, random);

  const torch::Tensor clip = torch::empty({3, count, size, size}, torch::kUInt8);
  const int side = static_cast<int>(size);
  for (std::int64_t t = 0; t < count; ++t) {
    cv::Mat picture;
    // Shrinking averages what a pixel covers; OpenCV's area filter is bilinear where it enlarges.
    cv::resize(picture_of(frames, t)(box), picture, {side, side}, 0, 0, cv::INTER_AREA);
    if (flip) cv::flip(picture, picture, 1);
    operations.apply(picture);
    colours.apply(picture);
    std::vector<cv::Mat> planes;
    for (std::int64_t c = 0; c < 3; ++c)
      planes.emplace_back(side, side, CV_8UC1, clip.select(0, c).select(0, t).data_ptr<std::uint8_t>());
    cv::split(picture, planes);
  }
  return clip;
}

}  // namespace zoetrope::media
