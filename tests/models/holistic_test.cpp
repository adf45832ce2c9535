// STC-Nets and HATNet: what their papers say of them, and no parity fixture holds.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"
#include "zoetrope/models/hatnet.h"
#include "zoetrope/models/multiply_adds.h"
#include "zoetrope/models/state.h"
#include "zoetrope/nn/conv3d.h"
#include "zoetrope/nn/shape_only.h"
#include "zoetrope/nn/stc.h"

namespace zoetrope::models {
namespace {

using ::testing::HasSubstr;

std::int64_t parameters_of(const std::string& name, const std::vector<std::string>& overrides) {
  const nn::ShapeOnly shapes;
  return num_parameters(*make_with(name, overrides));
}

// Every element of every parameter learns something from a clip.
void expect_all_learn(Model& model, const std::vector<std::int64_t>& shape) {
  model.train();
  model.forward(torch::rand(shape)).square().sum().backward();
  for (const auto& parameter : model.named_parameters()) {
    ASSERT_TRUE(parameter.value().grad().defined()) << parameter.key();
    const double sum = parameter.value().grad().abs().sum().item<double>();
    EXPECT_TRUE(std::isfinite(sum) && sum > 0) << parameter.key();
  }
}

TEST(StcNets, HaveTheBranchesOfTheirEquations) {
  // ResNet-18, 16 frames: blocks of 64, 128, 256, 512 channels see 8, 4, 2, 1 frames, so that T C is 512 throughout.
  const std::int64_t plain = parameters_of("resnet3d_18", {});
  const auto added = [&](const std::vector<std::string>& overrides) {
    return parameters_of("stc_resnet3d_18", overrides) - plain;
  };
  std::int64_t temporal = 0, spatial = 0;
  for (const std::int64_t c : {64, 128, 256, 512}) {
    temporal += 2 * (2 * c * c / 4);
    spatial += 2 * (512 * 128 + 128 * c);
  }
  EXPECT_EQ(added({"stc.spatial=false"}), temporal);
  EXPECT_EQ(added({"stc.temporal=false"}), spatial);
  EXPECT_EQ(added({}), temporal + spatial);
  EXPECT_EQ(added({"stc.spatial=false", "stc.reduction=16"}), temporal / 4);
}

// relu(F + x_stc + shortcut), or relu(x_stc + shortcut): F is the last normalisation of the residual branch.
TEST(StcNets, BlocksAreAddedToTheResidualBranch) {
  const torch::NoGradGuard no_grad;
  for (const std::string join : {"add", "replace"}) {
    torch::manual_seed(1);
    const auto model = make_with(
        "stc_resnet3d_18", {"depth=10", "widen_factor=0.125", "stc.frames=8", "stc.join=\"" + join + "\""});
    model->eval();
    for (torch::Tensor& scale : model->parameters()) {
      if (scale.dim() == 1) scale.uniform_(-1, 1);
    }
    Stages stages({"maxpool", "layer1.0"});
    (void)model->run({torch::rand({2, 3, 8, 64, 64})}, &stages);
    const torch::Tensor x = output(stages.kept(), "maxpool");
    auto modules = model->named_modules();
    const auto conv = [&](const std::string& name, const torch::Tensor& maps) {
      return modules["layer1.0." + name]->as<nn::Conv3d>()->forward(maps);
    };
    const auto norm = [&](const std::string& name, const torch::Tensor& maps) {
      return modules["layer1.0." + name]->as<nn::BatchNorm3d>()->forward(maps);
    };
    const torch::Tensor branch = norm("bn2", conv("conv2", torch::relu(norm("bn1", conv("conv1", x)))));
    // The block alone gives F + x_stc, or x_stc.
    const torch::Tensor joined =
        std::dynamic_pointer_cast<nn::StcBlock>(modules["layer1.0.stc"])->forward(branch);
    EXPECT_TRUE(torch::allclose(output(stages.kept(), "layer1.0"), torch::relu(joined + x), 1e-4, 1e-5));
    EXPECT_FALSE(torch::allclose(joined, branch, 1e-2, 1e-2));
  }
}

TEST(StcNets, TakeTheClipsThatTheyAreMadeFor) {
  const torch::NoGradGuard no_grad;
  const nn::ShapeOnly shapes;
  for (const char* frames : {"16", "32", "64"}) {
    const auto model = make_with("stc_resnet3d_50", {std::string("stc.frames=").append(frames)});
    EXPECT_EQ(model->native_clip()[2], std::stoi(frames));
    EXPECT_EQ(model->forward(torch::empty(model->native_clip())).size(1), 400);
  }
  try {
    make_with("stc_resnet3d_18")->forward(torch::empty({1, 3, 32, 64, 64}));
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("stc.frames"));
  }
  EXPECT_NO_THROW(
      make_with("stc_resnet3d_18", {"stc.spatial=false"})->forward(torch::empty({1, 3, 32, 64, 64})));
}

TEST(StcNets, EveryParameterLearns) {
  torch::manual_seed(0);
  expect_all_learn(*make_with("stc_resnet3d_18", {"depth=10", "widen_factor=0.25", "stc.frames=8"}),
                   {2, 3, 8, 64, 64});
}

TEST(StcNets, BlocksCostNextToNothing) {
  const nn::ShapeOnly shapes;
  const auto cost = [](const char* name) {
    const auto model = make_with(name);
    return static_cast<double>(
        count_multiply_adds(*model, {torch::empty(model->native_clip())}).multiply_adds);
  };
  EXPECT_GT(cost("stc_resnet3d_18"), cost("resnet3d_18"));
  EXPECT_LT(cost("stc_resnet3d_18"), 1.001 * cost("resnet3d_18"));
}

TEST(Hatnet, MergesBothBranchesAfterEachStage) {
  const torch::NoGradGuard no_grad;
  const nn::ShapeOnly shapes;
  const auto model = make_with("hatnet_18");
  Stages stages;
  const NamedTensors outputs = model->run({torch::empty(model->native_clip())}, &stages);
  EXPECT_EQ(output(outputs, "logits").sizes(), torch::IntArrayRef({1, 3142}));
  EXPECT_EQ(output(outputs, "features").sizes(), torch::IntArrayRef({1, 512}));
  std::map<std::string, torch::Tensor> kept(stages.kept().begin(), stages.kept().end());
  EXPECT_EQ(kept.at("merge2d_1").sizes(), torch::IntArrayRef({1, 64, 16, 56, 56}));
  EXPECT_EQ(kept.at("branch2d.layer2").sizes(), torch::IntArrayRef({16, 128, 28, 28}));
  EXPECT_EQ(kept.at("branch3d.layer2").sizes(), torch::IntArrayRef({1, 128, 8, 28, 28}));
  EXPECT_EQ(kept.at("merge3d_3").sizes(), torch::IntArrayRef({1, 256, 4, 14, 14}));
  EXPECT_EQ(kept.at("fusion").sizes(), torch::IntArrayRef({1, 512, 2, 7, 7}));
}

TEST(Hatnet, MergingSeesBothBranches) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(0);
  const auto model =
      make_with("hatnet_18", {"depth=10", "num_classes=3", "widen_factor=0.25", "max_pool=true"});
  const torch::Tensor clip = torch::rand({1, 3, 5, 32, 32});  // an odd number of frames, too
  const torch::Tensor before = model->forward(clip);
  for (const char* branch : {"branch2d.layer4.0.bn2.bias", "branch3d.layer4.0.bn2.bias"}) {
    torch::Tensor bias = model->named_parameters()[branch];
    bias.add_(1);
    EXPECT_FALSE(torch::allclose(model->forward(clip), before)) << branch;
    bias.sub_(1);
  }
}

// After each stage: a convolution of both branches side by side, a norm and a ReLU, for each branch its own; the 2D
// branch's frames in means of pairs where the 3D branch has halved them, the last of an odd number by itself. After the
// last stage one such layer, the fusion.
TEST(Hatnet, MergesAsByHand) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(3);
  const auto model =
      make_with("hatnet_18", {"depth=10", "num_classes=3", "widen_factor=0.25", "max_pool=true"});
  for (torch::Tensor& statistic : model->buffers()) {
    if (statistic.is_floating_point()) statistic.add_(torch::rand_like(statistic));
  }
  Stages stages;
  (void)model->run({torch::rand({2, 3, 9, 32, 32})}, &stages);
  const std::map<std::string, torch::Tensor> kept(stages.kept().begin(), stages.kept().end());
  const auto parameters = model->named_parameters(), buffers = model->named_buffers();
  std::vector<std::int64_t> frames;
  for (const int stage : {1, 2, 3, 4}) {
    const torch::Tensor motion = kept.at(fmt::format("branch3d.layer{}", stage));
    const torch::Tensor flat = kept.at(fmt::format("branch2d.layer{}", stage));
    const torch::Tensor appearance =
        flat.view({2, -1, flat.size(1), flat.size(2), flat.size(3)}).transpose(1, 2);
    std::vector<torch::Tensor> pairs;
    for (std::int64_t t = 0; t < appearance.size(2); t += 2) {
      const std::int64_t next = std::min(t + 1, appearance.size(2) - 1);
      pairs.push_back((appearance.select(2, t) + appearance.select(2, next)) / 2);
    }
    frames.push_back(appearance.size(2));
    const torch::Tensor both = torch::cat({torch::stack(pairs, 2), motion}, 1);
    std::vector<std::string> names = {"fusion"};
    if (stage < 4) names = {fmt::format("merge2d_{}", stage), fmt::format("merge3d_{}", stage)};
    for (const std::string& name : names) {
      const torch::Tensor expected =
          torch::batch_norm(torch::conv3d(both, parameters[name + ".0.weight"]),
                            parameters[name + ".1.weight"], parameters[name + ".1.bias"],
                            buffers[name + ".1.running_mean"], buffers[name + ".1.running_var"], false, 0,
                            1e-5, false)
              .relu();
      EXPECT_TRUE(torch::allclose(kept.at(name), expected, 1e-4, 1e-5)) << name;
    }
  }
  EXPECT_EQ(frames, (std::vector<std::int64_t>{9, 5, 3, 2})) << "odd numbers, too";
}

TEST(Hatnet, EveryParameterLearns) {
  torch::manual_seed(0);
  expect_all_learn(*make_with("hatnet_18", {"depth=10", "num_classes=5", "max_pool=true", "widen_factor=0.25",
                                            "head_classes=[2, 3]", "stc.temporal=true", "stc.spatial=true",
                                            "stc.frames=8"}),
                   {2, 3, 8, 32, 32});
}

TEST(Hatnet, HasTheStatesOfItsBranches) {
  const nn::ShapeOnly shapes;
  const auto whole = make_with("hatnet_18");
  const auto names = whole->named_parameters();
  for (const auto& [model, branch] : {std::pair{"resnet18", "branch2d."}, {"resnet3d_18", "branch3d."}}) {
    const auto part = make_with(model);
    for (const auto& parameter : part->named_parameters()) {
      if (parameter.key().starts_with("fc.")) continue;
      const torch::Tensor* ours = names.find(branch + parameter.key());
      ASSERT_TRUE(ours) << parameter.key();
      EXPECT_EQ(ours->sizes(), parameter.value().sizes()) << parameter.key();
    }
  }
}

}  // namespace
}  // namespace zoetrope::models
