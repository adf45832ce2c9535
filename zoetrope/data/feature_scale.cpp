#include "zoetrope/data/feature_scale.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <span>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"

namespace zoetrope::data {
namespace {

constexpr double kNoChange = 1e-6;  // of a deviation, beside the mean's size

// A dimension of [1, D, T], one piece.
std::span<float> row_of(const torch::Tensor& columns, std::size_t dimension) {
  const auto frames = static_cast<std::size_t>(columns.size(2));
  return {columns.data_ptr<float>() + dimension * frames, frames};
}

}  // namespace

torch::Tensor read_columns(const FeatureFile& file, std::int64_t sample, std::int64_t num_frames) {
  torch::Tensor columns =
      torch::empty({1, file.num_dimensions(), file.num_sampled(sample, num_frames)}, torch::kFloat);
  file.read({columns.data_ptr<float>(), static_cast<std::size_t>(columns.numel())}, sample, num_frames);
  return columns;
}

FeatureScale scale_of(const SegmentationSet& set, std::int64_t sample) {
  // Chan's update of a mean and a sum of squares: numbers far from zero lose nothing to cancellation.
  const auto dimensions = static_cast<std::size_t>(set.num_dimensions);
  FeatureScale scale{std::vector<double>(dimensions), std::vector<double>(dimensions)};
  double count = 0;
  for (const SegmentationVideo& video : set.videos) {
    throw_if_interrupted();
    const torch::Tensor columns = read_columns(open_features(set, video), sample, video.num_frames);
    const auto added = static_cast<double>(columns.size(2));
    for (std::size_t d = 0; d < dimensions; ++d) {
      const std::span<const float> row = row_of(columns, d);
      const double mean = std::accumulate(row.begin(), row.end(), 0.0) / added;
      double squares = 0;
      for (const float value : row) squares += (value - mean) * (value - mean);
      const double step = mean - scale.mean[d];
      scale.std[d] += squares + step * step * (count * added / (count + added));
      scale.mean[d] += step * (added / (count + added));
    }
    count += added;
  }
  for (std::size_t d = 0; d < dimensions; ++d) {
    const double deviation = std::sqrt(scale.std[d] / std::max(count, 1.0));
    scale.std[d] = deviation > kNoChange * (std::abs(scale.mean[d]) + kNoChange) ? deviation : 1;
  }
  return scale;
}

torch::Tensor standardised(torch::Tensor columns, const FeatureScale& scale) {
  if (scale.mean.empty() && scale.std.empty()) return columns;
  const auto dimensions = static_cast<std::size_t>(columns.size(1));
  if (scale.mean.size() != dimensions || scale.std.size() != dimensions) {
    throw Error::usage("features have {} dimensions; their scale has {} means and {} deviations", dimensions,
                       scale.mean.size(), scale.std.size());
  }
  // In place: the features of an hour are there once.
  for (std::size_t d = 0; d < dimensions; ++d) {
    for (float& value : row_of(columns, d))
      value = static_cast<float>((value - scale.mean[d]) / scale.std[d]);
  }
  return columns;
}

}  // namespace zoetrope::data
