#include "zoetrope/models/multiply_adds.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zoetrope/models/list.h"

namespace zoetrope::models {
namespace {

using ::testing::HasSubstr;

// A model of one function, to count what that does.
class Function : public Model {
 public:
  Function() {
    linear = register_module("linear", torch::nn::Linear(4, 5));
    deconv = register_module(
        "deconv", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(4, 6, 3).stride(2).groups(2)));
    conv =
        register_module("conv", torch::nn::Conv1d(torch::nn::Conv1dOptions(4, 8, 3).dilation(2).groups(4)));
  }
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages*) override {
    return {{"logits", function(inputs[0])}};
  }
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override { return {}; }
  void reset_parameters() override {}

  std::function<torch::Tensor(const torch::Tensor&)> function;
  torch::nn::Linear linear{nullptr};
  torch::nn::ConvTranspose2d deconv{nullptr};
  torch::nn::Conv1d conv{nullptr};
};

RunCost cost_of(const std::function<torch::Tensor(Function&, const torch::Tensor&)>& function,
                const torch::Tensor& input) {
  Function model;
  model.function = [&](const torch::Tensor& x) { return function(model, x); };
  return count_multiply_adds(model, {input});
}

TEST(MultiplyAdds, OfLinearLayersOfAnyRank) {
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{6, 4}, {2, 3, 4}, {1, 2, 3, 4}}) {
    const RunCost cost =
        cost_of([](Function& f, const torch::Tensor& x) { return f.linear(x); }, torch::rand(shape));
    EXPECT_EQ(cost.multiply_adds, 6 * 4 * 5);
    ASSERT_EQ(cost.layers.size(), 1U);
    EXPECT_EQ(cost.layers[0].name, "linear");
    EXPECT_EQ(cost.layers[0].parameters, 20);
  }
}

TEST(MultiplyAdds, OfProductsOfActivations) {
  const auto attention = [](Function&, const torch::Tensor& x) {
    return torch::matmul(torch::softmax(torch::matmul(x, x.transpose(-1, -2)), -1), x);
  };
  EXPECT_EQ(cost_of(attention, torch::rand({2, 3, 7, 4})).multiply_adds, 2 * (2 * 3 * 7 * 7 * 4));
  const auto einsum = [](Function&, const torch::Tensor& x) { return torch::einsum("bij,bkj->bik", {x, x}); };
  EXPECT_EQ(cost_of(einsum, torch::rand({2, 7, 4})).multiply_adds, 2 * 7 * 7 * 4);
}

TEST(MultiplyAdds, OfGroupedDilatedAndTransposedConvolutions) {
  const auto conv = [](Function& f, const torch::Tensor& x) { return f.conv(x); };
  EXPECT_EQ(cost_of(conv, torch::rand({2, 4, 10})).multiply_adds, 2 * 6 * 8 * 3);
  const auto deconv = [](Function& f, const torch::Tensor& x) { return f.deconv(x); };
  EXPECT_EQ(cost_of(deconv, torch::rand({2, 4, 5, 5})).multiply_adds, 2 * 4 * 25 * 3 * 9);
}

TEST(MultiplyAdds, AreThoseOfTheRunNotOfTheArchitecture) {
  const auto adaptive = [](Function& f, const torch::Tensor& x) {
    return x.sum().item<float>() > 0 ? f.linear(f.linear(x).slice(-1, 0, 4)) : f.linear(x);
  };
  EXPECT_EQ(cost_of(adaptive, torch::ones({6, 4})).multiply_adds, 2 * 6 * 20);
  const RunCost cost = cost_of(adaptive, -torch::ones({6, 4}));
  EXPECT_EQ(cost.multiply_adds, 6 * 20);
  EXPECT_EQ(cost_of(adaptive, torch::ones({6, 4})).layers[0].parameters, 20) << "once, though it runs twice";
}

TEST(MultiplyAdds, StopCountingAlsoWhereTheRunThrows) {
  EXPECT_ANY_THROW(
      cost_of([](Function& f, const torch::Tensor& x) { return f.linear(x); }, torch::rand({2, 3})));
  EXPECT_EQ(cost_of([](Function& f, const torch::Tensor& x) { return f.linear(x); }, torch::rand({1, 4}))
                .multiply_adds,
            20);
}

// The published cost, in units of 1e9, at a size whose every stage divides `factor` times into the cheap
// one's: the convolutions then cost just `factor` times as much, and the classifier the same.
double published_cost(const std::string& name, const std::vector<std::int64_t>& cheap_clip,
                      std::int64_t factor) {
  const std::shared_ptr<Model> model = make_model(name);
  model->eval();
  const RunCost cost = count_multiply_adds(*model, model->inputs_of(torch::rand(cheap_clip)));
  std::int64_t sum = 0;
  for (const LayerCost& layer : cost.layers) {
    const bool is_classifier = layer.name == "fc" || layer.name == "new_fc";
    sum += layer.multiply_adds * (is_classifier ? 1 : factor);
  }
  return static_cast<double>(sum) * 1e-9;
}

TEST(MultiplyAdds, AreThePublishedOnes) {
  // torchvision 0.14 documents these as GFLOPS: images of 224x224, clips of 16x112x112.
  EXPECT_NEAR(published_cost("resnet18", {1, 3, 1, 32, 32}, 49), 1.81, 0.01);
  EXPECT_NEAR(published_cost("resnet50", {1, 3, 1, 32, 32}, 49), 4.09, 0.01);
  EXPECT_NEAR(published_cost("resnext50_32x4d", {1, 3, 1, 32, 32}, 49), 4.23, 0.01);
  EXPECT_NEAR(published_cost("r3d_18", {1, 3, 8, 16, 16}, 98), 40.70, 0.01);
  EXPECT_NEAR(published_cost("mc3_18", {1, 3, 8, 16, 16}, 98), 43.34, 0.01);
  EXPECT_NEAR(published_cost("r2plus1d_18", {1, 3, 8, 16, 16}, 98), 40.52, 0.01);
  // Table 1 of the TSM paper: 33 G for 8 frames.
  EXPECT_NEAR(published_cost("tsm_resnet50", {1, 3, 8, 32, 32}, 49), 33, 0.5);
}

TEST(MultiplyAdds, AreListedByStage) {
  const std::shared_ptr<Model> model = make_model("resnet18");
  model->eval();
  const RunCost cost = count_multiply_adds(*model, model->inputs_of(torch::rand({1, 3, 1, 32, 32})));
  EXPECT_EQ(cost.parameters, 11'689'512);
  const std::vector<LayerCost> stages = cost.by_stage();
  ASSERT_EQ(stages.size(), 6U);
  EXPECT_EQ(stages[1].name, "layer1");
  EXPECT_EQ(stages[1].multiply_adds, 4LL * 64 * 64 * 9 * 8 * 8);
  EXPECT_EQ(cost.by_stage(2)[1].name, "layer1.0");
  EXPECT_THAT(format_cost(stages), HasSubstr("layer1         9.44 M     147.5 k\n"));
}

TEST(MultiplyAdds, AreWrittenInThePapersUnits) {
  EXPECT_EQ(format_count(0), "0");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(1'820'000'000), "1.82 G");
  EXPECT_EQ(format_count(40'700'000'000), "40.7 G");
}

}  // namespace
}  // namespace zoetrope::models
