#include "zoetrope/nn/stc.h"

#include <gtest/gtest.h>

#include "tests/nn/gradients.h"
#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

torch::Tensor gate(const torch::Tensor& pooled, const StcBlock& block, const std::string& branch) {
  const auto parameters = block.named_parameters();
  const torch::Tensor hidden = torch::relu(pooled.matmul(parameters[branch + ".fc1.weight"].t()));
  return torch::sigmoid(hidden.matmul(parameters[branch + ".fc2.weight"].t())).view({-1, 4, 1, 1, 1});
}

StcBlock make(const StcOptions& options) {
  torch::manual_seed(1);
  StcBlock block(4, 3, options);
  block.to(torch::kFloat64);
  return block;
}

class Stc : public ::testing::Test {
 protected:
  torch::Tensor maps() {
    torch::manual_seed(2);
    return torch::randn({2, 4, 3, 2, 2}, torch::kFloat64);
  }
};

TEST_F(Stc, IsTheMeanOfBothRescalings) {
  const torch::NoGradGuard no_grad;
  StcBlock block = make({.reduction = 2});
  const torch::Tensor x = maps();
  const torch::Tensor temporal = x * gate(x.mean({2, 3, 4}), block, "tcb");
  const torch::Tensor spatial = x * gate(x.mean({3, 4}).reshape({2, 12}), block, "scb");
  EXPECT_TRUE(torch::allclose(block.rescaled(x), (temporal + spatial) / 2));
  EXPECT_TRUE(torch::allclose(block.forward(x), x + (temporal + spatial) / 2));
  EXPECT_TRUE(torch::allclose(make({.reduction = 2, .join = StcJoin::kReplace}).forward(x),
                              (temporal + spatial) / 2));
}

TEST_F(Stc, EachBranchStandsAloneAndIsNotHalved) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = maps();
  StcBlock temporal = make({.spatial = false});
  EXPECT_TRUE(torch::allclose(temporal.rescaled(x), x * gate(x.mean({2, 3, 4}), temporal, "tcb")));
  EXPECT_EQ(temporal.named_parameters().size(), 2U);
  StcBlock spatial = make({.temporal = false});
  EXPECT_TRUE(
      torch::allclose(spatial.rescaled(x), x * gate(x.mean({3, 4}).reshape({2, 12}), spatial, "scb")));
  EXPECT_EQ(spatial.named_parameters()["scb.fc1.weight"].sizes(), torch::IntArrayRef({3, 12}));
  EXPECT_EQ(spatial.named_parameters()["scb.fc2.weight"].sizes(), torch::IntArrayRef({4, 3}));
  EXPECT_THROW(make({.temporal = false, .spatial = false}), Error);
}

TEST_F(Stc, OnlyTheSpatialBranchSeesTheOrderOfTime) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor x = maps(), reversed = x.flip(2);
  StcBlock temporal = make({.spatial = false}), spatial = make({.temporal = false});
  EXPECT_TRUE(torch::allclose(temporal.forward(reversed).flip(2), temporal.forward(x)));
  EXPECT_FALSE(torch::allclose(spatial.forward(reversed).flip(2), spatial.forward(x)));
  // Neither sees where in the picture something is.
  EXPECT_TRUE(torch::allclose(spatial.forward(x.flip(4)).flip(4), spatial.forward(x)));
}

TEST_F(Stc, OnlyTheSpatialBranchIsMadeForALength) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor longer = torch::randn({2, 4, 5, 2, 2}, torch::kFloat64);
  EXPECT_EQ(make({.spatial = false}).forward(longer).sizes(), longer.sizes());
  EXPECT_THROW(make({}).forward(longer), Error);
}

TEST_F(Stc, GradientsAreThoseOfDifferences) {
  StcBlock block = make({.reduction = 2});
  torch::manual_seed(3);
  const torch::Tensor weights = torch::randn({2, 4, 3, 2, 2}, torch::kFloat64);
  EXPECT_LT(
      gradient_error([&](const torch::Tensor& x) { return (block.forward(x) * weights).sum(); }, maps()),
      1e-6);
  // Of every weight, too.
  for (const auto& parameter : block.named_parameters()) {
    torch::Tensor weight = parameter.value();
    const auto loss = [&](const torch::Tensor& values) {
      weight.set_data(values.detach());
      return (block.forward(maps()) * weights).sum();
    };
    const torch::Tensor before = weight.detach().clone();
    block.zero_grad();
    loss(before).backward();
    const torch::Tensor gradient = weight.grad().clone().flatten();
    for (const std::int64_t i : {std::int64_t{0}, gradient.numel() - 1}) {
      const auto moved = [&](double by) {
        torch::Tensor values = before.clone();
        values.view({-1})[i] += by;
        return loss(values).item<double>();
      };
      EXPECT_NEAR(gradient[i].item<double>(), (moved(1e-6) - moved(-1e-6)) / 2e-6, 1e-6) << parameter.key();
    }
    weight.set_data(before);
  }
}

}  // namespace
}  // namespace zoetrope::nn
