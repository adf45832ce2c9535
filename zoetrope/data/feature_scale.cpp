#include "zoetrope/data/feature_scale.h"

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"

namespace zoetrope::data {
namespace {

constexpr double kNoChange = 1e-6;  // of a deviation, beside the mean's size

torch::Tensor row(const std::vector<double>& values) {
  return torch::tensor(values, torch::kDouble).view({1, -1, 1});
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
  torch::Tensor mean = torch::zeros({1, set.num_dimensions, 1}, torch::kDouble);
  torch::Tensor squares = torch::zeros_like(mean);
  double count = 0;
  for (const SegmentationVideo& video : set.videos) {
    throw_if_interrupted();
    const torch::Tensor columns =
        read_columns(open_features(set, video), sample, video.num_frames).to(torch::kDouble);
    const auto added = static_cast<double>(columns.size(2));
    const torch::Tensor of_video = columns.mean(2, /*keepdim=*/true);
    const torch::Tensor step = of_video - mean;
    squares += (columns - of_video).square().sum(2, true) + step.square() * (count * added / (count + added));
    mean += step * (added / (count + added));
    count += added;
  }
  const torch::Tensor deviation = (squares / count).sqrt();
  const torch::Tensor std =
      torch::where(deviation > kNoChange * (mean.abs() + kNoChange), deviation, torch::ones_like(deviation));
  const auto values = [](const torch::Tensor& tensor) {
    return std::vector<double>(tensor.data_ptr<double>(), tensor.data_ptr<double>() + tensor.numel());
  };
  return {values(mean.contiguous()), values(std.contiguous())};
}

torch::Tensor standardised(const torch::Tensor& columns, const FeatureScale& scale) {
  if (scale.mean.empty() && scale.std.empty()) return columns;
  const auto dimensions = static_cast<std::size_t>(columns.size(1));
  if (scale.mean.size() != dimensions || scale.std.size() != dimensions) {
    throw Error::usage("features have {} dimensions; their scale has {} means and {} deviations", dimensions,
                       scale.mean.size(), scale.std.size());
  }
  return ((columns.to(torch::kDouble) - row(scale.mean)) / row(scale.std)).to(columns.scalar_type());
}

}  // namespace zoetrope::data
