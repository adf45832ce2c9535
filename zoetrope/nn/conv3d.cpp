#include "zoetrope/nn/conv3d.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "zoetrope/core/torch_compat.h"

namespace zoetrope::nn {
namespace {

using torch::IntArrayRef;
using torch::Tensor;

thread_local bool plain = false;

struct Geometry {
  IntArrayRef padding, stride, dilation;  // (T, H, W)
  std::int64_t groups;
};

bool learns(const Tensor& tensor) {
  return tensor.defined() && torch::GradMode::is_enabled() && tensor.requires_grad();
}

// A kernel of one element is a matrix product, which LibTorch does well on one thread.
bool is_product(const Tensor& weight) {
  return weight.size(2) * weight.size(3) * weight.size(4) == 1;
}

bool suits_onednn(const Tensor& input, const Tensor& weight, const Tensor& bias) {
  return !plain && input.device().is_cpu() && input.layout() == torch::kStrided &&
         input.scalar_type() == torch::kFloat && input.dim() == 5 && weight.scalar_type() == torch::kFloat &&
         input.numel() > 0 && at::globalContext().hasMKLDNN() && at::globalContext().userEnabledMkldnn() &&
         !autocasts(input.device()) && !learns(input) && !learns(weight) && !learns(bias) &&
         (!is_product(weight) || at::get_num_threads() > 1);
}

// Each channel by itself, and as many frames as before.
bool suits_planes(const Tensor& input, const Tensor& weight, const Geometry& g) {
  return input.size(1) == g.groups && weight.size(0) == g.groups && weight.size(2) > 1 &&
         2 * g.padding[0] == weight.size(2) - 1 && g.stride[0] == 1 && g.dilation[0] == 1;
}

Tensor convolve_planes(const Tensor& input, const Tensor& weight, const Tensor& bias, const Geometry& g) {
  const std::int64_t clips = input.size(0), channels = input.size(1), frames = input.size(2);
  const Tensor planes = input.view({clips, channels * frames, input.size(3), input.size(4)});
  // What the kernel's frame that lies `later` frames after its middle makes of each frame.
  const auto convolve = [&](std::int64_t later, const Tensor& shift) {
    const Tensor kernel = weight.select(2, g.padding[0] + later).repeat_interleave(frames, 0);
    const Tensor y = torch::mkldnn_convolution(planes, kernel, shift, g.padding.slice(1), g.stride.slice(1),
                                               g.dilation.slice(1), channels * frames);
    // Not a view, which a caller could not write to where gradients are wanted.
    return torch::_unsafe_view(y, {clips, channels, frames, y.size(2), y.size(3)});
  };
  Tensor sum = convolve(0, bias.defined() ? bias.repeat_interleave(frames) : bias);
  const std::int64_t reach = std::min(g.padding[0], frames - 1);
  for (std::int64_t later = -reach; later <= reach; ++later) {
    if (later == 0) continue;
    const std::int64_t length = frames - std::abs(later);
    sum.narrow(2, std::max<std::int64_t>(-later, 0), length)
        .add_(convolve(later, {}).narrow(2, std::max<std::int64_t>(later, 0), length));
  }
  return sum;
}

Tensor convolve(const Tensor& input, const Tensor& weight, const Tensor& bias, const Geometry& g) {
  if (suits_planes(input, weight, g)) return convolve_planes(input, weight, bias, g);
  return torch::mkldnn_convolution(input, weight, bias, g.padding, g.stride, g.dilation, g.groups);
}

}  // namespace

PlainConv3dScope::PlainConv3dScope() : before_(plain) {
  plain = true;
}

PlainConv3dScope::~PlainConv3dScope() {
  plain = before_;
}

Tensor Conv3dImpl::forward(const Tensor& given) {
  // Of LibTorch's own variant before 2, of std's after.
  const auto* padding = get_if<torch::ExpandingArray<3>>(&options.padding());
  const bool zeros = holds_alternative<torch::enumtype::kZeros>(options.padding_mode());
  if (!padding || !zeros || !suits_onednn(given, weight, bias)) return torch::nn::Conv3dImpl::forward(given);
  const Tensor input = given.contiguous();
  const Geometry g{*padding, options.stride(), options.dilation(), options.groups()};
  at::RecordFunction operation(at::RecordScope::FUNCTION);
  if (!operation.isActive()) return convolve(input, weight, bias, g);
  // Who watches operations is told of the one that this stands for (models/multiply_adds.h, fold_batch_norms.h).
  const std::vector<c10::IValue> arguments = {
      given, weight, bias, g.stride, g.padding, g.dilation, false, std::vector<std::int64_t>(3, 0), g.groups};
  operation.before("aten::convolution", c10::ArrayRef<const c10::IValue>(arguments.data(), arguments.size()));
  const Tensor output = convolve(input, weight, bias, g);
  operation.setOutputs(std::vector<c10::IValue>{output});
  return output;
}

}  // namespace zoetrope::nn
