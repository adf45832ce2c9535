#include "zoetrope/nn/squeeze_excitation.h"

namespace zoetrope::nn {

SqueezeExcitation::SqueezeExcitation(std::int64_t channels, std::int64_t reduced)
    : fc1_(torch::nn::Conv2dOptions(channels, reduced, 1)),
      fc2_(torch::nn::Conv2dOptions(reduced, channels, 1)) {
  register_module("fc1", fc1_);
  register_module("fc2", fc2_);
}

torch::Tensor SqueezeExcitation::forward(const torch::Tensor& images) {
  const torch::Tensor squeezed = images.mean({2, 3}, /*keepdim=*/true);
  return images * torch::sigmoid(fc2_(torch::relu(fc1_(squeezed))));
}

}  // namespace zoetrope::nn
