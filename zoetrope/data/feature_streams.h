#pragma once
// The features of one video that lie in several files, one a stream (RGB, optical flow), read as one: their
// dimensions one below the other, whole or piece by piece.
//
//   const data::FeatureStreams video({"features/rgb/a.npy", "features/flow/a.npy"});
//   video.read(0, video.num_sampled(2), 2);          // [1, D1 + D2, n]: frames 0, 2, 4, ...

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <vector>

#include "zoetrope/data/feature_file.h"

namespace zoetrope::data {

class FeatureStreams {
 public:
  /// Of streams that differ in length, the shorter counts. Throws Error as FeatureFile; kUsage without a
  /// file.
  explicit FeatureStreams(std::vector<FeatureFile> files);
  explicit FeatureStreams(const std::vector<std::filesystem::path>& files,
                          FeatureOrder order = FeatureOrder::kDimensionsFirst);

  [[nodiscard]] std::int64_t num_frames() const noexcept { return num_frames_; }
  [[nodiscard]] std::int64_t num_sampled(std::int64_t stride) const;
  /// Of all streams together, and of each.
  [[nodiscard]] std::int64_t num_dimensions() const;
  [[nodiscard]] std::vector<std::int64_t> dimensions() const;

  /// Float32 [1, D, count]: of the frames 0, stride, 2 stride, ..., `count` from number `first` on.
  [[nodiscard]] torch::Tensor read(std::int64_t first, std::int64_t count, std::int64_t stride = 1) const;

 private:
  std::vector<FeatureFile> files_;
  std::int64_t num_frames_ = 0;
};

}  // namespace zoetrope::data
