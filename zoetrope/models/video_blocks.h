#pragma once
// The parts that the residual video networks of PyTorchVideo share (X3D, SlowFast, Slow, I3D on ResNet-50,
// CSN, R(2+1)D), with its parameter names: convolutions, pools, the bottleneck, residual block and stage.
//
// Tensors are [N, C, T, H, W]; sizes, strides and kernels are [T, H, W]. A convolution of kernel k without
// dilation is padded by k / 2 on both sides, so an odd kernel of stride s makes ceil(n / s) of n.

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/model.h"
#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/nn/conv3d.h"

namespace zoetrope::models {

/// A size in time, height and width: of a kernel, a stride, a map.
using Extent = std::array<std::int64_t, 3>;

enum class Activation { kNone, kRelu, kSwish, kSigmoid, kSoftmax };
EnumNames<Activation> config_names(Activation);

/// The softmax is over the channels, dimension 1.
[[nodiscard]] torch::Tensor activate(Activation activation, const torch::Tensor& x);

/// Batch normalisation's; momentum is PyTorch's, the weight of the new batch.
struct NormOptions {
  double eps = 1e-5;
  double momentum = 0.1;
};

/// A step of a network that knows its own stages.
class VideoBlock : public torch::nn::Module {
 public:
  virtual torch::Tensor forward(const torch::Tensor& x, Stages* stages) = 0;
};

enum class Pool { kNone, kMax, kAverage, kAdaptive };
EnumNames<Pool> config_names(Pool);

struct PoolOptions {
  Pool kind = Pool::kMax;
  Extent kernel = {1, 1, 1};  ///< of kAdaptive: the size of what it makes
  Extent stride = {1, 1, 1};
  Extent padding = {0, 0, 0};
  /// Of fewer frames than the kernel has, all are pooled: of clips that may keep few (adaptive.h).
  bool few_frames = false;
};

/// Throws Error (kUsage) for a map that is smaller than the kernel: the clip was too short or too small.
class VideoPool : public VideoBlock {
 public:
  explicit VideoPool(const PoolOptions& options) : options_(options) {}
  torch::Tensor forward(const torch::Tensor& x, Stages* stages) override;

 private:
  PoolOptions options_;
};

struct ConvOptions {
  std::int64_t in_channels = 0;
  std::int64_t out_channels = 0;
  Extent kernel = {1, 1, 1};
  Extent stride = {1, 1, 1};
  Extent dilation = {1, 1, 1};
  std::int64_t groups = 1;
};

/// Without bias. A dilated height or width is padded by its dilation, as in the authors' code, which suits
/// kernels of 3. Throws Error (kUsage) where the groups do not divide the channels.
[[nodiscard]] nn::Conv3d make_conv(const ConvOptions& options);
[[nodiscard]] nn::BatchNorm3d make_norm(std::int64_t channels, const NormOptions& options = {});

/// A convolution in two: `conv_t`, perhaps a norm and an activation, then `conv_xy`. R(2+1)D has the temporal
/// one first. X3D's stem has the spatial one first and nothing between, and still bears these names, so that
/// `conv_t` is its spatial one.
class FactorizedConvImpl : public torch::nn::Module {
 public:
  FactorizedConvImpl(const ConvOptions& first, const ConvOptions& second,
                     const std::optional<NormOptions>& norm, Activation activation);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  Activation activation_;
  nn::Conv3d conv_t_{nullptr}, conv_xy_{nullptr};
  nn::BatchNorm3d norm_{nullptr};
};
TORCH_MODULE(FactorizedConv);

/// Hu, Shen and Sun, "Squeeze-and-Excitation Networks", CVPR 2018: scales each channel by a gate that is
/// computed from the means of all channels over time and space.
class SqueezeExcitationImpl : public torch::nn::Module {
 public:
  SqueezeExcitationImpl(std::int64_t channels, std::int64_t reduced);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  torch::nn::Sequential block_;
};
TORCH_MODULE(SqueezeExcitation);

/// Of a residual block: conv_a narrows (and may look at neighbouring frames), conv_b looks at space or at
/// space and time, conv_c widens.
struct BottleneckOptions {
  std::int64_t dim_in = 0;
  std::int64_t dim_inner = 0;
  std::int64_t dim_out = 0;
  Extent conv_a_kernel = {1, 1, 1};
  Extent conv_a_stride = {1, 1, 1};
  Extent conv_b_kernel = {1, 3, 3};
  Extent conv_b_stride = {1, 1, 1};
  Extent conv_b_dilation = {1, 1, 1};
  std::int64_t conv_b_groups = 1;
  bool conv_b_factorized = false;  ///< R(2+1)D: conv_b in time, then in space
  /// X3D: squeeze and excitation after norm_b, narrowed to this part of its channels; 0 is none. Whoever sets
  /// it also gets X3D's names, norm_b.0 and norm_b.1, with or without squeeze and excitation.
  std::optional<double> se_ratio = {};
  bool shortcut_norm_always =
      true;  ///< false, X3D: a shortcut of unchanged width has a convolution but no norm
  Activation activation = Activation::kRelu;
  Activation inner_activation = Activation::kRelu;  ///< after conv_b
  NormOptions norm = {};                            ///< of the branch; a shortcut's is PyTorch's default
};

/// The branch of a residual block: conv_a, norm_a, activation, conv_b, norm_b, activation, conv_c, norm_c.
class VideoBottleneckImpl : public torch::nn::Module {
 public:
  explicit VideoBottleneckImpl(const BottleneckOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  Activation activation_, inner_activation_;
  nn::Conv3d conv_a_{nullptr}, conv_c_{nullptr};
  nn::BatchNorm3d norm_a_{nullptr}, norm_c_{nullptr};
  torch::nn::AnyModule conv_b_, norm_b_;
};
TORCH_MODULE(VideoBottleneck);

/// activation(branch1(x) + branch2(x)). Where width or size change, branch1 is a 1x1x1 convolution, else x.
class VideoResBlockImpl : public torch::nn::Module {
 public:
  explicit VideoResBlockImpl(const BottleneckOptions& options);
  torch::Tensor forward(const torch::Tensor& x);

 private:
  Activation activation_;
  nn::Conv3d branch1_conv_{nullptr};
  nn::BatchNorm3d branch1_norm_{nullptr};
  VideoBottleneck branch2_{nullptr};
};
TORCH_MODULE(VideoResBlock);

/// `first`, then depth - 1 blocks of its width without stride.
[[nodiscard]] std::vector<BottleneckOptions> repeat_block(const BottleneckOptions& first, std::int64_t depth);
/// The same with kernels of conv_a that take turns. Throws Error (kUsage) for an empty list.
[[nodiscard]] std::vector<BottleneckOptions> repeat_block(const BottleneckOptions& first, std::int64_t depth,
                                                          const std::vector<Extent>& conv_a_kernels);

/// Residual blocks in a row, each a stage `res_blocks.N`.
class VideoStage : public VideoBlock {
 public:
  explicit VideoStage(const std::vector<BottleneckOptions>& blocks);
  torch::Tensor forward(const torch::Tensor& x, Stages* stages) override;

 private:
  std::vector<VideoResBlock> blocks_;
};

/// width * factor as a multiple of 8, at least 8 and nine tenths of the product; a factor of 0 keeps width.
[[nodiscard]] std::int64_t round_width(double width, double factor);

/// A value for each of the four stages.
using Stages4 = std::array<std::int64_t, 4>;

/// The product of the stages' strides.
[[nodiscard]] std::int64_t product(const Stages4& strides);

/// Blocks of the four stages of a residual network of 50, 101 or 152 layers, or of the authors' 18, one block
/// a stage. Throws Error (kUsage) for another depth.
[[nodiscard]] Stages4 stage_depths(std::int64_t model_depth);

}  // namespace zoetrope::models
