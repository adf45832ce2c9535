#include "zoetrope/nn/squeeze_excitation.h"

#include <gtest/gtest.h>

namespace zoetrope::nn {
namespace {

TEST(SqueezeExcitation, ScalesEachChannelByTheGateOfTheMeans) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(1);
  SqueezeExcitation block(4, 2);
  const torch::Tensor images = torch::randn({3, 4, 5, 6});
  const auto parameters = block.named_parameters();
  const torch::Tensor hidden = torch::relu(
      torch::linear(images.mean({2, 3}), parameters["fc1.weight"].flatten(1), parameters["fc1.bias"]));
  const torch::Tensor gate =
      torch::sigmoid(torch::linear(hidden, parameters["fc2.weight"].flatten(1), parameters["fc2.bias"]));
  EXPECT_TRUE(torch::allclose(block.forward(images), images * gate.view({3, 4, 1, 1})));
}

}  // namespace
}  // namespace zoetrope::nn
