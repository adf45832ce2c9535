#include "zoetrope/nn/dilated_stack.h"

#include <algorithm>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

constexpr std::int64_t kKernel = 3;

torch::nn::Conv1d pointwise(std::int64_t in, std::int64_t out) {
  return torch::nn::Conv1d(torch::nn::Conv1dOptions(in, out, 1));
}

torch::Tensor activate(const torch::Tensor& x, bool leaky) {
  return leaky ? torch::leaky_relu(x) : torch::relu(x);
}

bool holds(const std::vector<std::int64_t>& indices, std::size_t i) {
  return std::ranges::find(indices, static_cast<std::int64_t>(i)) != indices.end();
}

void check_indices(const std::vector<std::int64_t>& indices, std::size_t layers, const char* what) {
  for (const std::int64_t index : indices) {
    if (index < 0 || index >= static_cast<std::int64_t>(layers))
      throw Error::usage("{}: there is no layer {}; they are 0 to {}", what, index,
                         static_cast<std::int64_t>(layers) - 1);
  }
}

torch::Tensor halve(const torch::Tensor& x, TemporalPool pool) {
  return pool == TemporalPool::kMax ? torch::max_pool1d(x, 2) : torch::avg_pool1d(x, 2) * 2;
}

}  // namespace

DilatedStack::Layer::Layer(const DilatedStackOptions& options, std::int64_t dilation)
    : dilated_conv_(torch::nn::Conv1dOptions(options.channels, options.channels, kKernel)
                        .dilation(dilation)
                        .padding(dilation)),
      conv_1x1_(pointwise(options.channels, options.channels)),
      dropout_(options.dropout),
      leaky_(options.leaky) {
  register_module("dilated_conv", dilated_conv_);
  register_module("conv_1x1", conv_1x1_);
}

torch::Tensor DilatedStack::Layer::forward(const torch::Tensor& x) {
  const torch::Tensor y = conv_1x1_(activate(dilated_conv_(x), leaky_));
  return torch::dropout(y, dropout_, is_training()) + x;
}

DilatedStack::DilatedStack(const DilatedStackOptions& options)
    : options_(options),
      first_conv_(pointwise(options.in_channels, options.channels)),
      last_conv_(pointwise(options.channels, options.channels)) {
  check_indices(options.pool_after, options.dilations.size(), "pool_after");
  check_indices(options.keep_after, options.dilations.size(), "keep_after");
  register_module("first_conv", first_conv_);
  register_module("last_conv", last_conv_);
  for (std::size_t i = 0; i < options.dilations.size(); ++i)
    layers_.push_back(
        register_module(fmt::format("l_{}", i), std::make_shared<Layer>(options, options.dilations[i])));
}

std::int64_t DilatedStack::pooled_length(std::int64_t frames) const {
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    if (holds(options_.pool_after, i)) frames /= 2;
  }
  return frames;
}

std::vector<torch::Tensor> DilatedStack::forward(const torch::Tensor& sequence) {
  if (sequence.dim() != 3 || sequence.size(1) != options_.in_channels) {
    throw Error::usage("features of {} channels are taken, [N, {}, T], not [{}]", options_.in_channels,
                       options_.in_channels, fmt::join(sequence.sizes(), ", "));
  }
  if (pooled_length(sequence.size(2)) < 1) {
    throw Error::usage("a sequence of {} frames is too short for {} pools; pool less (pool_after)",
                       sequence.size(2), options_.pool_after.size());
  }
  std::vector<torch::Tensor> outputs;
  torch::Tensor x = activate(first_conv_(sequence), options_.leaky);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    x = layers_[i]->forward(x);
    if (holds(options_.pool_after, i)) x = halve(x, options_.pool);
    if (holds(options_.keep_after, i)) outputs.push_back(x);
  }
  outputs.push_back(last_conv_(activate(x, options_.leaky)));
  return outputs;
}

}  // namespace zoetrope::nn
