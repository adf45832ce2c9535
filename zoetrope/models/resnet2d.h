#pragma once
// Residual networks for images, and for clips as a bag of frames.
//
//   ResNet      He et al., "Deep Residual Learning for Image Recognition", CVPR 2016
//   ResNeXt     Xie et al., "Aggregated Residual Transformations for Deep Neural Networks", CVPR 2017
//   Wide ResNet Zagoruyko and Komodakis, "Wide Residual Networks", BMVC 2016
//   SE-ResNeXt  Hu et al., "Squeeze-and-Excitation Networks", CVPR 2018
//
// Parameter names and numbers are those of torchvision 0.14 (torchvision/models/resnet.py); the stride of a
// bottleneck is on its 3x3 convolution, which that library calls ResNet v1.5. SE-ResNeXt has timm's names
// (timm/models/resnet.py, seresnext101_32x4d): torchvision's, and `se.fc1`, `se.fc2` in each block. The older
// `legacy_seresnext101_32x4d` of timm and Cadene (`layer0`, `se_module`, `last_linear`) pools its stem
// without padding and so is another network.
//
// Input [N, C, H, W], or a clip [N, C, T, H, W], of which every frame is an image and logits and features are
// the means over the frames. Stages: `conv1`, `bn1` (before ReLU), `maxpool`, `layer1` to `layer4`, the
// blocks in them (`layer1.0`) and their layers (`layer1.0.conv1`).

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"
#include "zoetrope/models/residual.h"
#include "zoetrope/nn/batch_norm.h"

namespace zoetrope::models {

struct ResNet2dOptions {
  std::int64_t depth = 50;
  std::int64_t num_classes = 1000;
  std::int64_t in_channels = 3;
  std::int64_t groups = 1;
  std::int64_t width_per_group = 64;
  bool squeeze_excitation = false;
  std::vector<bool> replace_stride_with_dilation = {false, false, false};
  bool zero_init_residual = false;
  double dropout = 0;
  double widen_factor = 1;  ///< of all widths; 1 in all published networks
};
void describe(ConfigFields& fields, ResNet2dOptions& options);

/// Temporal shifts in a 2D network whose batch is the frames of clips: nn/temporal_shift.h.
enum class ShiftPlace { kNone, kBlock, kBlockres };
struct ShiftOptions {
  ShiftPlace place = ShiftPlace::kNone;
  std::int64_t num_segments = 8;
  std::int64_t shift_div = 8;
};

class ResNet2d : public Model {
 public:
  /// With `num_classes` 0 there is no classifier, and the logits are the features. Throws Error (kUsage) for
  /// options that do not go together.
  explicit ResNet2d(const ResNet2dOptions& options, const ShiftOptions& shift = {});

  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  [[nodiscard]] std::vector<std::int64_t> native_clip() const override;
  void reset_parameters() final;

  /// Images [N, C, H, W] to [N, feature_width()]: the last stage's mean over space.
  torch::Tensor features(const torch::Tensor& images, Stages* stages = nullptr);
  /// Images [N, C, H, W] to the maps before `layer1`, without the max pool where it says so.
  torch::Tensor stem(const torch::Tensor& images, Stages* stages = nullptr, bool max_pool = true);
  /// Stage 0 to 3, which is `layer1` to `layer4`.
  torch::Tensor stage(std::size_t index, const torch::Tensor& maps, Stages* stages = nullptr);
  /// Features to logits, with the dropout of training.
  torch::Tensor classify(const torch::Tensor& features);
  [[nodiscard]] std::int64_t feature_width() const noexcept { return feature_width_; }
  /// The classifier; empty with `num_classes` 0.
  [[nodiscard]] torch::nn::Linear& fc() noexcept { return fc_; }

 private:
  struct Builder;
  ResNet2dOptions options_;
  std::int64_t feature_width_ = 0;
  torch::nn::Conv2d conv1_{nullptr};
  nn::BatchNorm2d bn1_{nullptr};
  std::array<std::shared_ptr<Chain>, 4> layers_;
  torch::nn::Linear fc_{nullptr};
};

std::vector<ModelEntry> resnet2d_models();

}  // namespace zoetrope::models
