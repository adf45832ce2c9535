// The residual networks: sizes as published, and what no parity fixture holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "zoetrope/core/error.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/resnet2d.h"
#include "zoetrope/models/resnet3d.h"
#include "zoetrope/models/state.h"
#include "zoetrope/models/tsn.h"

namespace zoetrope::models {
namespace {

using ::testing::HasSubstr;

ConfigValue options_of(const std::vector<std::string>& assignments) {
  ConfigValue options{ConfigTable{}};
  for (const std::string& assignment : assignments) apply_override(options, assignment);
  return options;
}

std::string error_of(const std::string& name, const std::vector<std::string>& assignments) {
  try {
    static_cast<void>(make_model(name, options_of(assignments)));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

// As torchvision documents its models, and timm the two that are its own.
TEST(ResidualNetworks, HaveThePublishedNumberOfParameters) {
  const std::vector<std::pair<std::string, std::int64_t>> published = {
      {"resnet18", 11'689'512},        {"resnet34", 21'797'672},         {"resnet50", 25'557'032},
      {"resnext50_32x4d", 25'028'904}, {"resnext101_32x4d", 44'177'704}, {"seresnext101_32x4d", 48'955'416},
      {"mc3_18", 11'695'440},          {"r2plus1d_18", 31'505'325}};
  for (const auto& [name, parameters] : published) {
    EXPECT_EQ(num_parameters(*make_model(name)), parameters) << name;
  }
}

TEST(ResNet2d, BeginsAsHeEtAlAndAtZeroWhereAsked) {
  torch::manual_seed(0);
  const ResNet2d model({.depth = 18, .zero_init_residual = true});
  const auto parameters = model.named_parameters();
  const torch::Tensor kernel = parameters["layer4.1.conv2.weight"];
  EXPECT_NEAR(kernel.std().item<double>(), std::sqrt(2.0 / (512 * 9)), 1e-4);
  EXPECT_EQ(parameters["layer4.1.bn2.weight"].abs().sum().item<double>(), 0);
  EXPECT_EQ(parameters["layer4.1.bn1.weight"].sum().item<double>(), 512);
}

TEST(ResNet2d, ResetsToAnotherDrawOfTheSameKind) {
  torch::manual_seed(0);
  ResNet2d model({.depth = 10});
  const torch::Tensor before = model.named_parameters()["conv1.weight"].detach().clone();
  {
    const torch::NoGradGuard no_grad;
    model.named_parameters()["bn1.bias"].fill_(3);
  }
  model.reset_parameters();
  EXPECT_FALSE(model.named_parameters()["conv1.weight"].equal(before));
  EXPECT_EQ(model.named_parameters()["bn1.bias"].abs().sum().item<double>(), 0);
}

// Layers work in place where nothing that the gradient needs is lost; LibTorch throws where it is.
TEST(ResidualNetworks, EveryParameterLearns) {
  const std::vector<std::pair<std::string, std::vector<std::string>>> cases = {
      {"resnet18", {"depth=10"}},
      {"seresnext101_32x4d", {"depth=50", "width_per_group=1", "zero_init_residual=false"}},
      {"r2plus1d_18", {"depth=10", "num_classes=5"}},
      {"resnet3d_10", {"shortcut_type=A", "widen_factor=0.125"}},
      {"resnet3d_10", {"widen_factor=0.125", "num_classes=5", "head_classes=[2, 3]"}},
      {"r2plus1d_50", {"widen_factor=0.125"}},
      {"tsm_resnet18", {"depth=10", "num_segments=2"}},
      {"tsm_resnet18", {"depth=10", "num_segments=2", "shift_place=block"}}};
  for (const auto& [name, assignments] : cases) {
    torch::manual_seed(0);
    const std::shared_ptr<Model> model = make_model(name, options_of(assignments));
    model->train();
    std::vector<std::int64_t> shape = model->native_clip();
    shape[0] = 2;
    shape[2] = std::min<std::int64_t>(shape[2], 8);
    shape[3] = shape[4] = 64;
    model->forward(torch::rand(shape)).square().sum().backward();
    for (const auto& parameter : model->named_parameters()) {
      ASSERT_TRUE(parameter.value().grad().defined()) << name << " " << parameter.key();
      const double sum = parameter.value().grad().abs().sum().item<double>();
      EXPECT_TRUE(std::isfinite(sum) && sum > 0) << name << " " << parameter.key();
    }
  }
}

TEST(ResNet2d, AClipIsTheMeanOfItsFrames) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(0);
  ResNet2d model({.depth = 10, .num_classes = 5});
  model.eval();
  const torch::Tensor clips = torch::rand({2, 3, 4, 32, 32});
  const torch::Tensor frames = clips.transpose(1, 2).flatten(0, 1);
  const torch::Tensor of_frames = model.run({frames}).front().second.view({2, 4, 5}).mean(1);
  EXPECT_TRUE(torch::allclose(model.forward(clips), of_frames, 1e-4, 1e-5));
}

TEST(ResNet2d, RefusesWhatBasicBlocksLack) {
  EXPECT_THAT(error_of("resnet18", {"groups=2"}), HasSubstr("are for depth 50 and more"));
  EXPECT_THAT(error_of("resnet18", {"depth=19"}), HasSubstr("10, 18, 34, 50, 101, 152 or 200"));
}

TEST(ResNet3d, ShortcutOfTypeASubsamplesAndPads) {
  const torch::NoGradGuard no_grad;
  ResNet3d model({.depth = 10, .num_classes = 3, .shortcut_type = ShortcutType::kA, .widen_factor = 0.125});
  EXPECT_FALSE(model.named_parameters().contains("layer2.0.downsample.0.weight"));
  model.eval();
  // With every branch at zero, a stage is relu(shortcut).
  for (const auto& parameter : model.named_parameters()) {
    if (parameter.key().find("bn2") != std::string::npos) parameter.value().zero_();
  }
  Stages stages;
  static_cast<void>(model.run({torch::rand({1, 3, 8, 32, 32})}, &stages));
  std::map<std::string, torch::Tensor> kept(stages.kept().begin(), stages.kept().end());
  const torch::Tensor from = kept.at("layer1");
  const torch::Tensor to = kept.at("layer2");
  EXPECT_TRUE(to.slice(1, 0, 8).equal(from.slice(2, 0, 99, 2).slice(3, 0, 99, 2).slice(4, 0, 99, 2)));
  EXPECT_EQ(to.slice(1, 8, 16).abs().sum().item<float>(), 0);
}

TEST(ResNet3d, BranchesOfTwoConvolutionsAreAWideBlock) {
  ResNet3d model({.kind = ResNet3dKind::kResNeXt, .depth = 18, .num_classes = 3});
  const auto parameters = model.named_parameters();
  EXPECT_EQ(parameters["layer1.0.conv1.weight"].sizes(), torch::IntArrayRef({128, 64, 3, 3, 3}));
  EXPECT_EQ(parameters["layer1.0.conv2.weight"].sizes(), torch::IntArrayRef({64, 128, 3, 3, 3}));
  EXPECT_EQ(parameters["layer4.1.conv1.weight"].sizes(), torch::IntArrayRef({1024, 512, 3, 3, 3}));
}

TEST(ResNet3d, RefusesWhatItsKindLacks) {
  EXPECT_THAT(error_of("wide_resnet3d_50", {"depth=18"}),
              HasSubstr("kind 'wide' begins at depth 50, not 18"));
  EXPECT_THAT(error_of("resnet3d_18", {"shortcut_type=C"}), HasSubstr("expected one of A, B, found C"));
}

TEST(Stages, KeepInnerLayersUnharmedByWhatComesAfter) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(0);
  ResNet2d model({.depth = 10, .num_classes = 3});
  model.eval();
  const torch::Tensor image = torch::randn({1, 3, 64, 64});
  Stages stages;
  const torch::Tensor logits = model.run({image}, &stages).front().second;
  EXPECT_TRUE(logits.equal(model.run({image}).front().second));
  std::map<std::string, torch::Tensor> kept(stages.kept().begin(), stages.kept().end());
  EXPECT_LT(kept.at("layer1.0.bn1").min().item<float>(), 0);  // before ReLU
  const auto parameters = model.named_parameters();
  const torch::Tensor again =
      torch::conv2d(torch::relu(kept.at("layer1.0.bn1")), parameters["layer1.0.conv2.weight"], {}, 1, 1);
  EXPECT_TRUE(torch::allclose(kept.at("layer1.0.conv2"), again, 1e-4, 1e-4));
}

TEST(Tsn, TakesClipsOfItsSegmentsAlone) {
  const Tsn model({.depth = 10, .num_classes = 4, .num_segments = 3});
  const torch::Tensor clip = torch::rand({2, 3, 3, 32, 32});
  const torch::Tensor input = model.inputs_of(clip).at(0);
  ASSERT_EQ(input.sizes(), at::IntArrayRef({2, 9, 32, 32}));
  EXPECT_TRUE(input.slice(1, 3, 6).equal(clip.select(2, 1)));
  EXPECT_THROW(static_cast<void>(model.inputs_of(torch::rand({1, 3, 4, 32, 32}))), Error);
}

TEST(Tsn, FlowHasTwoChannelsAField) {
  const torch::NoGradGuard no_grad;
  Tsn model({.depth = 10, .num_classes = 4, .num_segments = 2, .modality = Modality::kFlow});
  EXPECT_EQ(model.named_parameters()["base_model.conv1.weight"].size(1), 10);
  EXPECT_EQ(model.forward(torch::rand({1, 2, 10, 32, 32})).sizes(), at::IntArrayRef({1, 4}));
}

TEST(Tsn, WithoutDropoutTheClassifierIsTheBaseModels) {
  const Tsn model({.depth = 10, .num_classes = 4, .dropout = 0});
  EXPECT_TRUE(model.named_parameters().contains("base_model.fc.weight"));
  EXPECT_FALSE(model.named_parameters().contains("new_fc.weight"));
}

TEST(Tsn, ShiftsInEveryBlockOfFiftyLayersAndEverySecondOfAHundred) {
  const auto shifted_blocks = [](std::int64_t depth, ShiftPlace place) {
    const Tsn model({.depth = depth, .width_per_group = 8, .shift_place = place});
    std::string names;
    for (const auto& parameter : model.named_parameters()) {
      for (const char* const index : {"0", "1", "2"}) {
        const std::string block = std::string("base_model.layer1.") + index;
        const bool shifts =
            parameter.key() == block + ".conv1.net.weight" || parameter.key() == block + ".net.conv1.weight";
        if (shifts) names += index;
      }
    }
    return names;
  };
  EXPECT_EQ(shifted_blocks(50, ShiftPlace::kBlockres), "012");
  EXPECT_EQ(shifted_blocks(101, ShiftPlace::kBlockres), "02");
  EXPECT_EQ(shifted_blocks(101, ShiftPlace::kBlock), "012");
  EXPECT_EQ(shifted_blocks(50, ShiftPlace::kNone), "");
}

TEST(Tsn, PartialBnTrainsTheFirstNormalisationAlone) {
  Tsn model({.depth = 10, .num_classes = 4, .partial_bn = true});
  model.train();
  const auto modules = model.named_modules("", /*include_self=*/false);
  EXPECT_TRUE(modules["base_model.bn1"]->is_training());
  EXPECT_FALSE(modules["base_model.layer1.0.bn1"]->is_training());
  EXPECT_FALSE(model.named_parameters()["base_model.layer1.0.bn1.weight"].requires_grad());
  EXPECT_TRUE(modules["base_model.layer1.0.conv1"]->is_training());
}

}  // namespace
}  // namespace zoetrope::models
