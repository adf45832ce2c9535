#include "zoetrope/weights/name_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zoetrope/core/error.h"
#include "zoetrope/weights/inflate.h"

namespace zoetrope::weights {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

using Shapes = std::vector<NamedShape>;

// Tensors of these names, all of different shapes, so that none is found by its shape alone.
Shapes distinct(const std::vector<std::string>& names) {
  Shapes shapes;
  for (const std::string& name : names)
    shapes.push_back({name, {static_cast<std::int64_t>(shapes.size()) + 1, 9}});
  return shapes;
}

void expect_all_found(const std::vector<std::string>& source, const std::vector<std::string>& target) {
  ASSERT_EQ(source.size(), target.size());
  Shapes sources = distinct(source);
  const NameMap map = map_names({sources.rbegin(), sources.rend()}, distinct(target), {.structural = false});
  EXPECT_TRUE(map.complete()) << map.report();
  ASSERT_EQ(map.matched.size(), target.size()) << map.report();
  for (std::size_t i = 0; i < target.size(); ++i) {
    EXPECT_EQ(map.matched[i].target, target[i]);
    EXPECT_EQ(map.matched[i].source, source[i]);
  }
}

TEST(NameMap, TheSameNames) {
  expect_all_found({"conv1.weight", "fc.bias"}, {"conv1.weight", "fc.bias"});
}

TEST(NameMap, PrefixesOfEitherSide) {
  expect_all_found({"module.conv1.weight", "module.fc.bias"}, {"conv1.weight", "fc.bias"});
  expect_all_found({"module.backbone.conv1.weight"}, {"conv1.weight"});
  expect_all_found({"conv1.weight"}, {"model.conv1.weight"});
  expect_all_found({"_orig_mod.encoder.blocks.0.norm.weight"}, {"model.blocks.0.norm.weight"});
}

TEST(NameMap, Mmaction2) {
  expect_all_found(
      {"backbone.conv1.conv.weight", "backbone.conv1.bn.running_mean", "backbone.layer1.0.conv2.conv.weight",
       "backbone.layer1.0.conv2.bn.bias", "backbone.layer1.0.downsample.conv.weight",
       "backbone.layer1.0.downsample.bn.weight", "cls_head.fc_cls.weight"},
      {"conv1.weight", "bn1.running_mean", "layer1.0.conv2.weight", "layer1.0.bn2.bias",
       "layer1.0.downsample.0.weight", "layer1.0.downsample.1.weight", "fc.weight"});
}

TEST(NameMap, Mmaction2sVideoNetworks) {
  expect_all_found(
      {"backbone.conv1.conv.weight", "backbone.conv1.bn.bias", "backbone.layer1.0.conv1.conv.weight",
       "backbone.layer4.2.conv2.bn.running_var", "backbone.layer2.0.downsample.conv.weight",
       "cls_head.fc_cls.weight"},
      {"blocks.0.conv.weight", "blocks.0.norm.bias", "blocks.1.res_blocks.0.branch2.conv_a.weight",
       "blocks.4.res_blocks.2.branch2.norm_b.running_var", "blocks.2.res_blocks.0.branch1_conv.weight",
       "blocks.5.proj.weight"});
  expect_all_found(
      {"backbone.layer1.0.conv3.conv.weight", "backbone.layer2.0.conv3.bn.weight", "cls_head.fc_cls.bias"},
      {"blocks.1.res_blocks.0.branch2.conv_c.weight", "blocks.3.res_blocks.0.branch2.norm_c.weight",
       "blocks.6.proj.bias"});
  expect_all_found(
      {"backbone.slow_path.conv1.conv.weight", "backbone.fast_path.conv1.bn.weight",
       "backbone.slow_path.conv1_lateral.conv.weight", "backbone.slow_path.layer3_lateral.conv.weight",
       "backbone.fast_path.layer3.4.conv2.conv.weight", "backbone.slow_path.layer1.0.downsample.bn.bias",
       "cls_head.fc_cls.weight"},
      {"blocks.0.multipathway_blocks.0.conv.weight", "blocks.0.multipathway_blocks.1.norm.weight",
       "blocks.0.multipathway_fusion.conv_fast_to_slow.weight",
       "blocks.3.multipathway_fusion.conv_fast_to_slow.weight",
       "blocks.3.multipathway_blocks.1.res_blocks.4.branch2.conv_b.weight",
       "blocks.1.multipathway_blocks.0.res_blocks.0.branch1_norm.bias", "blocks.6.proj.weight"});
  expect_all_found(
      {"backbone.conv1_s.conv.weight", "backbone.conv1_t.conv.weight", "backbone.conv1_t.bn.bias",
       "backbone.layer1.0.conv2.bn.weight", "backbone.layer1.0.conv2.conv.weight",
       "backbone.layer2.0.se_module.fc1.bias", "backbone.conv5.conv.weight", "cls_head.fc1.weight",
       "cls_head.fc2.bias"},
      {"blocks.0.conv.conv_t.weight", "blocks.0.conv.conv_xy.weight", "blocks.0.norm.bias",
       "blocks.1.res_blocks.0.branch2.norm_b.0.weight", "blocks.1.res_blocks.0.branch2.conv_b.weight",
       "blocks.2.res_blocks.0.branch2.norm_b.1.block.0.bias", "blocks.5.pool.pre_conv.weight",
       "blocks.5.pool.post_conv.weight", "blocks.5.proj.bias"});
}

TEST(NameMap, VmzsChannelSeparatedNetworks) {
  expect_all_found(
      {"stem.0.weight", "stem.1.running_mean", "layer1.0.conv1.0.weight", "layer1.0.conv2.1.bias",
       "layer3.5.conv3.0.weight", "layer2.0.downsample.1.weight", "fc.bias"},
      {"blocks.0.conv.weight", "blocks.0.norm.running_mean", "blocks.1.res_blocks.0.branch2.conv_a.weight",
       "blocks.1.res_blocks.0.branch2.norm_b.bias", "blocks.3.res_blocks.5.branch2.conv_c.weight",
       "blocks.2.res_blocks.0.branch1_norm.weight", "blocks.5.proj.bias"});
}

TEST(NameMap, WhatTheModelHasNoPlaceForIsToldFromCounters) {
  const NameMap map = map_names(
      {{"fc.bias", {4}}, {"nonlocal.g.weight", {3, 3}}, {"bn1.num_batches_tracked", {}}}, {{"fc.bias", {4}}});
  EXPECT_TRUE(map.complete());
  EXPECT_THAT(map.left_over(), ElementsAre("nonlocal.g.weight"));
}

TEST(NameMap, TsmAndItsShifts) {
  const std::vector<std::string> tsm = {"module.base_model.conv1.weight",
                                        "module.base_model.layer1.0.conv1.net.weight",
                                        "module.new_fc.weight"};
  const std::vector<std::string> resnet = {"conv1.weight", "layer1.0.conv1.weight", "fc.weight"};
  expect_all_found(tsm, {"conv1.weight", "layer1.0.conv1.net.weight", "fc.weight"});
  expect_all_found(tsm, resnet);
  expect_all_found(resnet, {"conv1.weight", "layer1.0.conv1.net.weight", "fc.weight"});
  expect_all_found(
      {"backbone.conv1.conv.weight", "backbone.layer1.0.conv1.conv.net.weight", "cls_head.fc_cls.weight"},
      resnet);
}

TEST(NameMap, PySlowFast) {
  expect_all_found(
      {"s1.pathway0_stem.conv.weight", "s1.pathway1_stem.bn.weight", "s1_fuse.conv_f2s.weight",
       "s1_fuse.bn.weight", "s2.pathway1_res0.branch1.weight", "s2.pathway1_res0.branch1_bn.weight",
       "s5.pathway0_res2.branch2.b.weight", "s5.pathway0_res2.branch2.b_bn.weight", "head.projection.weight"},
      {"blocks.0.multipathway_blocks.0.conv.weight", "blocks.0.multipathway_blocks.1.norm.weight",
       "blocks.0.multipathway_fusion.conv_fast_to_slow.weight", "blocks.0.multipathway_fusion.norm.weight",
       "blocks.1.multipathway_blocks.1.res_blocks.0.branch1_conv.weight",
       "blocks.1.multipathway_blocks.1.res_blocks.0.branch1_norm.weight",
       "blocks.4.multipathway_blocks.0.res_blocks.2.branch2.conv_b.weight",
       "blocks.4.multipathway_blocks.0.res_blocks.2.branch2.norm_b.weight", "blocks.6.proj.weight"});
  expect_all_found(
      {"s1.pathway0_stem.conv_xy.weight", "s1.pathway0_stem.conv.weight", "s1.pathway0_stem.bn.weight",
       "s2.pathway0_res0.branch2.b_bn.weight", "s2.pathway0_res0.branch2.se.fc1.weight",
       "s2.pathway0_res0.branch2.se.fc2.bias", "s3.pathway0_res1.branch2.c.weight", "head.conv_5.weight",
       "head.conv_5_bn.weight", "head.lin_5.weight", "head.projection.weight"},
      {"blocks.0.conv.conv_t.weight", "blocks.0.conv.conv_xy.weight", "blocks.0.norm.weight",
       "blocks.1.res_blocks.0.branch2.norm_b.0.weight",
       "blocks.1.res_blocks.0.branch2.norm_b.1.block.0.weight",
       "blocks.1.res_blocks.0.branch2.norm_b.1.block.2.bias", "blocks.2.res_blocks.1.branch2.conv_c.weight",
       "blocks.5.pool.pre_conv.weight", "blocks.5.pool.pre_norm.weight", "blocks.5.pool.post_conv.weight",
       "blocks.5.proj.weight"});
  expect_all_found({"s1.pathway0_stem.conv.weight", "s2.pathway0_res0.branch2.a.weight",
                    "s3.pathway0_res0.branch2.a.weight", "head.projection.weight"},
                   {"blocks.0.conv.weight", "blocks.1.res_blocks.0.branch2.conv_a.weight",
                    "blocks.3.res_blocks.0.branch2.conv_a.weight", "blocks.6.proj.weight"});
}

TEST(NameMap, ShapesThatDifferAreReportedWithBoth) {
  const NameMap map = map_names({{"conv.weight", {8, 3, 3, 3}}, {"fc.weight", {400, 8}}, {"optimizer", {1}}},
                                {{"conv.weight", {8, 3, 3, 3}}, {"fc.weight", {5, 8}}, {"fc.bias", {5}}});
  EXPECT_FALSE(map.complete());
  EXPECT_EQ(map.matched.size(), 1u);
  ASSERT_EQ(map.mis_shaped.size(), 1u);
  EXPECT_THAT(map.mis_shaped[0].source.shape, ElementsAre(400, 8));
  EXPECT_THAT(map.mis_shaped[0].target.shape, ElementsAre(5, 8));
  EXPECT_THAT(map.missing, ElementsAre("fc.bias"));
  EXPECT_THAT(map.unused, ElementsAre("optimizer"));
  EXPECT_EQ(map.report(),
            "1 matched, 1 missing, 1 of another shape, 1 unused\n"
            "missing: \"fc.bias\"\n"
            "another shape: \"fc.weight\" [5, 8] from \"fc.weight\" [400, 8]\n"
            "unused: \"optimizer\"\n");
}

TEST(NameMap, AOneByOneConvolutionIsALinearLayer) {
  const NameMap map =
      map_names({{"fc.weight", {5, 8, 1, 1, 1}}, {"fc.bias", {1}}}, {{"fc.weight", {5, 8}}, {"fc.bias", {}}});
  ASSERT_EQ(map.matched.size(), 1u);
  EXPECT_EQ(map.matched[0].fit, Fit::kReshape);
  EXPECT_EQ(map.mis_shaped.size(), 1u);
}

TEST(NameMap, InflationIsAskedFor) {
  const Shapes source = {{"conv1.weight", {64, 3, 7, 7}}};
  const Shapes target = {{"conv1.weight", {64, 3, 5, 7, 7}}};
  EXPECT_EQ(map_names(source, target).mis_shaped.size(), 1u);
  const NameMap map = map_names(source, target, {.inflate = true});
  ASSERT_EQ(map.matched.size(), 1u);
  EXPECT_EQ(map.matched[0].fit, Fit::kInflate);
  EXPECT_EQ(map_names(source, {{"conv1.weight", {64, 4, 5, 7, 7}}}, {.inflate = true}).mis_shaped.size(), 1u);
}

TEST(NameMap, StructureIsTheLastResortAndAllOrNothing) {
  const Shapes source = {
      {"a.weight", {4, 3}}, {"a.bias", {4}}, {"b.weight", {4, 4}}, {"b.num_batches_tracked", {}}};
  Shapes target = {{"x.0.weight", {4, 3}}, {"x.0.bias", {4}}, {"x.1.weight", {4, 4}}};
  const NameMap map = map_names(source, target);
  EXPECT_TRUE(map.complete()) << map.report();
  EXPECT_EQ(map.matched.size(), 3u);
  EXPECT_TRUE(map.matched[0].by_structure);
  EXPECT_THAT(map.report(), HasSubstr("by structure: \"x.1.weight\" from \"b.weight\""));
  EXPECT_THAT(map_names(source, target, {.structural = false}).matched, IsEmpty());
  // The same shapes, but what was a bias would be a mean.
  EXPECT_THAT(map_names({{"a.running_mean", {4}}}, {{"x.bias", {4}}}).matched, IsEmpty());
  target.push_back({"x.2.weight", {4, 4}});
  EXPECT_THAT(map_names(source, target).matched, IsEmpty());
}

TEST(NameMap, ACounterOfBatchesMayBeMissing) {
  const NameMap map = map_names({{"bn.weight", {4}}}, {{"bn.weight", {4}}, {"bn.num_batches_tracked", {}}});
  EXPECT_TRUE(map.complete());
}

TEST(NameMap, TwoSourcesOfOneNameAreNeither) {
  const NameMap map =
      map_names({{"module.a.weight", {2, 2}}, {"model.a.weight", {2, 2}}}, {{"a.weight", {2, 2}}});
  EXPECT_THAT(map.missing, ElementsAre("a.weight"));
  EXPECT_EQ(map.unused.size(), 2u);
}

TEST(Inflate, AStillVideoGivesWhatItsImageGives) {
  torch::manual_seed(1);
  const torch::Tensor weight = torch::randn({4, 3, 3, 3});
  const torch::Tensor image = torch::randn({1, 3, 8, 8});
  const torch::Tensor video = image.unsqueeze(2).expand({1, 3, 5, 8, 8});
  const torch::Tensor expected = torch::conv2d(image, weight);
  for (const Inflation how : {Inflation::kMean, Inflation::kCentre}) {
    const torch::Tensor inflated = inflate(weight, 3, how);
    EXPECT_THAT(inflated.sizes().vec(), ElementsAre(4, 3, 3, 3, 3));
    const torch::Tensor out = torch::conv3d(video, inflated);
    EXPECT_TRUE(torch::allclose(out.select(2, 1), expected, 1e-4, 1e-5));
  }
  EXPECT_EQ(inflate(weight, 3, Inflation::kCentre).select(2, 0).abs().sum().item<float>(), 0);
  EXPECT_TRUE(torch::equal(inflate(weight, 1), weight.unsqueeze(2)));
  EXPECT_THROW(inflate(weight, 0), Error);
  EXPECT_THROW(inflate(torch::ones({2, 2}), 3), Error);
}

}  // namespace
}  // namespace zoetrope::weights
