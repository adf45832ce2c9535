#include "zoetrope/structure/motion.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace zoetrope::structure {
namespace {

constexpr int kStep = 5;           // pixels between the points of the fit
constexpr int kBorder = 4;         // pixels at the frame's edge, where flow leaves the picture
constexpr int kIterations = 12;    // of reweighting; it settles in five to eight
constexpr double kTukey = 4.685;   // 95 % efficiency for normal residuals
constexpr double kMinScale = 0.1;  // pixels: what DIS is good for
// Points whose gradient is below this many levels a pixel carry no flow of their own.
constexpr double kTexture = 6;

struct Point {
  double x, y, u, v, texture;
};

/// pan, tilt, zoom, roll of the picture in pixels (and pixels a pixel) a pair.
using Similarity = cv::Vec4d;

std::vector<Point> points_of(const cv::Mat& flow, const cv::Mat& luma) {
  cv::Mat dx, dy;
  cv::Scharr(luma, dx, CV_32F, 1, 0, 1.0 / 32);
  cv::Scharr(luma, dy, CV_32F, 0, 1, 1.0 / 32);
  std::vector<Point> points;
  for (int y = kBorder; y < flow.rows - kBorder; y += kStep) {
    for (int x = kBorder; x < flow.cols - kBorder; x += kStep) {
      const double gradient = std::hypot(dx.at<float>(y, x), dy.at<float>(y, x));
      const auto& uv = flow.at<cv::Vec2f>(y, x);
      points.push_back({.x = x - (flow.cols - 1) / 2.0,
                        .y = y - (flow.rows - 1) / 2.0,
                        .u = uv[0],
                        .v = uv[1],
                        .texture = std::min(gradient / kTexture, 1.0) + 0.02});
    }
  }
  return points;
}

double weighted_median(std::vector<std::pair<double, double>> value_weights) {
  std::sort(value_weights.begin(), value_weights.end());
  double total = 0, seen = 0;
  for (const auto& [value, weight] : value_weights) total += weight;
  for (const auto& [value, weight] : value_weights) {
    seen += weight;
    if (2 * seen >= total) return value;
  }
  return 0;
}

double residual(const Point& p, const Similarity& s) {
  return std::hypot(p.u - (s[0] + s[2] * p.x - s[3] * p.y), p.v - (s[1] + s[3] * p.x + s[2] * p.y));
}

double residual_scale(const std::vector<Point>& points, const Similarity& fit) {
  std::vector<std::pair<double, double>> residuals;
  residuals.reserve(points.size());
  for (const Point& p : points) residuals.emplace_back(residual(p, fit), p.texture);
  return std::max(1.4826 * weighted_median(std::move(residuals)), kMinScale);
}

double tukey_weight(double residual, double scale) {
  const double r = residual / (kTukey * scale);
  return r < 1 ? (1 - r * r) * (1 - r * r) : 0;
}

Similarity fit_similarity(const std::vector<Point>& points) {
  std::vector<std::pair<double, double>> us, vs;
  for (const Point& p : points) {
    us.emplace_back(p.u, p.texture);
    vs.emplace_back(p.v, p.texture);
  }
  Similarity fit(weighted_median(std::move(us)), weighted_median(std::move(vs)), 0, 0);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    const double scale = residual_scale(points, fit);
    // A^T A of rows (1 0 x -y) and (0 1 y x) has but few distinct entries.
    double w = 0, wx = 0, wy = 0, wr = 0;
    Similarity right;
    for (const Point& p : points) {
      const double weight = p.texture * tukey_weight(residual(p, fit), scale);
      w += weight;
      wx += weight * p.x;
      wy += weight * p.y;
      wr += weight * (p.x * p.x + p.y * p.y);
      right += weight * Similarity(p.u, p.v, p.x * p.u + p.y * p.v, p.x * p.v - p.y * p.u);
    }
    const cv::Matx44d left(w, 0, wx, -wy, 0, w, wy, wx, wx, wy, wr, 0, -wy, wx, 0, wr);
    if (w < 1) break;
    fit = Similarity((left.solve(cv::Matx41d(right.val), cv::DECOMP_LU)).val);
  }
  return fit;
}

}  // namespace

void MotionSample::merge(const MotionSample& next) {
  const double first = end - begin, second = next.end - next.begin;
  const double share = first + second > 0 ? second / (first + second) : 0.5;
  const auto mix = [share](double& here, double there) { here += share * (there - here); };
  mix(motion, next.motion);
  mix(camera.pan, next.camera.pan);
  mix(camera.tilt, next.camera.tilt);
  mix(camera.zoom, next.camera.zoom);
  mix(camera.roll, next.camera.roll);
  mix(support, next.support);
  end = next.end;
}

MotionSample measure_motion(const cv::Mat& flow, const cv::Mat& luma, double seconds) {
  const std::vector<Point> points = points_of(flow, luma);
  const Similarity fit = fit_similarity(points);
  double length = 0, with_camera = 0, total = 0;
  for (const Point& p : points) {
    const double speed = std::hypot(p.u, p.v);
    length += speed;
    total += p.texture;
    if (residual(p, fit) <= 0.3 + 0.15 * speed) with_camera += p.texture;
  }
  MotionSample sample;
  sample.motion =
      100 * length / static_cast<double>(points.size()) / std::hypot(flow.cols, flow.rows) / seconds;
  sample.camera = {.pan = -fit[0] / flow.cols / seconds,
                   .tilt = fit[1] / flow.rows / seconds,
                   .zoom = std::log(std::max(1 + fit[2], 0.1)) / seconds,
                   .roll = -std::atan(fit[3]) * 180 / std::numbers::pi / seconds};
  sample.support = with_camera / total;
  return sample;
}

std::optional<MotionSample> MotionEstimator::push(const FrameFeatures& features, double pts) {
  if (reference_.empty()) {
    reference_ = features.luma;
    reference_pts_ = pts;
    return std::nullopt;
  }
  const double seconds = pts - reference_pts_;
  if (seconds < 0.999 * kFlowInterval) return std::nullopt;
  MotionSample sample = measure_motion(flow_(reference_, features.luma), reference_, seconds);
  sample.begin = reference_pts_;
  sample.end = pts;
  reference_ = features.luma;
  reference_pts_ = pts;
  return sample;
}

}  // namespace zoetrope::structure
