#include "zoetrope/structure/dissimilarity.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace zoetrope::structure {
namespace {

constexpr int kBlock = 10;  // pixels; nine blocks down the shorter side
// A block whose luma spreads less than this (levels) is flat: compression noise, not texture.
constexpr double kFlatSpread = 3;
// Flat blocks whose means differ by less than this (levels) say nothing; from four times as much they differ
// wholly.
constexpr double kFlatStep = 10;
// With fewer than this share of blocks that say something, structure is no evidence.
constexpr double kMinEvidence = 0.05;

struct BlockMoments {
  double mean_a = 0, mean_b = 0, var_a = 0, var_b = 0, covariance = 0;
};

BlockMoments block_moments(const cv::Mat& a, const cv::Mat& b, int x0, int y0) {
  int sum_a = 0, sum_b = 0, sum_aa = 0, sum_bb = 0, sum_ab = 0;
  for (int y = y0; y < y0 + kBlock; ++y) {
    const auto* row_a = a.ptr<unsigned char>(y) + x0;
    const auto* row_b = b.ptr<unsigned char>(y) + x0;
    for (int x = 0; x < kBlock; ++x) {
      const int p = row_a[x], q = row_b[x];
      sum_a += p;
      sum_b += q;
      sum_aa += p * p;
      sum_bb += q * q;
      sum_ab += p * q;
    }
  }
  constexpr double n = kBlock * kBlock;
  BlockMoments moments{.mean_a = sum_a / n, .mean_b = sum_b / n};
  moments.var_a = sum_aa / n - moments.mean_a * moments.mean_a;
  moments.var_b = sum_bb / n - moments.mean_b * moments.mean_b;
  moments.covariance = sum_ab / n - moments.mean_a * moments.mean_b;
  return moments;
}

}  // namespace

FlowEstimator::FlowEstimator() : dis_(cv::DISOpticalFlow::create(cv::DISOpticalFlow::PRESET_ULTRAFAST)) {
  dis_->setUseSpatialPropagation(false);
}

const cv::Mat& FlowEstimator::operator()(const cv::Mat& from, const cv::Mat& to) {
  dis_->calc(from, to, flow_);
  return flow_;
}

float SceneComparer::structure_distance(const cv::Mat& a, const cv::Mat& b, float without_texture) {
  const cv::Mat& flow = flow_(a, b);
  map_.create(flow.size(), CV_32FC2);
  for (int y = 0; y < flow.rows; ++y) {
    const auto* from = flow.ptr<cv::Vec2f>(y);
    auto* to = map_.ptr<cv::Vec2f>(y);
    for (int x = 0; x < flow.cols; ++x) {
      to[x] = from[x] + cv::Vec2f(static_cast<float>(x), static_cast<float>(y));
    }
  }
  cv::remap(b, warped_, map_, cv::noArray(), cv::INTER_LINEAR, cv::BORDER_REPLICATE);

  double distance = 0;
  int evidence = 0, blocks = 0;
  for (int y = 0; y + kBlock <= a.rows; y += kBlock) {
    for (int x = 0; x + kBlock <= a.cols; x += kBlock) {
      const BlockMoments m = block_moments(a, warped_, x, y);
      ++blocks;
      if (std::max(m.var_a, m.var_b) >= kFlatSpread * kFlatSpread) {
        const double spread = std::sqrt(std::max(m.var_a, 1.0) * std::max(m.var_b, 1.0));
        distance += 1 - std::clamp(m.covariance / spread, 0.0, 1.0);
        ++evidence;
      } else if (const double step = std::abs(m.mean_a - m.mean_b); step > kFlatStep) {
        distance += std::min(step / (4 * kFlatStep), 1.0);
        ++evidence;
      }
    }
  }
  if (evidence < kMinEvidence * blocks) return without_texture;
  return static_cast<float>(distance / evidence);
}

float SceneComparer::dissimilarity(const FrameFeatures& a, const FrameFeatures& b) {
  const float colour = colour_distance(a.colour, b.colour);
  return std::sqrt(colour * structure_distance(a.luma, b.luma, colour));
}

}  // namespace zoetrope::structure
