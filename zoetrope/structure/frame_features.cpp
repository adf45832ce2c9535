#include "zoetrope/structure/frame_features.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <opencv2/imgproc.hpp>

namespace zoetrope::structure {
namespace {

/// Where a level of 0..255 falls among the bins: `low` gets `1 - high_share`, `low + 1` gets `high_share`.
struct SoftBin {
  int low = 0;
  float high_share = 0;
};

std::array<SoftBin, 256> soft_bins(int bins, double first, double last) {
  std::array<SoftBin, 256> table;
  for (int level = 0; level < 256; ++level) {
    const double place = std::clamp((level - first) / (last - first), 0.0, 1.0) * (bins - 1);
    const int low = std::min(static_cast<int>(place), bins - 2);
    table[static_cast<std::size_t>(level)] = {low, static_cast<float>(place - low)};
  }
  return table;
}

void add_soft(float* histogram, const SoftBin& bin, float weight) {
  histogram[bin.low] += weight * (1 - bin.high_share);
  histogram[bin.low + 1] += weight * bin.high_share;
}

ColourGrid colour_grid(const cv::Mat& ycrcb) {
  // Natural chroma keeps close to grey, so the chroma bins span the middle of the scale and clip the rest.
  static const auto luma_table = soft_bins(kLumaBins, 0, 255);
  static const auto chroma_table = soft_bins(kChromaBins, 72, 184);
  ColourGrid grid{};
  for (int row = 0; row < kGrid; ++row) {
    for (int column = 0; column < kGrid; ++column) {
      const cv::Rect cell(cv::Point(ycrcb.cols * column / kGrid, ycrcb.rows * row / kGrid),
                          cv::Point(ycrcb.cols * (column + 1) / kGrid, ycrcb.rows * (row + 1) / kGrid));
      float* histogram = grid.data() + (row * kGrid + column) * kCellBins;
      const float weight = 1.0F / static_cast<float>(cell.area());
      for (int y = cell.y; y < cell.y + cell.height; ++y) {
        const auto* pixel = ycrcb.ptr<cv::Vec3b>(y) + cell.x;
        for (int x = 0; x < cell.width; ++x) {
          add_soft(histogram, luma_table[pixel[x][0]], weight);
          add_soft(histogram + kLumaBins, chroma_table[pixel[x][2]], weight);
          add_soft(histogram + kLumaBins + kChromaBins, chroma_table[pixel[x][1]], weight);
        }
      }
    }
  }
  return grid;
}

/// Whether all but kLogoShare of the pixels lie within kEvenLevels of the median.
bool is_even(const cv::Mat& luma) {
  constexpr int kEvenLevels = 8;
  constexpr double kLogoShare = 0.03;
  std::array<int, 256> counts{};
  for (int y = 0; y < luma.rows; ++y) {
    const auto* row = luma.ptr<unsigned char>(y);
    for (int x = 0; x < luma.cols; ++x) ++counts[row[x]];
  }
  const auto total = static_cast<int>(luma.total());
  int median = 0;
  for (int seen = counts[0]; 2 * seen < total; seen += counts[median]) ++median;
  const int low = std::max(median - kEvenLevels, 0), high = std::min(median + kEvenLevels, 255);
  const int near = std::accumulate(counts.begin() + low, counts.begin() + high + 1, 0);
  return near >= (1 - kLogoShare) * total;
}

}  // namespace

cv::Size analysis_size(cv::Size frame) {
  const double short_side = std::min(frame.width, frame.height);
  const double aspect =
      std::min(std::max(frame.width, frame.height) / short_side, static_cast<double>(kMaxAspect));
  const int long_side = static_cast<int>(std::lround(kAnalysisShortSide * aspect));
  return frame.width >= frame.height ? cv::Size(long_side, kAnalysisShortSide)
                                     : cv::Size(kAnalysisShortSide, long_side);
}

FrameFeatures compute_features(const cv::Mat& rgb) {
  const cv::Size size = analysis_size(rgb.size());
  cv::Mat small = rgb;
  if (rgb.size() != size) {
    const bool shrinks = rgb.cols >= size.width && rgb.rows >= size.height;
    cv::resize(rgb, small, size, 0, 0, shrinks ? cv::INTER_AREA : cv::INTER_LINEAR);
  }
  cv::Mat ycrcb;
  cv::cvtColor(small, ycrcb, cv::COLOR_RGB2YCrCb);

  FrameFeatures features;
  cv::extractChannel(ycrcb, features.luma, 0);
  features.colour = colour_grid(ycrcb);
  cv::Mat thumb;
  cv::resize(ycrcb, thumb, {kThumbWidth, kThumbHeight}, 0, 0, cv::INTER_AREA);
  std::copy_n(thumb.ptr<unsigned char>(), features.thumb.size(), features.thumb.begin());
  features.mean_luma = static_cast<float>(cv::mean(features.luma)[0]);
  features.even = is_even(features.luma);
  return features;
}

float colour_distance(const ColourGrid& a, const ColourGrid& b) {
  float luma = 0, chroma = 0;
  for (std::size_t cell = 0; cell < a.size(); cell += kCellBins) {
    for (std::size_t i = cell; i < cell + kLumaBins; ++i) luma += std::abs(a[i] - b[i]);
    for (std::size_t i = cell + kLumaBins; i < cell + kCellBins; ++i) chroma += std::abs(a[i] - b[i]);
  }
  // Two histograms that share nothing differ by 2; Cb and Cr are two of them.
  return (luma / 2 + chroma / 4) / (2 * kGrid * kGrid);
}

float thumb_distance2(const Thumbnail& a, const Thumbnail& b) {
  float sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return sum / static_cast<float>(a.size());
}

}  // namespace zoetrope::structure
