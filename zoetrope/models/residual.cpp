#include "zoetrope/models/residual.h"

#include "zoetrope/core/error.h"

namespace zoetrope::models {

Chain& Chain::add_layer(torch::nn::AnyModule layer) {
  register_module(std::to_string(layers_.size()), layer.ptr());
  layers_.push_back(std::move(layer));
  return *this;
}

Chain& Chain::add_relu() {
  layers_.emplace_back();
  return *this;
}

torch::Tensor Chain::forward(const torch::Tensor& input) {
  torch::Tensor x = input;
  for (torch::nn::AnyModule& layer : layers_) x = layer.is_empty() ? torch::relu_(x) : layer.forward(x);
  return x;
}

ResidualBlock& ResidualBlock::add_layer(const std::string& name, torch::nn::AnyModule layer) {
  register_module(name, layer.ptr());
  steps_.push_back({name, std::move(layer)});
  return *this;
}

ResidualBlock& ResidualBlock::add_relu() {
  steps_.push_back({});
  return *this;
}

void ResidualBlock::set_shortcut(std::shared_ptr<Chain> shortcut) {
  register_module("downsample", shortcut);
  shortcut_ = [shortcut](const torch::Tensor& input) { return shortcut->forward(input); };
}

void ResidualBlock::set_shortcut(std::function<torch::Tensor(const torch::Tensor&)> shortcut) {
  shortcut_ = std::move(shortcut);
}

torch::Tensor ResidualBlock::run(const torch::Tensor& input, Stages* stages, const std::string& prefix) {
  torch::Tensor x = input;
  for (Step& step : steps_) {
    if (step.layer.is_empty()) {
      // In place it saves a pass over memory; a kept stage must stay what it was.
      x = stages ? torch::relu(x) : torch::relu_(x);
    } else {
      x = step.layer.forward(x);
      if (stages) stages->keep(prefix + "." + step.name, x);
    }
  }
  x = stages ? x + (shortcut_ ? shortcut_(input) : input) : x.add_(shortcut_ ? shortcut_(input) : input);
  return torch::relu_(x);
}

torch::Tensor ResidualBlock::last_scale() const {
  torch::Tensor scale;
  for (const Step& step : steps_) {
    if (step.layer.is_empty()) continue;
    for (const auto& module : step.layer.ptr()->modules()) {
      if (const auto* norm = module->as<nn::BatchNorm2d>()) scale = norm->weight;
      if (const auto* norm = module->as<nn::BatchNorm3d>()) scale = norm->weight;
    }
  }
  return scale;
}

ResNetPlan resnet_plan(std::int64_t depth) {
  switch (depth) {
    case 10:
      return {{1, 1, 1, 1}, false};
    case 18:
      return {{2, 2, 2, 2}, false};
    case 34:
      return {{3, 4, 6, 3}, false};
    case 50:
      return {{3, 4, 6, 3}, true};
    case 101:
      return {{3, 4, 23, 3}, true};
    case 152:
      return {{3, 8, 36, 3}, true};
    case 200:
      return {{3, 24, 36, 3}, true};
    default:
      throw Error::usage("there is no residual network of depth {}: it is 10, 18, 34, 50, 101, 152 or 200",
                         depth);
  }
}

torch::Tensor run_blocks(Chain& blocks, const std::string& name, const torch::Tensor& input, Stages* stages) {
  torch::Tensor x = input;
  std::int64_t index = 0;
  for (torch::nn::AnyModule& block : blocks.layers()) {
    const std::string path = stages ? fmt::format("{}.{}", name, index++) : std::string();
    auto* residual = stages ? dynamic_cast<ResidualBlock*>(block.ptr().get()) : nullptr;
    x = residual ? residual->run(x, stages, path) : block.forward(x);
    if (stages) stages->keep(path, x);
  }
  keep(stages, name, x);
  return x;
}

torch::nn::Conv2d conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride,
                         std::int64_t groups, std::int64_t dilation) {
  return torch::nn::Conv2d(torch::nn::Conv2dOptions(in, out, kernel)
                               .stride(stride)
                               .padding(kernel / 2 * dilation)
                               .groups(groups)
                               .dilation(dilation)
                               .bias(false));
}

nn::Conv3d conv3d(std::int64_t in, std::int64_t out, Size3 kernel, Size3 stride, std::int64_t groups) {
  const Size3 padding({(*kernel)[0] / 2, (*kernel)[1] / 2, (*kernel)[2] / 2});
  return nn::Conv3d(
      torch::nn::Conv3dOptions(in, out, kernel).stride(stride).padding(padding).groups(groups).bias(false));
}

std::int64_t factorised_width(std::int64_t in, std::int64_t out, std::array<std::int64_t, 3> kernel) {
  const std::int64_t space = kernel[1] * kernel[2];
  return in * out * kernel[0] * space / (in * space + kernel[0] * out);
}

void reset_residual_network(torch::nn::Module& network) {
  const torch::NoGradGuard no_grad;
  const auto reset_convolution = [](auto& conv) {
    if (conv.bias.defined()) conv.reset_parameters();
    torch::nn::init::kaiming_normal_(conv.weight, 0, torch::kFanOut, torch::kReLU);
  };
  for (const auto& module : network.modules(/*include_self=*/false)) {
    if (auto* conv1d = module->as<torch::nn::Conv1d>()) conv1d->reset_parameters();
    if (auto* conv2d = module->as<torch::nn::Conv2d>()) reset_convolution(*conv2d);
    if (auto* conv3d = module->as<torch::nn::Conv3d>()) reset_convolution(*conv3d);
    if (auto* norm2d = module->as<nn::BatchNorm2d>()) norm2d->reset_parameters();
    if (auto* norm3d = module->as<nn::BatchNorm3d>()) norm3d->reset_parameters();
    if (auto* linear = module->as<torch::nn::Linear>()) linear->reset_parameters();
  }
}

void zero_last_scales(torch::nn::Module& network) {
  const torch::NoGradGuard no_grad;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    const auto* block = dynamic_cast<const ResidualBlock*>(module.get());
    if (!block) continue;
    if (torch::Tensor scale = block->last_scale(); scale.defined()) scale.zero_();
  }
}

}  // namespace zoetrope::models
