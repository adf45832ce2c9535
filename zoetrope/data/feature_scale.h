#pragma once
// Features as tensors, and their scale: scores, coordinates and speeds in one file have units of their own, and a
// network that takes them as they are learns from the largest. Standardised, every dimension has mean 0 and
// deviation 1 over the training videos.
//
//   const data::FeatureScale scale = data::scale_of(train, /*sample=*/15);
//   torch::Tensor columns = data::read_columns(data::open_features(train, video), 15);
//   columns = data::standardised(columns, scale);

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/data/segmentation_set.h"

namespace zoetrope::data {

/// Columns 0, sample, 2 sample, ... of a video's features, of the first `num_frames` alone where that is given:
/// [1, D, T].
[[nodiscard]] torch::Tensor read_columns(const FeatureFile& file, std::int64_t sample = 1,
                                         std::int64_t num_frames = -1);

/// Of each dimension. Empty: features stay as they are.
struct FeatureScale {
  std::vector<double> mean = {};
  std::vector<double> std = {};
};

/// Over the sampled columns of all videos, each of which counts once; `std` of a dimension that never changes is 1.
/// Throws Error as FeatureFile, and what stops long work (core/interrupt.h).
[[nodiscard]] FeatureScale scale_of(const SegmentationSet& set, std::int64_t sample = 1);

/// Columns [1, D, T], contiguous float32 on the CPU, less the mean, over the deviation: in place, and given back.
/// Throws Error (kUsage) for a scale of another D.
[[nodiscard]] torch::Tensor standardised(torch::Tensor columns, const FeatureScale& scale);

}  // namespace zoetrope::data
