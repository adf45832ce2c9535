#include "zoetrope/models/i3d.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"

namespace zoetrope::models {
namespace {

using Shape = std::vector<std::int64_t>;

// By hand, kernel 3, stride 2. 7 wide: 3 - 7 mod 2 = 2 zeros, one on each side; 6 wide: 3 - 2 = 1, behind.
TEST(PadSame, PutsTheOddZeroBehind) {
  const torch::Tensor row = torch::arange(1, 8, torch::kFloat).reshape({1, 1, 1, 1, 7});
  const torch::Tensor odd = pad_same(row, {1, 1, 3}, {1, 1, 2});
  EXPECT_TRUE(torch::equal(odd.flatten(), torch::tensor({0.F, 1.F, 2.F, 3.F, 4.F, 5.F, 6.F, 7.F, 0.F})));
  const torch::Tensor even = pad_same(row.slice(4, 0, 6), {1, 1, 3}, {1, 1, 2});
  EXPECT_TRUE(torch::equal(even.flatten(), torch::tensor({1.F, 2.F, 3.F, 4.F, 5.F, 6.F, 0.F})));
}

TEST(PadSame, PadsEachDimensionByItsOwnSize) {
  // 5 frames, stride 2: 7 - 5 mod 2 = 6; 6 rows, stride 2: 7 - 2 = 5; 9 columns, stride 4: 3 - 1 = 2.
  EXPECT_EQ(pad_same(torch::zeros({1, 1, 5, 6, 9}), {7, 7, 3}, {2, 2, 4}).sizes(), (Shape{1, 1, 11, 11, 11}));
  // A kernel no wider than its stride needs none.
  const torch::Tensor x = torch::zeros({1, 1, 4, 4, 4});
  EXPECT_TRUE(pad_same(x, {2, 1, 2}, {2, 1, 2}).is_same(x));
}

TEST(I3d, HasThePublishedNumberOfParameters) {
  EXPECT_NEAR(millions(*make_with("i3d_rgb")), 12.7, 0.05);
  EXPECT_EQ(make_with("i3d_flow")->native_clip(), (Shape{1, 2, 64, 224, 224}));
}

TEST(I3d, TheClassifierComesFirstInTheStateDict) {
  const auto parameters = make_with("i3d_rgb")->named_parameters();
  EXPECT_EQ(parameters[0].key(), "logits.conv3d.weight");
  EXPECT_EQ(parameters[1].key(), "logits.conv3d.bias");
  EXPECT_EQ(parameters[2].key(), "Conv3d_1a_7x7.conv3d.weight");
}

TEST(I3d, ClassifiesEachStep) {
  torch::manual_seed(0);
  const auto model = make_with("i3d_flow", {"num_classes=3"});
  const torch::NoGradGuard no_grad;
  Stages stages({"Mixed_5c"});
  const NamedTensors outputs = model->run({torch::rand({1, 2, 17, 193, 193})}, &stages);
  ASSERT_EQ(stages.kept().size(), 1);
  EXPECT_EQ(stages.kept()[0].second.sizes(), (Shape{1, 1024, 3, 7, 7}));
  EXPECT_EQ(outputs[0].second.sizes(), (Shape{1, 3}));
  EXPECT_EQ(outputs[1].second.sizes(), (Shape{1, 1024}));
  EXPECT_EQ(output(outputs, "Logits").sizes(), (Shape{1, 3, 2}));
  EXPECT_EQ(output(outputs, "avg_pool").sizes(), (Shape{1, 1024, 2, 1, 1}));
  EXPECT_TRUE(torch::allclose(outputs[0].second, output(outputs, "Logits").mean(2)));
}

TEST(I3d, SaysThatAClipIsTooShort) {
  const torch::NoGradGuard no_grad;
  EXPECT_THROW(static_cast<void>(make_with("i3d_rgb")->forward(torch::zeros({1, 3, 8, 32, 32}))), Error);
}

}  // namespace
}  // namespace zoetrope::models
