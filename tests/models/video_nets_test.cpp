// The residual networks of blocks in a row: Slow, I3D on ResNet-50, C2D, CSN, R(2+1)D on ResNet-50.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"
#include "zoetrope/models/video_net.h"

namespace zoetrope::models {
namespace {

using Shape = std::vector<std::int64_t>;

TEST(VideoNets, HaveThePublishedNumberOfParameters) {
  EXPECT_NEAR(millions(*make_with("slow_r50")), 32.5, 0.06);
  EXPECT_NEAR(millions(*make_with("i3d_r50")), 28.0, 0.05);
  EXPECT_NEAR(millions(*make_with("c2d_r50")), 24.3, 0.05);
  EXPECT_NEAR(millions(*make_with("csn_r101")), 22.2, 0.05);
  EXPECT_NEAR(millions(*make_with("r2plus1d_r50")), 28.1, 0.05);
}

TEST(VideoNets, NativeClipsAreThePublishedOnes) {
  const auto shape = [](std::string_view name) { return make_with(name, {"stem_dim_out=8"})->native_clip(); };
  EXPECT_EQ(shape("slow_r50"), (Shape{1, 3, 8, 224, 224}));
  EXPECT_EQ(shape("i3d_r50"), (Shape{1, 3, 8, 224, 224}));
  EXPECT_EQ(shape("csn_r101"), (Shape{1, 3, 32, 224, 224}));
  EXPECT_EQ(shape("r2plus1d_r50"), (Shape{1, 3, 16, 224, 224}));
}

TEST(VideoNets, BlocksBeginAsTheirShortcuts) {
  torch::manual_seed(0);
  const auto model = make_with("slow_r50");
  for (const auto& item : model->named_parameters()) {
    if (item.key().ends_with("norm_c.weight")) {
      EXPECT_EQ(item.value().abs().max().item<float>(), 0) << item.key();
    } else if (item.key().ends_with("conv_b.weight")) {
      // He's, by fan-out: sqrt(2 / (channels out * 9)).
      const double expected = std::sqrt(2.0 / static_cast<double>(item.value().size(0) * 9));
      EXPECT_NEAR(item.value().std().item<double>(), expected, 0.05 * expected) << item.key();
    } else if (item.key() == "blocks.5.proj.weight") {
      EXPECT_NEAR(item.value().std().item<double>(), 0.01, 1e-4);
    }
  }
}

// The temporal part of R(2+1)D's conv_b carries the temporal stride, the spatial part the other two.
TEST(VideoNets, FactorizedConvolutionsShareTheStride) {
  const auto model = make_with("r2plus1d_r50");
  const auto modules = model->named_modules();
  const std::string block = "blocks.3.res_blocks.0.branch2.conv_b.";
  const auto options = [&](const std::string& name) {
    return modules[block + name]->as<torch::nn::Conv3d>()->options;
  };
  const auto values = [](const torch::ExpandingArray<3>& array) { return *array; };
  EXPECT_EQ(values(options("conv_t").kernel_size()), (Extent{3, 1, 1}));
  EXPECT_EQ(values(options("conv_t").stride()), (Extent{2, 1, 1}));
  EXPECT_EQ(values(options("conv_xy").kernel_size()), (Extent{1, 3, 3}));
  EXPECT_EQ(values(options("conv_xy").stride()), (Extent{1, 2, 2}));
}

TEST(VideoNets, OutputIsTheAuthorsAndLogitsStayLogits) {
  torch::manual_seed(2);
  const std::vector<std::string> small = {"depth=18", "num_classes=6", "stem_dim_out=8",
                                          "head_pool=adaptive"};
  const torch::NoGradGuard no_grad;
  const torch::Tensor clip = torch::rand({2, 3, 4, 32, 32});

  const NamedTensors softmax = make_with("r2plus1d_r50", small)->run({clip}, nullptr);
  EXPECT_TRUE(torch::allclose(output(softmax, "output"), torch::softmax(softmax[0].second, 1)));

  std::vector<std::string> map = small;
  map.insert(map.end(), {"head_output_size=[1,2,2]", "head_output_with_global_average=false"});
  const NamedTensors positions = make_with("slow_r50", map)->run({clip}, nullptr);
  EXPECT_EQ(output(positions, "output").sizes(), (Shape{2, 6, 1, 2, 2}));
  EXPECT_EQ(output(positions, "projection").sizes(), (Shape{2, 1, 2, 2, 6}));
  EXPECT_EQ(positions[0].second.sizes(), (Shape{2, 6}));
  EXPECT_EQ(positions[1].second.sizes(), (Shape{2, 256}));
}

TEST(VideoNets, StagesReachWithinBlocks) {
  const std::vector<std::string> small = {"depth=18", "num_classes=6", "stem_dim_out=8",
                                          "head_pool=adaptive"};
  Stages stages;
  const torch::NoGradGuard no_grad;
  make_with("i3d_r50", small)->run({torch::rand({1, 3, 4, 32, 32})}, &stages);
  std::vector<std::string> names;
  for (const auto& [name, value] : stages.kept()) names.push_back(name);
  EXPECT_THAT(names, ::testing::ElementsAre("blocks.0", "blocks.1.res_blocks.0", "blocks.1", "blocks.2",
                                            "blocks.3.res_blocks.0", "blocks.3", "blocks.4.res_blocks.0",
                                            "blocks.4", "blocks.5.res_blocks.0", "blocks.5"));
}

TEST(VideoNets, TrainOnEveryParameter) {
  torch::manual_seed(3);
  const std::vector<std::string> small = {"depth=18", "num_classes=3", "stem_dim_out=8",
                                          "head_pool=adaptive"};
  for (const std::string_view name : {"slow_r50", "csn_r101", "r2plus1d_r50"}) {
    const auto model = make_with(name, small);
    model->train();
    model->forward(torch::rand({2, 3, 4, 32, 32})).square().sum().backward();
    for (const auto& item : model->named_parameters())
      EXPECT_TRUE(item.value().grad().defined()) << name << " " << item.key();
  }
}

TEST(VideoNets, RefuseGroupsThatDoNotDivide) {
  EXPECT_THROW(static_cast<void>(make_with("slow_r50", {"stage_conv_b_num_groups=[3,1,1,1]"})), Error);
  EXPECT_THROW(static_cast<void>(make_with("csn_r101", {"depth=34"})), Error);
  EXPECT_THROW(static_cast<void>(
                   make_with("slow_r50", {"stage_conv_a_kernel_size=[[],[[1,1,1]],[[1,1,1]],[[1,1,1]]]"})),
               Error);
}

}  // namespace
}  // namespace zoetrope::models
