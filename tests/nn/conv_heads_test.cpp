#include "zoetrope/nn/conv_heads.h"

#include <gtest/gtest.h>

namespace zoetrope::nn {
namespace {

TEST(ConvHeads, EachHeadHasItsOwnConvolutionsAndOutputs) {
  torch::manual_seed(1);
  ConvHeads heads(6, {2, 3});
  const torch::Tensor logits = heads.forward(torch::randn({4, 6, 2, 3, 3}), 0);
  ASSERT_EQ(logits.sizes(), torch::IntArrayRef({4, 5}));
  logits.narrow(1, 2, 3).sum().backward();
  for (const auto& parameter : heads.named_parameters()) {
    const bool second = parameter.key().starts_with("1.");
    const torch::Tensor& gradient = parameter.value().grad();
    EXPECT_EQ(gradient.defined() && gradient.abs().max().item<double>() > 0, second) << parameter.key();
  }
}

}  // namespace
}  // namespace zoetrope::nn
