#include "zoetrope/models/slowfast.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"

namespace zoetrope::models {
namespace {

using ::testing::ElementsAre;

TEST(SlowFast, SlowFramesReachFromTheFirstToTheLast) {
  const auto model = make_with("slowfast_r50", {"depth=18"});
  const torch::Tensor clip = torch::arange(32, torch::kFloat).reshape({1, 1, 32, 1, 1});
  const std::vector<torch::Tensor> inputs = model->inputs_of(clip);
  ASSERT_EQ(inputs.size(), 2);
  EXPECT_TRUE(inputs[0].flatten().equal(torch::tensor({0, 4, 8, 13, 17, 22, 26, 31}, torch::kFloat)));
  EXPECT_TRUE(torch::equal(inputs[1], clip));
}

TEST(SlowFast, NativeInputsAreThePublishedRates) {
  const auto shapes = [](std::string_view name) {
    std::vector<std::vector<std::int64_t>> all;
    for (const InputSpec& input : make_with(name, {"depth=18"})->native_inputs()) all.push_back(input.shape);
    return all;
  };
  using Shape = std::vector<std::int64_t>;
  EXPECT_THAT(shapes("slowfast_r50"), ElementsAre(Shape{1, 3, 8, 224, 224}, Shape{1, 3, 32, 224, 224}));
  EXPECT_THAT(shapes("slowfast_r50_4x16"), ElementsAre(Shape{1, 3, 4, 224, 224}, Shape{1, 3, 32, 224, 224}));
  EXPECT_THAT(shapes("slowfast_16x8_r101_50_50"),
              ElementsAre(Shape{1, 3, 16, 224, 224}, Shape{1, 3, 64, 224, 224}));
}

TEST(SlowFast, HasThePublishedNumberOfParameters) {
  EXPECT_NEAR(millions(*make_with("slowfast_r50")), 34.6, 0.05);
  EXPECT_NEAR(millions(*make_with("slowfast_r101")), 62.8, 0.05);
}

// What changes only between the slow pathway's frames changes the logits.
TEST(SlowFast, TheFastPathwayReachesTheLogits) {
  torch::manual_seed(1);
  const auto model =
      make_with("slowfast_r50", {"depth=18", "num_classes=4", "head_pool_kernel_sizes=[[2,1,1],[8,1,1]]"});
  const torch::NoGradGuard no_grad;
  const torch::Tensor clip = torch::rand({1, 3, 8, 32, 32});
  torch::Tensor flicker = clip.clone();
  flicker.select(2, 2).fill_(1);
  EXPECT_TRUE(torch::equal(model->inputs_of(clip)[0], model->inputs_of(flicker)[0]));
  EXPECT_GT((model->forward(clip) - model->forward(flicker)).abs().max().item<float>(), 0);
}

TEST(SlowFast, RefusesStemsOfAnotherRatio) {
  EXPECT_THROW(static_cast<void>(make_with("slowfast_r50", {"stem_dim_outs=[64,16]"})), Error);
  EXPECT_NO_THROW(static_cast<void>(make_with(
      "slowfast_r50", {"depth=18", "stem_dim_outs=[64,16]", "slowfast_channel_reduction_ratio=4"})));
}

}  // namespace
}  // namespace zoetrope::models
