#pragma once
// Squeeze and excitation: Hu, Shen and Sun, "Squeeze-and-Excitation Networks", CVPR 2018 (section 3,
// equations 2 to 4). The mean over space of each channel goes through two 1x1 convolutions with biases, ReLU
// between and a sigmoid after, and scales its channel. Parameters are timm's: `fc1`, `fc2`.

#include <torch/torch.h>

#include <cstdint>

namespace zoetrope::nn {

class SqueezeExcitation : public torch::nn::Module {
 public:
  /// `reduced`: the width between the two convolutions; the paper's is channels / 16.
  SqueezeExcitation(std::int64_t channels, std::int64_t reduced);

  /// [N, C, H, W] to the same shape.
  torch::Tensor forward(const torch::Tensor& images);

 private:
  torch::nn::Conv2d fc1_;
  torch::nn::Conv2d fc2_;
};

}  // namespace zoetrope::nn
