#pragma once
// What the residual networks share, in two and three dimensions: the block, the plan of each depth,
// convolutions and their initialisation. He, Zhang, Ren and Sun, "Deep Residual Learning for Image
// Recognition", CVPR 2016.
//
// A block is written down as the layers of its residual branch, by the names of the authors' state dict, in
// the order of computation; families differ in nothing else:
//
//   auto block = std::make_shared<ResidualBlock>();
//   block->add("conv1", conv3d(in, planes, 3, stride)).add("bn1", nn::BatchNorm3d(planes)).add_relu();
//   block->add("conv2", conv3d(planes, planes, 3)).add("bn2", nn::BatchNorm3d(planes));
//   block->set_shortcut(projection);

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "zoetrope/models/model.h"
#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/nn/conv3d.h"

namespace zoetrope::models {

/// Any module that takes a tensor to a tensor; what is one already stays what it is.
template <typename Layer>
torch::nn::AnyModule any_module(Layer layer) {
  if constexpr (std::is_same_v<Layer, torch::nn::AnyModule>) {
    return layer;
  } else {
    return torch::nn::AnyModule(std::move(layer));
  }
}

/// Layers one after the other, named "0", "1", ... as in Python's nn.Sequential (LibTorch's own cannot hold
/// another).
class Chain : public torch::nn::Module {
 public:
  template <typename Layer>
  Chain& add(Layer layer) {
    return add_layer(any_module(std::move(layer)));
  }
  /// Takes a number, as the authors' ReLU modules do.
  Chain& add_relu();

  torch::Tensor forward(const torch::Tensor& input);
  [[nodiscard]] std::vector<torch::nn::AnyModule>& layers() noexcept { return layers_; }

 private:
  Chain& add_layer(torch::nn::AnyModule layer);
  std::vector<torch::nn::AnyModule> layers_;  // empty: ReLU
};

/// y = relu(branch(x) + shortcut(x)).
class ResidualBlock : public torch::nn::Module {
 public:
  /// Appends a layer of the residual branch.
  template <typename Layer>
  ResidualBlock& add(const std::string& name, Layer layer) {
    return add_layer(name, any_module(std::move(layer)));
  }
  ResidualBlock& add_relu();

  /// The shortcut, registered as `downsample`; without one it is the identity. Call it last: it stands last
  /// in the state.
  void set_shortcut(std::shared_ptr<Chain> shortcut);
  /// A shortcut without parameters.
  void set_shortcut(std::function<torch::Tensor(const torch::Tensor&)> shortcut);

  torch::Tensor forward(const torch::Tensor& input) { return run(input, nullptr); }
  /// Keeps each named layer's output as `prefix` + "." + name.
  torch::Tensor run(const torch::Tensor& input, Stages* stages, const std::string& prefix = "");

  /// The scale of the last normalisation in the branch, for those who begin with it at zero (Goyal et al.,
  /// "Accurate, Large Minibatch SGD", 2017); undefined if there is none.
  [[nodiscard]] torch::Tensor last_scale() const;

 private:
  struct Step {
    std::string name;
    torch::nn::AnyModule layer;  // empty: ReLU
  };

  ResidualBlock& add_layer(const std::string& name, torch::nn::AnyModule layer);

  std::vector<Step> steps_;
  std::function<torch::Tensor(const torch::Tensor&)> shortcut_;
};

/// The published depths: blocks in each of the four stages, and whether they are bottlenecks (1x1, 3x3, 1x1).
struct ResNetPlan {
  std::array<std::int64_t, 4> blocks;
  bool bottleneck;
};

/// 10, 18, 34, 50, 101, 152 or 200 layers. Throws Error (kUsage) for another depth.
[[nodiscard]] ResNetPlan resnet_plan(std::int64_t depth);

/// Runs the blocks of a stage and keeps the output of each ("layer1.0"), of its layers, and of the whole
/// ("layer1").
torch::Tensor run_blocks(Chain& blocks, const std::string& name, const torch::Tensor& input, Stages* stages);

/// A convolution without bias, padded by half its kernel times its dilation.
[[nodiscard]] torch::nn::Conv2d conv2d(std::int64_t in, std::int64_t out, std::int64_t kernel,
                                       std::int64_t stride = 1, std::int64_t groups = 1,
                                       std::int64_t dilation = 1);
using Size3 = torch::ExpandingArray<3>;  ///< (time, height, width), or one number for all
[[nodiscard]] nn::Conv3d conv3d(std::int64_t in, std::int64_t out, Size3 kernel, Size3 stride = 1,
                                std::int64_t groups = 1);

/// The middle width of a factorised 3x3x3 convolution that keeps its number of parameters: Tran et al., "A
/// Closer Look at Spatiotemporal Convolutions for Action Recognition", CVPR 2018, section 3.5. `kernel` is
/// (time, height, width).
[[nodiscard]] std::int64_t factorised_width(std::int64_t in, std::int64_t out,
                                            std::array<std::int64_t, 3> kernel = {3, 3, 3});

/// As torchvision and its descendants begin: convolutions from He's normal distribution over their outputs
/// (fan out), normalisations at scale 1 and shift 0, linear layers as LibTorch makes them.
void reset_residual_network(torch::nn::Module& network);

/// Sets the last scale of every residual branch to zero.
void zero_last_scales(torch::nn::Module& network);

}  // namespace zoetrope::models
