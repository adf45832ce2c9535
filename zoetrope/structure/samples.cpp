#include "zoetrope/structure/samples.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>

namespace zoetrope::structure {
namespace {

// Shares of the squared length; chosen on the development clips of bench/structure_eval.cpp.
constexpr float kColourShare = 0.7F;
constexpr float kOrientationShare = 0.3F;
constexpr double kMotionWeight = 0.1;  // of the logarithm
constexpr double kMotionUnit = 10;     // percent of the diagonal a second: the logarithm's knee
constexpr float kLeastGradient = 4;    // levels a pixel: below, noise

void orientation_histograms(const cv::Mat& luma, float* out) {
  cv::Mat dx, dy, length, angle;
  cv::Scharr(luma, dx, CV_32F, 1, 0, 1.0 / 32);
  cv::Scharr(luma, dy, CV_32F, 0, 1, 1.0 / 32);
  cv::cartToPolar(dx, dy, length, angle);
  for (int y = 0; y < luma.rows; ++y) {
    const auto* lengths = length.ptr<float>(y);
    const auto* angles = angle.ptr<float>(y);
    const int cell_row = y * kPooledGrid / luma.rows;
    for (int x = 0; x < luma.cols; ++x) {
      if (lengths[x] < kLeastGradient) continue;
      const int cell = cell_row * kPooledGrid + x * kPooledGrid / luma.cols;
      const auto direction = static_cast<int>(angles[x] * (kOrientationBins / std::numbers::pi_v<float>));
      out[cell * kOrientationBins + direction % kOrientationBins] += lengths[x];
    }
  }
}

/// Square roots, scaled so that the squares sum to `share`; an empty block stays zero.
void hellinger(float* block, std::size_t size, float share) {
  float sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum += block[i];
  if (sum <= 0) return;
  for (std::size_t i = 0; i < size; ++i) block[i] = std::sqrt(block[i] * share / sum);
}

void pool_colour(const ColourGrid& grid, float* out) {
  for (int cell = 0; cell < kGrid * kGrid; ++cell) {
    const int pooled =
        (cell / kGrid) * kPooledGrid / kGrid * kPooledGrid + (cell % kGrid) * kPooledGrid / kGrid;
    for (int bin = 0; bin < kCellBins; ++bin) out[pooled * kCellBins + bin] += grid[cell * kCellBins + bin];
  }
}

}  // namespace

double distance2(const Description& a, const Description& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum;
}

void Sample::merge(const Sample& next) {
  const double whole = seconds() + next.seconds();
  const auto share = static_cast<float>(whole > 0 ? next.seconds() / whole : 0.5);
  for (std::size_t i = 0; i < description.size(); ++i) {
    description[i] += share * (next.description[i] - description[i]);
  }
  brightness += share * (next.brightness - brightness);
  even += share * (next.even - even);
  end = next.end;
}

void SampleCollector::push(const FrameFeatures& features, double pts, double duration, double motion) {
  if (frames_ > 0 && pts - open_.begin > kSampleSeconds - 1e-3) close();
  if (frames_ == 0) {
    open_ = Sample{.begin = pts};
    colour_ = {};
    motion_ = brightness_ = even_ = 0;
    orientation_histograms(features.luma, open_.description.data() + kColourDims);
  }
  for (std::size_t i = 0; i < colour_.size(); ++i) colour_[i] += features.colour[i];
  motion_ += motion;
  brightness_ += features.mean_luma;
  even_ += features.even ? 1 : 0;
  open_.end = pts + duration;
  ++frames_;
}

void SampleCollector::close() {
  pool_colour(colour_, open_.description.data());
  hellinger(open_.description.data(), kColourDims, kColourShare);
  hellinger(open_.description.data() + kColourDims, kOrientationDims, kOrientationShare);
  open_.description.back() = static_cast<float>(kMotionWeight * std::log1p(motion_ / frames_ / kMotionUnit));
  open_.brightness = static_cast<float>(brightness_ / frames_);
  open_.even = static_cast<float>(even_ / frames_);
  samples_.push(open_);
  frames_ = 0;
}

std::vector<Sample> SampleCollector::finish() {
  if (frames_ > 0) close();
  return samples_.take();
}

}  // namespace zoetrope::structure
