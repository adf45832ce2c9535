#include "zoetrope/parity/rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace zoetrope::parity {
namespace {

using ::testing::ElementsAre;

std::vector<float> values_of(const torch::Tensor& tensor) {
  return {tensor.data_ptr<float>(), tensor.data_ptr<float>() + tensor.numel()};
}

TEST(Rule, HashIsFnv1a) {
  EXPECT_EQ(fnv1a64(""), 14695981039346656037ULL);
  EXPECT_EQ(fnv1a64("a"), 0xAF63DC4C8601EC8CULL);  // of the authors' test vectors
}

TEST(Rule, FirstValuesOfTheInputAreTheDocumentedOnes) {
  EXPECT_THAT(values_of(rule_input("input", {3})), ElementsAre(-0.80436337F, 0.30472076F, -0.5927515F));
  const torch::Tensor narrow = rule_input("input", {3}, 0, 0.1);
  EXPECT_THAT(values_of(narrow), ElementsAre(0.1F * ((1 - 0.80436337F) / 2), ::testing::_, ::testing::_));
}

TEST(Rule, DependsOnTheNameAfterTheLastDotAndOnDimensions) {
  const auto first = [](const std::string& key, const Shape& shape) {
    const float u = unit_values(key, shape).flatten()[0].item<float>();
    const float value = rule_values(key, shape).flatten()[0].item<float>();
    return std::pair(u, value);
  };
  const auto rounded = [](double value) { return static_cast<float>(value); };
  {
    const auto [u, value] = first("layer.bias.running_mean", {4});
    EXPECT_EQ(value, 0.1F * (2 * u - 1));
  }
  {
    const auto [u, value] = first("bn.running_var", {4});
    EXPECT_EQ(value, 1 + 0.5F * u);
  }
  {
    const auto [u, value] = first("conv.weight", {4, 3, 2, 2});
    EXPECT_EQ(value, rounded(std::sqrt(0.5)) * (2 * u - 1));
  }
  {
    // Two dimensions come before the name: an embedding called bias is a weight.
    const auto [u, value] = first("relative_bias", {4, 6});
    EXPECT_EQ(value, 1 * (2 * u - 1));
  }
  {
    const auto [u, value] = first("lstm.bias_ih_l0", {4});
    EXPECT_EQ(value, 0.1F * (2 * u - 1));
  }
  {
    const auto [u, value] = first("bias.weight", {4});
    const float product = 0.1F * (2 * u - 1);
    EXPECT_EQ(value, 1 + product);
  }
}

TEST(Rule, ProductAndSumAreRoundedOneAfterTheOther) {
  const torch::Tensor v = unit_values("norm.weight", {4096}).to(torch::kFloat64) * 2 - 1;
  const torch::Tensor products = (v * static_cast<double>(0.1F)).to(torch::kFloat32);
  const torch::Tensor expected = (products.to(torch::kFloat64) + 1).to(torch::kFloat32);
  EXPECT_TRUE(rule_values("norm.weight", {4096}).equal(expected));
}

TEST(Rule, FillsWithOverridesAndLeavesIntegers) {
  const auto tensor = [] { return torch::full({2, 2}, 7.0F); };
  const models::NamedTensors state = {{"a", tensor()}, {"b", tensor()}, {"c", tensor()},
                                      {"d", tensor()}, {"e", tensor()}, {"count", torch::full({1}, 7)}};
  fill_by_rule(state, {{.name = "b", .how = Override::How::kZeros},
                       {.name = "c", .how = Override::How::kOnes},
                       {.name = "d", .how = Override::How::kConstructor},
                       {.name = "e", .how = Override::How::kScale, .scale = 0.25F}});
  EXPECT_TRUE(state[0].second.equal(rule_values("a", {2, 2})));
  EXPECT_TRUE(state[1].second.equal(torch::zeros({2, 2})));
  EXPECT_TRUE(state[2].second.equal(torch::ones({2, 2})));
  EXPECT_TRUE(state[3].second.equal(tensor()));
  EXPECT_TRUE(state[4].second.equal(rule_values("e", {2, 2}) * 0.25));
  EXPECT_EQ(state[5].second.item<std::int64_t>(), 7);
}

TEST(Rule, ATensorOfTwoNamesTakesTheLastOnesValue) {
  const torch::Tensor tied = torch::zeros({2, 2});
  fill_by_rule({{"first", tied}, {"second", tied}});
  EXPECT_TRUE(tied.equal(rule_values("second", {2, 2})));
}

TEST(Rule, WrittenInputsKeepTheirType) {
  EXPECT_EQ(make_input({.name = "x", .shape = {2}, .values = {{1, 2}}, .is_integer = true}).scalar_type(),
            torch::kInt64);
  EXPECT_TRUE(make_input({.name = "x", .shape = {2, 1}, .values = {{0.5, 2}}})
                  .equal(torch::tensor({{0.5F}, {2.0F}})));
}

}  // namespace
}  // namespace zoetrope::parity
