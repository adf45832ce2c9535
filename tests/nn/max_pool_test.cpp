// The pool behind most stems: the same values as LibTorch's, of any size.
#include "zoetrope/nn/max_pool.h"

#include <gtest/gtest.h>

#include <array>

namespace zoetrope::nn {
namespace {

TEST(MaxPool, IsLibTorchs) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(31);
  for (const std::array<std::int64_t, 3>& size :
       std::vector<std::array<std::int64_t, 3>>{{1, 1, 1}, {2, 2, 2}, {3, 4, 5}, {8, 7, 16}, {5, 1, 9}}) {
    const torch::Tensor maps = torch::randn({2, 3, size[0], size[1], size[2]});
    const torch::Tensor before = maps.clone();
    EXPECT_TRUE(
        nn::max_pool3d(maps, {3, 3, 3}, {2, 2, 2}, {1, 1, 1}).equal(torch::max_pool3d(maps, 3, 2, 1)));
    EXPECT_TRUE(nn::max_pool3d(maps, {1, 3, 3}, {1, 2, 2}, {0, 1, 1})
                    .equal(torch::max_pool3d(maps, {1, 3, 3}, {1, 2, 2}, {0, 1, 1})));
    EXPECT_TRUE(nn::max_pool3d(maps, {1, 1, 1}, {1, 1, 1}, {0, 0, 0}).equal(maps));
    EXPECT_TRUE(maps.equal(before));
  }
  // A part of a larger tensor, and another window.
  const torch::Tensor part = torch::randn({2, 4, 6, 8, 8}).narrow(1, 1, 2).transpose(3, 4);
  EXPECT_TRUE(nn::max_pool3d(part, {1, 3, 3}, {1, 2, 2}, {0, 1, 1})
                  .equal(torch::max_pool3d(part, {1, 3, 3}, {1, 2, 2}, {0, 1, 1})));
  EXPECT_TRUE(nn::max_pool3d(part, {2, 2, 2}, {2, 2, 2}, {0, 0, 0}).equal(torch::max_pool3d(part, 2, 2)));
}

TEST(MaxPool, LearnsAsLibTorchs) {
  torch::manual_seed(32);
  const torch::Tensor maps = torch::randint(0, 3, {1, 2, 5, 6, 7}, torch::kFloat32).requires_grad_();  // ties
  const auto gradient = [&](const torch::Tensor& pooled) {
    return torch::autograd::grad({pooled.square().sum()}, {maps})[0];
  };
  EXPECT_TRUE(gradient(nn::max_pool3d(maps, {3, 3, 3}, {2, 2, 2}, {1, 1, 1}))
                  .equal(gradient(torch::max_pool3d(maps, 3, 2, 1))));
}

}  // namespace
}  // namespace zoetrope::nn
