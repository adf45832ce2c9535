#include "zoetrope/media/colour.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "zoetrope/media/augment.h"

namespace zoetrope::media {
namespace {

using Step = std::function<void(cv::Mat&)>;

constexpr double kGrayWeights[] = {0.299, 0.587, 0.114};  // BT.601, as Pillow's "L"

cv::Mat gray_of(const cv::Mat& picture) {
  cv::Mat gray, colours;
  cv::cvtColor(picture, gray, cv::COLOR_RGB2GRAY);
  cv::cvtColor(gray, colours, cv::COLOR_GRAY2RGB);
  return colours;
}

// factor x + (1 - factor) other, rounded and clamped.
void blend(cv::Mat& picture, const cv::Mat& other, double factor) {
  cv::addWeighted(picture, factor, other, 1 - factor, 0, picture);
}

void change_brightness(cv::Mat& picture, double factor) {
  picture.convertTo(picture, -1, factor);
}

void change_contrast(cv::Mat& picture, double factor) {
  const cv::Scalar mean = cv::mean(picture);
  const double gray = mean[0] * kGrayWeights[0] + mean[1] * kGrayWeights[1] + mean[2] * kGrayWeights[2];
  picture.convertTo(picture, -1, factor, (1 - factor) * gray);
}

void change_saturation(cv::Mat& picture, double factor) {
  blend(picture, gray_of(picture), factor);
}

// By 8-bit HSV of the full circle, as Pillow: 256 hues.
void turn_hue(cv::Mat& picture, double turn) {
  cv::Mat hsv;
  cv::cvtColor(picture, hsv, cv::COLOR_RGB2HSV_FULL);
  std::vector<cv::Mat> planes;
  cv::split(hsv, planes);
  cv::Mat table(1, 256, CV_8U);
  const int offset = static_cast<int>(std::lround(turn * 256));
  for (int i = 0; i < 256; ++i) table.at<std::uint8_t>(i) = static_cast<std::uint8_t>(i + offset);
  cv::LUT(planes[0], table, planes[0]);
  cv::merge(planes, hsv);
  cv::cvtColor(hsv, picture, cv::COLOR_HSV2RGB_FULL);
}

void sharpen(cv::Mat& picture, double factor) {
  // Pillow's smoothing filter.
  const cv::Mat kernel = (cv::Mat_<float>(3, 3) << 1, 1, 1, 1, 5, 1, 1, 1, 1) / 13;
  cv::Mat smooth;
  cv::filter2D(picture, smooth, -1, kernel, {-1, -1}, 0, cv::BORDER_REPLICATE);
  blend(picture, smooth, factor);
}

void stretch_contrast(cv::Mat& picture) {
  std::vector<cv::Mat> planes;
  cv::split(picture, planes);
  for (cv::Mat& plane : planes) {
    double low = 0, high = 0;
    cv::minMaxLoc(plane, &low, &high);
    if (high > low) plane.convertTo(plane, -1, 255 / (high - low), -low * 255 / (high - low));
  }
  cv::merge(planes, picture);
}

void equalize(cv::Mat& picture) {
  std::vector<cv::Mat> planes;
  cv::split(picture, planes);
  for (cv::Mat& plane : planes) cv::equalizeHist(plane, plane);
  cv::merge(planes, picture);
}

void keep_bits(cv::Mat& picture, int bits) {
  cv::bitwise_and(picture, cv::Scalar::all(0xff & ~(0xff >> bits)), picture);
}

void invert_above(cv::Mat& picture, int threshold) {
  cv::Mat table(1, 256, CV_8U);
  for (int i = 0; i < 256; ++i)
    table.at<std::uint8_t>(i) = static_cast<std::uint8_t>(i < threshold ? i : 255 - i);
  cv::LUT(picture, table, picture);
}

/// `matrix` maps places of the result, from the picture's centre, to places of the source.
Step warp(std::array<double, 6> matrix) {
  return [matrix](cv::Mat& picture) {
    const double cx = (picture.cols - 1) / 2.0, cy = (picture.rows - 1) / 2.0;
    const cv::Mat map = (cv::Mat_<double>(2, 3) << matrix[0], matrix[1],
                         cx - matrix[0] * cx - matrix[1] * cy + matrix[2] * picture.cols, matrix[3],
                         matrix[4], cy - matrix[3] * cx - matrix[4] * cy + matrix[5] * picture.rows);
    cv::Mat warped;
    cv::warpAffine(picture, warped, map, picture.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                   cv::BORDER_CONSTANT, cv::Scalar::all(128));
    picture = warped;
  };
}

// The ranges are those of the paper's published code: at magnitude 10, turns of 30 degrees, shears of 0.3, shifts of
// 0.45 of the side, factors of 1 +- 0.9, 4 bits left, a threshold of 0.
Step draw_operation(double strength, RandomGenerator& random) {
  const double sign = uniform(random) < 0.5 ? -1 : 1;
  const double factor = 1 + sign * 0.9 * strength, shear = sign * 0.3 * strength,
               shift = sign * 0.45 * strength;
  const double angle = sign * 30 * strength * std::acos(-1) / 180;
  const auto with_factor = [factor](void (*change)(cv::Mat&, double)) -> Step {
    return [change, factor](cv::Mat& picture) { change(picture, factor); };
  };
  switch (uniform_integer(random, 0, 14)) {
    case 0:
      return [](cv::Mat&) {};
    case 1:
      return stretch_contrast;
    case 2:
      return equalize;
    case 3:
      return warp({std::cos(angle), std::sin(angle), 0, -std::sin(angle), std::cos(angle), 0});
    case 4:
      return [strength](cv::Mat& picture) {
        keep_bits(picture, 8 - static_cast<int>(std::lround(4 * strength)));
      };
    case 5:
      return [strength](cv::Mat& picture) { invert_above(picture, static_cast<int>(256 * (1 - strength))); };
    case 6:
      return with_factor(change_saturation);
    case 7:
      return with_factor(change_contrast);
    case 8:
      return with_factor(change_brightness);
    case 9:
      return with_factor(sharpen);
    case 10:
      return warp({1, shear, 0, 0, 1, 0});
    case 11:
      return warp({1, 0, 0, shear, 1, 0});
    case 12:
      return warp({1, 0, shift, 0, 1, 0});
    default:
      return warp({1, 0, 0, 0, 1, shift});
  }
}

}  // namespace

ColourChange::ColourChange(const AugmentOptions& options, RandomGenerator& random) {
  const auto add = [&](double range, void (*change)(cv::Mat&, double)) {
    if (range <= 0) return;
    const double factor = uniform(random, std::max(0.0, 1 - range), 1 + range);
    steps_.push_back([=](cv::Mat& picture) { change(picture, factor); });
  };
  add(options.brightness, change_brightness);
  add(options.contrast, change_contrast);
  add(options.saturation, change_saturation);
  if (options.hue > 0) {
    const double turn = uniform(random, -options.hue, options.hue);
    steps_.push_back([turn](cv::Mat& picture) { turn_hue(picture, turn); });
  }
  shuffle(steps_, random);
  if (options.gray > 0 && uniform(random) < options.gray)
    steps_.push_back([](cv::Mat& picture) { picture = gray_of(picture); });
}

void ColourChange::apply(cv::Mat& picture) const {
  for (const Step& step : steps_) step(picture);
}

RandAugment::RandAugment(std::int64_t count, double magnitude, RandomGenerator& random) {
  constexpr double kLargest = 10;
  for (std::int64_t i = 0; i < count; ++i) steps_.push_back(draw_operation(magnitude / kLargest, random));
}

void RandAugment::apply(cv::Mat& picture) const {
  for (const Step& step : steps_) step(picture);
}

}  // namespace zoetrope::media
