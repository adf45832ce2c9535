#include "zoetrope/models/video_blocks.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/nn/max_pool.h"

namespace zoetrope::models {
namespace {

using torch::Tensor;

torch::ExpandingArray<3> expand(const Extent& size) {
  return torch::ExpandingArray<3>(size);
}

/// As `activate`, but may write to x: for what was just computed and nothing else holds.
Tensor activate_in_place(Activation activation, Tensor x) {
  return activation == Activation::kRelu ? x.relu_() : activate(activation, x);
}

torch::nn::AnyModule make_conv_b(const BottleneckOptions& o) {
  ConvOptions conv{.in_channels = o.dim_inner,
                   .out_channels = o.dim_inner,
                   .kernel = o.conv_b_kernel,
                   .stride = o.conv_b_stride,
                   .dilation = o.conv_b_dilation,
                   .groups = o.conv_b_groups};
  if (!o.conv_b_factorized) return torch::nn::AnyModule(make_conv(conv));
  ConvOptions temporal = conv;
  temporal.kernel = {conv.kernel[0], 1, 1};
  temporal.stride = {conv.stride[0], 1, 1};
  ConvOptions spatial = conv;
  spatial.kernel[0] = spatial.stride[0] = 1;
  return torch::nn::AnyModule(FactorizedConv(temporal, spatial, o.norm, o.activation));
}

/// X3D's norm_b: a norm `0`, perhaps followed by squeeze and excitation `1`.
class ExcitedNormImpl : public torch::nn::Module {
 public:
  ExcitedNormImpl(const nn::BatchNorm3d& norm, const SqueezeExcitation& excitation)
      : norm_(register_module("0", norm)) {
    if (excitation) excitation_ = register_module("1", excitation);
  }
  Tensor forward(const Tensor& x) { return excitation_ ? excitation_(norm_(x)) : norm_(x); }

 private:
  nn::BatchNorm3d norm_;
  SqueezeExcitation excitation_{nullptr};
};
TORCH_MODULE(ExcitedNorm);

torch::nn::AnyModule make_norm_b(const BottleneckOptions& o) {
  nn::BatchNorm3d norm = make_norm(o.dim_inner, o.norm);
  if (!o.se_ratio) return torch::nn::AnyModule(norm);
  SqueezeExcitation excitation{nullptr};
  if (*o.se_ratio > 0)
    excitation = SqueezeExcitation(o.dim_inner, round_width(static_cast<double>(o.dim_inner), *o.se_ratio));
  return torch::nn::AnyModule(ExcitedNorm(norm, excitation));
}

}  // namespace

EnumNames<Activation> config_names(Activation) {
  return {{"none", Activation::kNone},
          {"relu", Activation::kRelu},
          {"swish", Activation::kSwish},
          {"sigmoid", Activation::kSigmoid},
          {"softmax", Activation::kSoftmax}};
}

Tensor activate(Activation activation, const Tensor& x) {
  switch (activation) {
    case Activation::kNone:
      return x;
    case Activation::kRelu:
      return torch::relu(x);
    case Activation::kSwish:
      return torch::silu(x);
    case Activation::kSigmoid:
      return torch::sigmoid(x);
    case Activation::kSoftmax:
      return torch::softmax(x, 1);
  }
  return x;
}

EnumNames<Pool> config_names(Pool) {
  return {{"none", Pool::kNone}, {"max", Pool::kMax}, {"avg", Pool::kAverage}, {"adaptive", Pool::kAdaptive}};
}

Tensor VideoPool::forward(const Tensor& x, Stages*) {
  auto [kind, kernel, stride, padding, few_frames] = options_;
  if (kind == Pool::kNone) return x;
  if (kind == Pool::kAdaptive) return torch::adaptive_avg_pool3d(x, kernel);
  if (few_frames) kernel[0] = std::min(kernel[0], x.size(2) + 2 * padding[0]);
  for (std::size_t i = 0; i < 3; ++i) {
    if (x.size(static_cast<std::int64_t>(i) + 2) + 2 * padding[i] >= kernel[i]) continue;
    throw Error::usage(
        "the clip is too short or too small: it leaves a map of {} (T, H, W) where the network pools {}; "
        "give it "
        "a clip of its native size, or change the options that size the pool",
        fmt::join(x.sizes().slice(2), " x "), fmt::join(kernel, " x "));
  }
  if (kind == Pool::kMax) return nn::max_pool3d(x, kernel, stride, padding);
  return torch::avg_pool3d(x, kernel, stride, padding);
}

nn::Conv3d make_conv(const ConvOptions& o) {
  if (o.groups < 1 || o.in_channels % o.groups != 0 || o.out_channels % o.groups != 0) {
    throw Error::usage("a convolution of {} to {} channels cannot have {} groups: they have to divide both",
                       o.in_channels, o.out_channels, o.groups);
  }
  Extent padding{};
  for (std::size_t i = 0; i < 3; ++i)
    padding[i] = i > 0 && o.dilation[i] > 1 ? o.dilation[i] : o.kernel[i] / 2;
  return nn::Conv3d(torch::nn::Conv3dOptions(o.in_channels, o.out_channels, expand(o.kernel))
                        .stride(expand(o.stride))
                        .padding(expand(padding))
                        .dilation(expand(o.dilation))
                        .groups(o.groups)
                        .bias(false));
}

nn::BatchNorm3d make_norm(std::int64_t channels, const NormOptions& options) {
  return nn::BatchNorm3d(torch::nn::BatchNorm3dOptions(channels).eps(options.eps).momentum(options.momentum));
}

FactorizedConvImpl::FactorizedConvImpl(const ConvOptions& first, const ConvOptions& second,
                                       const std::optional<NormOptions>& norm, Activation activation)
    : activation_(activation) {
  conv_t_ = register_module("conv_t", make_conv(first));
  if (norm) norm_ = register_module("norm", make_norm(first.out_channels, *norm));
  conv_xy_ = register_module("conv_xy", make_conv(second));
}

Tensor FactorizedConvImpl::forward(const Tensor& x) {
  Tensor y = conv_t_(x);
  if (norm_) y = norm_(y);
  return conv_xy_(activate_in_place(activation_, y));
}

SqueezeExcitationImpl::SqueezeExcitationImpl(std::int64_t channels, std::int64_t reduced) {
  const auto pointwise = [](std::int64_t from, std::int64_t to) {
    return nn::Conv3d(torch::nn::Conv3dOptions(from, to, 1));
  };
  block_ =
      register_module("block", torch::nn::Sequential(pointwise(channels, reduced), torch::nn::ReLU(),
                                                     pointwise(reduced, channels), torch::nn::Sigmoid()));
}

Tensor SqueezeExcitationImpl::forward(const Tensor& x) {
  return x * block_->forward(x.mean({2, 3, 4}, /*keepdim=*/true));
}

VideoBottleneckImpl::VideoBottleneckImpl(const BottleneckOptions& o)
    : activation_(o.activation), inner_activation_(o.inner_activation) {
  conv_a_ = register_module("conv_a", make_conv({.in_channels = o.dim_in,
                                                 .out_channels = o.dim_inner,
                                                 .kernel = o.conv_a_kernel,
                                                 .stride = o.conv_a_stride}));
  norm_a_ = register_module("norm_a", make_norm(o.dim_inner, o.norm));
  conv_b_ = make_conv_b(o);
  register_module("conv_b", conv_b_.ptr());
  norm_b_ = make_norm_b(o);
  register_module("norm_b", norm_b_.ptr());
  conv_c_ = register_module("conv_c", make_conv({.in_channels = o.dim_inner, .out_channels = o.dim_out}));
  norm_c_ = register_module("norm_c", make_norm(o.dim_out, o.norm));
}

Tensor VideoBottleneckImpl::forward(const Tensor& x) {
  Tensor y = activate_in_place(activation_, norm_a_(conv_a_(x)));
  y = norm_b_.forward(conv_b_.forward(y));
  y = activate_in_place(inner_activation_, y);
  return norm_c_(conv_c_(y));
}

VideoResBlockImpl::VideoResBlockImpl(const BottleneckOptions& o) : activation_(o.activation) {
  Extent stride{};
  for (std::size_t i = 0; i < 3; ++i) stride[i] = o.conv_a_stride[i] * o.conv_b_stride[i];
  const bool widens = o.dim_in != o.dim_out;
  if (widens || stride != Extent{1, 1, 1}) {
    branch1_conv_ = register_module(
        "branch1_conv", make_conv({.in_channels = o.dim_in, .out_channels = o.dim_out, .stride = stride}));
    if (widens || o.shortcut_norm_always)
      branch1_norm_ = register_module("branch1_norm", make_norm(o.dim_out));
  }
  branch2_ = register_module("branch2", VideoBottleneck(o));
}

Tensor VideoResBlockImpl::forward(const Tensor& x) {
  Tensor shortcut = branch1_conv_ ? branch1_conv_(x) : x;
  if (branch1_norm_) shortcut = branch1_norm_(shortcut);
  return activate_in_place(activation_, shortcut + branch2_(x));
}

std::vector<BottleneckOptions> repeat_block(const BottleneckOptions& first, std::int64_t depth) {
  BottleneckOptions next = first;
  next.dim_in = first.dim_out;
  next.conv_a_stride = next.conv_b_stride = {1, 1, 1};
  std::vector<BottleneckOptions> blocks(static_cast<std::size_t>(depth), next);
  if (!blocks.empty()) blocks.front() = first;
  return blocks;
}

std::vector<BottleneckOptions> repeat_block(const BottleneckOptions& first, std::int64_t depth,
                                            const std::vector<Extent>& conv_a_kernels) {
  if (conv_a_kernels.empty())
    throw Error::usage("a stage's list of conv_a kernels is empty: give it one kernel at least");
  std::vector<BottleneckOptions> blocks = repeat_block(first, depth);
  for (std::size_t i = 0; i < blocks.size(); ++i)
    blocks[i].conv_a_kernel = conv_a_kernels[i % conv_a_kernels.size()];
  return blocks;
}

VideoStage::VideoStage(const std::vector<BottleneckOptions>& blocks) {
  torch::nn::ModuleList list;
  for (const BottleneckOptions& block : blocks) {
    blocks_.emplace_back(block);
    list->push_back(blocks_.back());
  }
  register_module("res_blocks", list);
}

Tensor VideoStage::forward(const Tensor& x, Stages* stages) {
  Tensor y = x;
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    y = blocks_[i](y);
    keep(stages, fmt::format("res_blocks.{}", i), y);
  }
  return y;
}

std::int64_t round_width(double width, double factor) {
  constexpr std::int64_t kDivisor = 8;
  if (factor == 0) return static_cast<std::int64_t>(width);
  width *= factor;
  std::int64_t rounded =
      std::max(kDivisor, static_cast<std::int64_t>(width + kDivisor / 2.0) / kDivisor * kDivisor);
  if (static_cast<double>(rounded) < 0.9 * width) rounded += kDivisor;
  return rounded;
}

std::int64_t product(const Stages4& strides) {
  return strides[0] * strides[1] * strides[2] * strides[3];
}

Stages4 stage_depths(std::int64_t model_depth) {
  switch (model_depth) {
    case 18:
      return {1, 1, 1, 1};
    case 50:
      return {3, 4, 6, 3};
    case 101:
      return {3, 4, 23, 3};
    case 152:
      return {3, 8, 36, 3};
    default:
      throw Error::usage("'depth': a residual video network has 18, 50, 101 or 152 layers, not {}",
                         model_depth);
  }
}

}  // namespace zoetrope::models
