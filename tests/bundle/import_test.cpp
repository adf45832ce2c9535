#include "zoetrope/bundle/import.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/bundle/tiny_model.h"
#include "tests/support/temporary_folder.h"
#include "zoetrope/bundle/published.h"
#include "zoetrope/bundle/trial.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/models/state.h"
#include "zoetrope/nn/shape_only.h"

namespace zoetrope::bundle {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using weights::NamedTensors;

class ImportTest : public ::testing::Test {
 protected:
  ImportTest() {
    torch::manual_seed(5);
    // mmaction2's names, as a file would have them.
    source_ = {{"backbone.conv1.conv.weight", torch::randn({2, 3, 3, 3, 3})},
               {"backbone.conv1.bn.weight", torch::rand({2}) + 0.5},
               {"backbone.conv1.bn.bias", torch::randn({2})},
               {"backbone.conv1.bn.running_mean", torch::randn({2})},
               {"backbone.conv1.bn.running_var", torch::rand({2}) + 0.5},
               {"cls_head.fc_cls.weight", torch::randn({4, 2})},
               {"cls_head.fc_cls.bias", torch::randn({4})}};
  }

  [[nodiscard]] std::string write_source() const {
    weights::write_safetensors(folder_.file("source.safetensors"), source_);
    return folder_.file("source.safetensors");
  }

  [[nodiscard]] std::string refusal(const ImportOptions& options) const {
    try {
      import_checkpoint(write_source(), out_, options, Overwrite::kNo, models_);
    } catch (const Error& error) {
      EXPECT_FALSE(std::filesystem::exists(out_));
      return error.what();
    }
    return "";
  }

  torch::Tensor& source(const std::string& name) {
    for (auto& [found, tensor] : source_) {
      if (found == name) return tensor;
    }
    throw std::runtime_error(name);
  }

  test::TemporaryFolder folder_;
  std::filesystem::path out_ = folder_.path() / "bundle";
  ModelList models_ = test::tiny_models();
  NamedTensors source_;
};

TEST_F(ImportTest, ABundleComputesWhatTheCheckpointWould) {
  const std::string path = write_source();
  const ImportPlan plan = import_checkpoint(
      path, out_, {.model = {.name = "tiny"}, .labels = {"a", "b", "c", "d"}, .licence = "CC0"},
      Overwrite::kNo, models_);
  EXPECT_TRUE(plan.map.complete());
  EXPECT_THAT(plan.report(),
              HasSubstr("7 matched, 0 missing, 0 of another shape, 0 unused (names of mmaction2)"));

  const Bundle bundle = load_bundle(out_, models_);
  EXPECT_EQ(bundle.config.provenance.source, "source.safetensors");
  EXPECT_EQ(bundle.config.provenance.sha256, sha256_of_file(path));
  EXPECT_EQ(bundle.config.provenance.licence, "CC0");
  EXPECT_EQ(bundle.config.provenance.date.size(), 10u);
  EXPECT_EQ(bundle.labels.size(), 4u);
  const torch::Tensor clip = torch::randn({2, 3, 4, 8, 8});
  const torch::Tensor normed = torch::batch_norm(
      torch::conv3d(clip, source("backbone.conv1.conv.weight")), source("backbone.conv1.bn.weight"),
      source("backbone.conv1.bn.bias"), source("backbone.conv1.bn.running_mean"),
      source("backbone.conv1.bn.running_var"), false, 0.1, 1e-5, false);
  const torch::Tensor logits = torch::nn::functional::linear(
      torch::relu(normed).mean({2, 3, 4}), source("cls_head.fc_cls.weight"), source("cls_head.fc_cls.bias"));
  EXPECT_TRUE(torch::allclose(bundle.model->forward(clip), logits, 1e-5, 1e-6));
}

TEST_F(ImportTest, AnIncompleteOneIsRefusedUnlessPartial) {
  source("cls_head.fc_cls.weight") = torch::randn({400, 2});
  source_.pop_back();
  EXPECT_THAT(
      refusal({.model = {.name = "tiny"}}),
      AllOf(HasSubstr(
                "missing tensors: 1, of another shape: 1 (\"fc.weight\" is [400, 2] in the checkpoint and "
                "[4, 2] in the model)"),
            HasSubstr("--option num_classes=400")));
  EXPECT_EQ(refusal({.model = {.name = "tiny"}, .partial = true}), "");
  EXPECT_TRUE(
      torch::equal(load_bundle(out_, models_).model->parameters()[0], source("backbone.conv1.conv.weight")));
  EXPECT_THAT(read_bundle_info(out_, models_).config.weights.untrained,
              testing::UnorderedElementsAre("fc.weight", "fc.bias"));
}

TEST_F(ImportTest, ValuesThatAreNoNumbersAreRefused) {
  source("cls_head.fc_cls.bias")[1] = std::numeric_limits<float>::infinity();
  EXPECT_THAT(refusal({.model = {.name = "tiny"}}),
              HasSubstr("\"cls_head.fc_cls.bias\" holds values that are no numbers"));
}

TEST_F(ImportTest, ClipsAreThePublishedOnesUnlessOthersAreSaid) {
  const auto published = [](const char* name) {
    return published_preprocessing(name, *models::make_model(name));
  };
  const nn::ShapeOnly shapes;
  const Preprocessing r3d = published("r3d_18");
  EXPECT_EQ(r3d.frames, 16);
  EXPECT_EQ(r3d.fps, 15);
  EXPECT_EQ(r3d.crop, 112);
  EXPECT_EQ(published("x3d_s").frames, 13);
  EXPECT_EQ(published("x3d_s").stride, 6);
  EXPECT_EQ(published("slowfast_r50").frames, 32);
  EXPECT_EQ(published("tsm_resnet50").sampling, Sampling::kSegments);
  EXPECT_EQ(published("resnet50").frames, 1);
  for (const models::ModelEntry& model : models::all_models()) {
    const Preprocessing p = published(model.name.c_str());
    EXPECT_NO_THROW((void)layers_for({.name = model.name}, p.frames, p.crop)) << model.name;
  }
}

TEST_F(ImportTest, ClipsThatTheModelDoesNotTakeAreRefused) {
  EXPECT_THAT(
      refusal({.model = {.name = "tiny"}, .preprocessing = {{"frames", ConfigValue{std::int64_t{2}}}}}),
      HasSubstr("'tiny' does not take clips of 2 frames"));
}

TEST_F(ImportTest, TensorsWithoutAPlaceAreRefusedUnlessPartial) {
  source_.emplace_back("backbone.nonlocal.g.weight", torch::randn({2, 2}));
  EXPECT_THAT(
      refusal({.model = {.name = "tiny"}}),
      HasSubstr("the model 'tiny' has no place for 1 of its tensors (\"backbone.nonlocal.g.weight\")"));
  EXPECT_EQ(refusal({.model = {.name = "tiny"}, .partial = true}), "");
}

TEST_F(ImportTest, NothingAtAllIsRefusedEvenIfPartial) {
  source_ = {{"other", torch::ones(3)}};
  EXPECT_THAT(refusal({.model = {.name = "tiny"}, .partial = true}), HasSubstr("none of its weights"));
}

TEST_F(ImportTest, A2dNetworkIsInflated) {
  const torch::Tensor image_weight = torch::randn({2, 3, 3, 3}).to(torch::kHalf);
  source("backbone.conv1.conv.weight") = image_weight;
  EXPECT_THAT(refusal({.model = {.name = "tiny"}}), HasSubstr("of another shape"));
  EXPECT_EQ(refusal({.model = {.name = "tiny"}, .inflate = true, .inflation = weights::Inflation::kCentre}),
            "");
  const torch::Tensor weight = load_bundle(out_, models_).model->parameters()[0];
  EXPECT_TRUE(torch::equal(weight.select(2, 1), image_weight.to(torch::kFloat)));
  EXPECT_EQ(weight.select(2, 0).abs().sum().item<float>(), 0);
}

TEST_F(ImportTest, AClassifierOfOneByOneConvolutionsIsALinearLayer) {
  source("cls_head.fc_cls.weight") = torch::randn({4, 2, 1, 1, 1});
  EXPECT_EQ(refusal({.model = {.name = "tiny"}}), "");
}

TEST_F(ImportTest, OptionsAndLabelsAreChecked) {
  EXPECT_THAT(refusal({.model = {.name = "tinny"}}), HasSubstr("did you mean 'tiny'"));
  EXPECT_THAT(refusal({.model = {.name = "tiny"}, .labels = {"a"}}), HasSubstr("1 labels, but"));
}

TEST_F(ImportTest, ReadsACheckpointOfTorch) {
  // Its names are no model's here: what is tested is that the file is read, and refused for what it holds.
  EXPECT_THAT(([&] {
                try {
                  import_checkpoint(ZOETROPE_TEST_DATA "/weights/nested.pt", out_,
                                    {.model = {.name = "tiny"}}, Overwrite::kNo, models_);
                } catch (const Error& error) {
                  return std::string(error.what());
                }
                return std::string();
              }()),
              HasSubstr("missing tensors: 6, of another shape: 1"));
}

}  // namespace
}  // namespace zoetrope::bundle
