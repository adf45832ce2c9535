#pragma once
// What training does to the pictures of a clip, drawn once and applied to each frame alike.

#include <opencv2/core.hpp>

#include <array>
#include <functional>
#include <vector>

#include "zoetrope/core/random.h"

namespace zoetrope::media {

struct AugmentOptions;

/// Brightness, contrast, saturation and hue in a random order, as torchvision's ColorJitter; then, perhaps, gray.
class ColourChange {
 public:
  ColourChange(const AugmentOptions& options, RandomGenerator& random);
  /// `picture` is CV_8UC3 in RGB.
  void apply(cv::Mat& picture) const;

 private:
  std::vector<std::function<void(cv::Mat&)>> steps_;
};

/// `count` operations, each drawn from the fourteen of Cubuk et al., RandAugment, 2020, at one magnitude in [0, 10].
/// Geometric ones fill with gray (128).
class RandAugment {
 public:
  RandAugment(std::int64_t count, double magnitude, RandomGenerator& random);
  void apply(cv::Mat& picture) const;

 private:
  std::vector<std::function<void(cv::Mat&)>> steps_;
};

}  // namespace zoetrope::media
