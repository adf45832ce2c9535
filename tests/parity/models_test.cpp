// The networks of the fixtures in tests/data/parity against their authors' numbers, and how a run says what
// does not fit.
#include "zoetrope/parity/models.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/models/state.h"
#include "zoetrope/parity/adapters.h"

namespace zoetrope::parity {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

const std::filesystem::path kFolder = std::filesystem::path(ZOETROPE_TEST_DATA) / "parity";

std::vector<std::string> fixture_names() {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(kFolder)) {
    if (file.path().extension() == ".json") names.push_back(file.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

Fixture named(const std::string& name) {
  return read_fixture(kFolder / (name + ".json"));
}

class Parity : public ::testing::TestWithParam<std::string> {};

TEST_P(Parity, MeetsTheAuthorsNumbers) {
  const Fixture fixture = named(GetParam());
  const Report report = run_fixture(fixture.path);
  EXPECT_TRUE(report.ok()) << format_report(report);
  EXPECT_EQ(report.checks.size(), fixture.outputs.size() + fixture.stages.size() + fixture.grads.size());
}

INSTANTIATE_TEST_SUITE_P(Fixtures, Parity, ::testing::ValuesIn(fixture_names()),
                         [](const auto& test) { return test.param; });

// Checkpoints of the authors list their tensors in this order, and so do ours.
TEST(ParityState, IsInTheAuthorsOrder) {
  for (const char* const name : {"torchvision_resnet18", "torchvision_r2plus1d_18", "kenshohara_resnet18",
                                 "ptv_x3d_s", "ptv_slowfast_r50", "ptv_i3d_r50", "i3d_rgb", "mucon_default",
                                 "sct_default", "sgs_3dresnet50_atfr"}) {
    const Fixture fixture = named(name);
    std::size_t i = 0;
    for (const ModelAdapter& adapter : model_adapters()) {
      if (!adapter.takes(fixture)) continue;
      for (const auto& [tensor_name, tensor] : models::state_of(*adapter.build(fixture).model)) {
        if (!tensor.is_floating_point()) continue;
        EXPECT_EQ(tensor_name, fixture.state_dict.at(i++).name);
      }
      break;
    }
    EXPECT_EQ(i, fixture.state_dict.size());
  }
}

TEST(ParityReport, SaysWhatDoesNotFit) {
  Fixture fixture = named("torchvision_resnet18");
  fixture.parameters = 5;
  fixture.state_dict.at(0) = {"stem.weight", {3}};
  fixture.state_dict.at(1).shape = {65};
  fixture.outputs.at(0).shape = {1, 999};
  fixture.stages.at(0).name = "layer9";
  fixture.stages.resize(1);
  const Report report = run_model_fixture(fixture);
  EXPECT_FALSE(report.ok());
  EXPECT_THAT(report.problems, Contains("11689512 parameters, not 5"));
  EXPECT_THAT(report.problems, Contains("tensor 'conv1.weight' is not the authors'"));
  EXPECT_THAT(report.problems, Contains("tensor 'stem.weight' [3] is missing"));
  EXPECT_THAT(report.problems, Contains("tensor 'bn1.weight' has shape [64], not [65]"));
  EXPECT_THAT(report.problems, Contains("stage 'layer9' is none of the model's"));
  ASSERT_EQ(report.checks.size(), 1U);
  EXPECT_EQ(report.checks[0].name, "logits");
  EXPECT_THAT(format_report(report), HasSubstr("shape [1, 1000], not [1, 999]"));
}

TEST(ParityReport, FailsWhereANumberDiffers) {
  Fixture fixture = named("torchvision_resnet18");
  fixture.stages.clear();
  fixture.outputs.at(0).values.at(17) += 0.01;
  const Report report = run_model_fixture(fixture);
  EXPECT_TRUE(report.problems.empty());
  EXPECT_FALSE(report.ok());
  EXPECT_NEAR(report.checks.at(0).difference, 0.01 / fixture.outputs.at(0).std, 1e-4);
}

TEST(ParityReport, SaysWhyARunFailed) {
  Fixture fixture = named("torchvision_resnet18");
  fixture.inputs.at(0).shape = {1, 4, 64, 64};
  const Report report = run_model_fixture(fixture);
  EXPECT_THAT(report.problems, Contains(HasSubstr("the run failed: ")));
  fixture.inputs.clear();
  EXPECT_THAT(run_model_fixture(fixture).problems, Contains("1 inputs, not 0"));
}

std::string error_of(nlohmann::json fixture) {
  const test::TemporaryFolder folder;
  write_file_atomically(folder.file("net.json"), fixture.dump());
  try {
    static_cast<void>(run_fixture(folder.file("net.json")));
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

TEST(ParityRun, RefusesByNameWhatItDoesNotKnow) {
  EXPECT_THAT(
      error_of({{"model", "swin_t"}, {"source", "github.com/microsoft/Swin"}}),
      HasSubstr("'swin_t' of 'github.com/microsoft/Swin' is nothing that parity knows; it knows ResNet, "));
  EXPECT_THAT(error_of({{"model", "resnet18"}, {"source", "torchvision 0.14"}, {"config", {{"norm", 1}}}}),
              HasSubstr("config.norm: 'resnet18' of torchvision 0.14 has no such argument here"));
  EXPECT_THAT(
      error_of({{"model", "resnet18"}, {"source", "torchvision 0.14"}, {"config", {{"num_classes", "x"}}}}),
      HasSubstr("net.json: 'num_classes': expected"));
}

// Configurations in the authors' terms, by the shapes that they must have.
TEST(ParityAdapters, TakeOtherConfigurations) {
  struct Case {
    std::string model;
    std::string source;
    nlohmann::json config;
    std::string tensor;
    Shape shape;
  };
  const std::string hara = "github.com/kenshohara/3D-ResNets-PyTorch models/";
  const std::string tsm = "github.com/mit-han-lab/temporal-shift-module ops/models.py";
  const std::string ptv = "github.com/facebookresearch/pytorchvideo pytorchvideo/models/hub";
  const nlohmann::json one = {1, 1, 1};
  const nlohmann::json three = {3, 1, 1};
  const std::vector<Case> cases = {
      {"x3d_m",
       ptv,
       {{"x3d_m", {{"width_factor", 1.0}, {"stem_dim_in", 24}, {"head_pool_act", "nn.ReLU"}}}},
       "blocks.5.pool.pre_conv.weight",
       {432, 192, 1, 1, 1}},
      {"x3d_xs",
       ptv,
       {{"se_ratio", 0.25}, {"head_bn_lin5_on", true}, {"norm", "BatchNorm3d"}},
       "blocks.1.res_blocks.0.branch2.norm_b.1.block.0.weight",
       {16, 54, 1, 1, 1}},
      {"slowfast",
       ptv,
       {{"create_slowfast",
         {{"slowfast_channel_reduction_ratio", {4}},
          {"slowfast_conv_channel_fusion_ratio", 3},
          {"stem_dim_outs", {32, 8}},
          {"model_depth", 18},
          {"stem_pool", "MaxPool3d"},
          {"stage_conv_a_kernel_sizes", {{one, {three, one}, three, three}, {three, three, three, three}}}}}},
       "blocks.1.multipathway_blocks.0.res_blocks.0.branch2.conv_a.weight",
       {32, 56, 1, 1, 1}},
      {"slow_r50",
       ptv,
       {{"slow_r50", {{"stage_conv_a_kernel_size", three}, {"model_depth", 101}}}},
       "blocks.3.res_blocks.22.branch2.conv_a.weight",
       {256, 1024, 3, 1, 1}},
      {"c2d_r50",
       ptv,
       {{"c2d_r50", {{"stage1_pool", "torch.nn.AvgPool3d"}, {"model_num_class", 5}}}},
       "blocks.6.proj.weight",
       {5, 2048}},
      {"csn",
       ptv,
       {{"create_csn", {{"stage_conv_b_width_per_group", 4}, {"head_pool", "AdaptiveAvgPool3d"}}}},
       "blocks.3.res_blocks.5.branch2.conv_b.weight",
       {256, 4, 3, 3, 3}},
      {"r2plus1d_r50",
       ptv,
       {{"r2plus1d_r50", {{"head_activation", "Sigmoid"}, {"input_channel", 2}}}},
       "blocks.0.conv.weight",
       {64, 2, 1, 7, 7}},
      {"InceptionI3d",
       "github.com/piergiaj/pytorch-i3d pytorch_i3d.py",
       {{"in_channels", 2}, {"num_classes", 157}, {"dropout_keep_prob", 0.3}},
       "logits.conv3d.weight",
       {157, 1024, 1, 1, 1}},
      {"resnet50",
       "torchvision 0.14",
       {{"groups", 32}, {"width_per_group", 4}},
       "layer1.0.conv2.weight",
       {128, 4, 3, 3}},
      {"mc3_18", "torchvision 0.14", {{"num_classes", 7}}, "layer2.0.conv1.0.weight", {128, 64, 1, 3, 3}},
      {"resnet34",
       hara + "resnet.py",
       {{"model_depth", 34}, {"n_classes", 9}, {"widen_factor", 0.5}},
       "fc.weight",
       {9, 256}},
      {"resnet18",
       hara + "resnet.py",
       {{"conv1_t_size", 3}, {"n_input_channels", 2}},
       "conv1.weight",
       {64, 2, 3, 7, 7}},
      {"resnext50", hara + "resnext.py", {{"n_classes", 5}}, "layer1.0.conv2.weight", {128, 4, 3, 3, 3}},
      {"wideresnet50", hara + "wide_resnet.py", {{"model_depth", 50}, {"k", 1}}, "fc.weight", {400, 1024}},
      {"resnet2p1d", hara + "resnet2p1d.py", {{"model_depth", 18}}, "conv1_s.weight", {110, 3, 1, 7, 7}},
      {"TSM resnet18",
       tsm,
       {{"num_class", 6},
        {"num_segments", 4},
        {"base_model", "resnet18"},
        {"is_shift", true},
        {"shift_place", "block"}},
       "base_model.layer1.0.net.conv1.weight",
       {64, 64, 3, 3}},
      {"TSN resnet18",
       tsm,
       {{"num_class", 6},
        {"num_segments", 3},
        {"base_model", "resnet18"},
        {"dropout", 0},
        {"modality", "Flow"}},
       "base_model.conv1.weight",
       {64, 10, 7, 7}},
  };
  for (const Case& c : cases) {
    const nlohmann::json json = {{"model", c.model}, {"source", c.source}, {"config", c.config}};
    const Fixture fixture = parse_fixture(json.dump(), c.model + ".json");
    const auto& adapters = model_adapters();
    const auto adapter =
        std::find_if(adapters.begin(), adapters.end(), [&](const auto& a) { return a.takes(fixture); });
    ASSERT_NE(adapter, adapters.end()) << c.model;
    const auto parameters = adapter->build(fixture).model->named_parameters();
    ASSERT_TRUE(parameters.contains(c.tensor)) << c.model;
    EXPECT_EQ(parameters[c.tensor].sizes(), at::IntArrayRef(c.shape)) << c.model;
  }
}

// Trees of settings, as MuCon and SCT have them: what changes the network is read, what is unknown is refused.
TEST(ParityAdapters, ReadTheSettingsOfSequenceNetworks) {
  const auto network = [](const std::string& model, const std::string& source, nlohmann::json config) {
    const nlohmann::json json = {{"model", model}, {"source", source}, {"config", std::move(config)}};
    const Fixture fixture = parse_fixture(json.dump(), model + ".json");
    for (const ModelAdapter& adapter : model_adapters()) {
      if (adapter.takes(fixture)) return adapter.build(fixture).model;
    }
    throw Error::failed("no adapter");
  };
  const nlohmann::json video = {{"transcript", {0, 1}}, {"absolute_lengths", {3, 4}}};
  const auto mucon = [&](nlohmann::json settings) {
    nlohmann::json config = video;
    config["cfg"] = std::move(settings);
    return network("MuCon", "github.com/yassersouri/MuCon src/mucon/models.py", config);
  };
  const auto shape = [](const models::Model& model, const std::string& name) {
    return model.named_parameters()[name].sizes().vec();
  };
  EXPECT_EQ(
      shape(*mucon({{"model.ft.stages", {1, 1, 1}}, {"model.ft.hidden_size", 64}}), "ft.l_2.conv_1x1.weight"),
      (Shape{64, 64, 1}));
  EXPECT_EQ(shape(*mucon({{"model", {{"ft", {{"type", "noft"}}}}}}), "ft.last_conv.weight"),
            (Shape{128, 2048, 1}));
  EXPECT_THROW(mucon({{"model.ft.type", "mstcnpp"}}), Error);
  EXPECT_THROW(mucon({{"model.ft.kernel", 5}}), Error);
  const auto sct =
      network("SCT", "github.com/MohsenFayyaz89/SCT src/SCT/models/",
              {{"cfg", {{"model.fer.hidden_size", 64}, {"model.fs.hidden_size", 64}}}, {"A_hat", {1}}});
  EXPECT_EQ(shape(*sct, "fl.conv1.weight"), (Shape{32, 64, 1}));
}

}  // namespace
}  // namespace zoetrope::parity
