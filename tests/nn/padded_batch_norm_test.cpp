// One sample in place of many equal ones: the numbers of the whole batch.
#include "zoetrope/nn/padded_batch_norm.h"

#include <gtest/gtest.h>

namespace zoetrope::nn {
namespace {

BatchNorm3d norm_with_scales(double momentum) {
  BatchNorm3d norm(torch::nn::BatchNormOptions(3).momentum(momentum));
  norm->to(torch::kFloat64);
  const torch::NoGradGuard no_grad;
  norm->weight.copy_(torch::tensor({0.5, 1.0, -2.0}, torch::kFloat64));
  norm->bias.copy_(torch::tensor({0.1, -1.0, 0.0}, torch::kFloat64));
  return norm;
}

TEST(PaddedBatchNorm, IsThatOfTheWholeBatch) {
  torch::manual_seed(21);
  constexpr std::int64_t kCopies = 6;
  const torch::Tensor x = torch::randn({5, 3, 1, 4, 2}, torch::kFloat64).requires_grad_();
  const torch::Tensor weights = torch::randn({5 - 1 + kCopies, 3, 1, 4, 2}, torch::kFloat64);
  const torch::Tensor rows = torch::tensor({0, 1, 2, 3, 4, 4, 4, 4, 4, 4}, torch::kLong);
  BatchNorm3d padded = norm_with_scales(0.3), whole = norm_with_scales(0.3);
  const torch::Tensor some = padded_batch_norm(*padded, x, kCopies).index_select(0, rows);
  const torch::Tensor all = whole(x.index_select(0, rows));
  EXPECT_TRUE(torch::allclose(some, all, 1e-9, 1e-12));
  const auto of_some = torch::autograd::grad({(some * weights).sum()}, {x, padded->weight, padded->bias});
  const auto of_all = torch::autograd::grad({(all * weights).sum()}, {x, whole->weight, whole->bias});
  for (std::size_t i = 0; i < 3; ++i) EXPECT_TRUE(torch::allclose(of_some[i], of_all[i], 1e-8, 1e-10)) << i;
  EXPECT_TRUE(torch::allclose(padded->running_mean, whole->running_mean, 1e-9, 1e-12));
  EXPECT_TRUE(torch::allclose(padded->running_var, whole->running_var, 1e-9, 1e-12));
  EXPECT_EQ(padded->num_batches_tracked.item<std::int64_t>(), 1);
}

TEST(PaddedBatchNorm, InEvaluationIsTheNormItself) {
  torch::manual_seed(22);
  const torch::NoGradGuard no_grad;
  BatchNorm3d norm = norm_with_scales(0.1);
  norm->running_mean.uniform_();
  norm->eval();
  const torch::Tensor x = torch::randn({5, 3, 1, 4, 2}, torch::kFloat64);
  EXPECT_TRUE(padded_batch_norm(*norm, x, 6).equal(norm(x)));
}

}  // namespace
}  // namespace zoetrope::nn
