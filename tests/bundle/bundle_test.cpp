#include "zoetrope/bundle/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/bundle/tiny_model.h"
#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/models/state.h"
#include "zoetrope/weights/safetensors.h"

namespace zoetrope::bundle {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

const std::vector<std::string> kLabels = {"a", "b", "c d", "e"};

std::string text_of(const fs::path& path) {
  return read_text_file(path, 1 << 20);
}

class BundleTest : public ::testing::Test {
 protected:
  void SetUp() override {
    torch::manual_seed(3);
    model_ = std::make_shared<test::TinyModel>(test::TinyOptions{});
    model_->eval();
    write();
  }

  void write(Overwrite overwrite = Overwrite::kNo) {
    BundleConfig config;
    config.model.name = "tiny";
    config.preprocessing.frames = 4;
    config.metrics["top1"] = 73.3;
    config.provenance.source = "run 7";
    write_bundle(path_, config, kLabels, *model_, overwrite, models_);
  }

  [[nodiscard]] std::string refusal() const {
    try {
      static_cast<void>(load_bundle(path_, models_));
    } catch (const Error& error) {
      EXPECT_THAT(error.what(), HasSubstr("tiny_bundle"));
      EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      EXPECT_EQ(error.kind(), ErrorKind::kModel) << error.what();
      return error.what();
    }
    return "";
  }

  void replace_in_config(const std::string& from, const std::string& to) const {
    std::string text = text_of(path_ / kConfigFile);
    ASSERT_NE(text.find(from), std::string::npos) << from << " in\n" << text;
    text.replace(text.find(from), from.size(), to);
    write_file_atomically(path_ / kConfigFile, text);
  }

  void replace_weights(const weights::NamedTensors& tensors) const {
    const std::string before = sha256_of_file(path_ / "model.safetensors");
    weights::write_safetensors((path_ / "model.safetensors").string(), tensors);
    replace_in_config(before, sha256_of_file(path_ / "model.safetensors"));
  }

  test::TemporaryFolder folder_;
  fs::path path_ = folder_.path() / "tiny_bundle";
  ModelList models_ = test::tiny_models();
  std::shared_ptr<test::TinyModel> model_;
};

TEST_F(BundleTest, HeadsShareTheOutputs) {
  BundleConfig config{
      .task = "multitask",
      .heads = {{.name = "scene", .outputs = 1}, {.name = "tags", .task = "multilabel", .outputs = 3}}};
  config.model.name = "tiny";
  const auto write_as = [&](const BundleConfig& each) {
    write_bundle(folder_.path() / "multi", each, kLabels, *model_, Overwrite::kYes, models_);
  };
  write_as(config);
  const std::vector<HeadSection> heads = heads_of(load_bundle(folder_.path() / "multi", models_), models_);
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(heads[1].name, "tags");
  EXPECT_EQ(heads[1].outputs, 3);
  EXPECT_EQ(heads_of(load_bundle(path_, models_), models_)[0].outputs, 4) << "one head, not named";
  config.heads[1].outputs = 2;
  EXPECT_THROW(write_as(config), Error);
  config.heads[1].outputs = 3;
  config.task = "classification";
  EXPECT_THROW(write_as(config), Error);
}

TEST_F(BundleTest, ClipsHaveToFitTheModel) {
  replace_in_config("crop = 224", "crop = 300");
  EXPECT_THAT(refusal(),
              HasSubstr("'preprocessing.crop' (300) does not fit into 'preprocessing.short_side' (256)"));
  replace_in_config("crop = 300", "crop = 224");
  replace_in_config("frames = 4", "frames = 2");
  EXPECT_THAT(refusal(), HasSubstr("does not take clips of 2 frames"));
}

TEST_F(BundleTest, ComesBackAsItWas) {
  const Bundle bundle = load_bundle(path_, models_);
  EXPECT_EQ(bundle.config.preprocessing.frames, 4);
  EXPECT_EQ(bundle.config.metrics.at("top1"), 73.3);
  EXPECT_EQ(bundle.config.provenance.source, "run 7");
  EXPECT_EQ(bundle.labels, kLabels);
  EXPECT_FALSE(bundle.model->is_training());
  const torch::Tensor clip = torch::randn({1, 3, 4, 8, 8});
  EXPECT_TRUE(torch::equal(bundle.model->forward(clip), model_->forward(clip)));
  EXPECT_EQ(fs::status(path_).permissions(), fs::status([&] {
                                               fs::create_directory(folder_.path() / "plain");
                                               return folder_.path() / "plain";
                                             }())
                                                 .permissions());
}

TEST_F(BundleTest, TheSameModelGivesTheSameBytes) {
  const std::string config = text_of(path_ / kConfigFile);
  write(Overwrite::kYes);
  EXPECT_EQ(text_of(path_ / kConfigFile), config);
}

TEST_F(BundleTest, IsReplacedOnlyWhenAsked) {
  EXPECT_THROW(write(), Error);
  torch::NoGradGuard no_grad;
  model_->parameters()[0].fill_(0.5);
  write(Overwrite::kYes);
  EXPECT_EQ(load_bundle(path_, models_).model->parameters()[0].flatten()[0].item<float>(), 0.5f);
  EXPECT_EQ(folder_.size(), 1);  // nothing temporary is left
  // What is no bundle is never replaced.
  fs::remove(path_ / kConfigFile);
  EXPECT_THROW(write(Overwrite::kYes), Error);
  EXPECT_TRUE(fs::exists(path_ / "model.safetensors"));
  EXPECT_EQ(folder_.size(), 1);
}

TEST_F(BundleTest, WhatCannotBeWrittenLeavesNothing) {
  BundleConfig config;
  config.model.name = "tiny";
  const auto attempt = [&](const std::vector<std::string>& labels) {
    write_bundle(folder_.path() / "other", config, labels, *model_, Overwrite::kNo, models_);
  };
  EXPECT_THROW(attempt({"one", "two"}), Error);
  EXPECT_THROW(attempt({"a", "b", "c", "line\nbreak"}), Error);
  config.model.name = "tinny";
  EXPECT_THROW(attempt(kLabels), Error);
  EXPECT_EQ(folder_.size(), 1);
}

TEST_F(BundleTest, ItsFolderMayLieInOneThatIsNotThereYet) {
  path_ = folder_.path() / "new/deep/tiny_bundle";
  write();
  EXPECT_EQ(refusal(), "");
}

TEST_F(BundleTest, NothingIsWrittenThatWouldBeRefused) {
  BundleConfig config;
  config.model.name = "tiny";
  config.preprocessing = {.frames = 4, .short_side = 64, .crop = 96};
  const fs::path path = folder_.path() / "refused";
  EXPECT_THROW(write_bundle(path, config, kLabels, *model_, Overwrite::kNo, models_), Error);
  config.preprocessing = {.frames = 4};
  config.thresholds = {0.5, 0.5};  // of four classes
  EXPECT_THROW(write_bundle(path, config, kLabels, *model_, Overwrite::kNo, models_), Error);
  EXPECT_FALSE(fs::exists(path));
}

TEST_F(BundleTest, MissingFilesAreNamed) {
  fs::remove(path_ / "labels.txt");
  EXPECT_THAT(refusal(), HasSubstr("it has no labels.txt"));
  write(Overwrite::kYes);
  fs::remove(path_ / "model.safetensors");
  EXPECT_THAT(refusal(), HasSubstr("it has no model.safetensors"));
  fs::remove(path_ / kConfigFile);
  EXPECT_THAT(refusal(), HasSubstr("it has no zoetrope.toml"));
  fs::remove_all(path_);
  EXPECT_THROW(static_cast<void>(load_bundle(path_, models_)), Error);
}

TEST_F(BundleTest, PathsStayInTheFolder) {
  for (const std::string name : {"../labels.txt", "/etc/passwd", "a/b", "..", "."}) {
    write(Overwrite::kYes);
    replace_in_config("\"labels.txt\"", "\"" + name + "\"");
    EXPECT_THAT(refusal(), HasSubstr("'labels' must be the name of a file")) << name;
    write(Overwrite::kYes);
    replace_in_config("\"model.safetensors\"", "\"" + name + "\"");
    EXPECT_THAT(refusal(), HasSubstr("'weights.file' must be the name of a file")) << name;
  }
  write(Overwrite::kYes);
  fs::remove(path_ / "labels.txt");
  fs::create_symlink("/etc/passwd", path_ / "labels.txt");
  EXPECT_THAT(refusal(), HasSubstr("labels.txt must be a file, not a link"));
}

TEST_F(BundleTest, DescriptionsThatDoNotFit) {
  replace_in_config("format = 1", "format = 2\nfuture = true");
  EXPECT_THAT(refusal(), HasSubstr("is of format 2; this program reads format 1"));
  write(Overwrite::kYes);
  replace_in_config("frames = 4", "frams = 4");
  EXPECT_THAT(refusal(), HasSubstr("unknown key 'frams'"));
  write(Overwrite::kYes);
  replace_in_config("frames = 4", "frames = -4");
  EXPECT_THAT(refusal(), HasSubstr("'preprocessing.frames'"));
  write(Overwrite::kYes);
  replace_in_config("name = \"tiny\"", "name = \"tinny\"");
  EXPECT_THAT(refusal(), HasSubstr("unknown model 'tinny'; did you mean 'tiny'?"));
  write(Overwrite::kYes);
  replace_in_config("[model.options]", "[model.options]\ntyme = 3");
  EXPECT_THAT(refusal(), HasSubstr("tyme"));
  write(Overwrite::kYes);
  write_file_atomically(path_ / kConfigFile, "not toml");
  EXPECT_THAT(refusal(), HasSubstr(kConfigFile));
  write_file_atomically(path_ / kConfigFile, "");
  EXPECT_THAT(refusal(), HasSubstr(kConfigFile));
}

TEST_F(BundleTest, TasksOfFeaturesNeedTheirTables) {
  const std::string task = "task = \"classification\"", sequence = "[sequence]\nfps = 2\n";
  replace_in_config(task, "task = \"captioning\"");
  EXPECT_THAT(refusal(), HasSubstr("the table 'sequence' is for the tasks"));
  replace_in_config("[model]", sequence + "[model]");
  EXPECT_THAT(refusal(), HasSubstr("the table 'captioning' is for the task 'captioning', and needed there"));
  replace_in_config("[sequence]", "[captioning]\nbeam = 2\n[sequence]");
  EXPECT_EQ(parse_bundle_config(text_of(path_ / kConfigFile), "zoetrope.toml").captioning->beam, 2);
  replace_in_config("beam = 2", "beam = 0");
  EXPECT_THAT(refusal(), HasSubstr("'captioning.beam'"));
  write(Overwrite::kYes);
  replace_in_config("[model]", "[detection]\n[model]");
  EXPECT_THAT(refusal(), HasSubstr("the table 'detection' is for the task 'detection'"));
  write(Overwrite::kYes);
  replace_in_config(task, "task = \"segmentation\"");
  replace_in_config("[model]", "[sequence]\nmean = [1.0, 2.0]\nstd = [3.0]\n[model]");
  EXPECT_THAT(refusal(), HasSubstr("'sequence.mean' and 'sequence.std' are of 2 and 1 numbers"));
  replace_in_config("[3.0]", "[3.0, 0.0]");
  EXPECT_THAT(refusal(), HasSubstr("'sequence.std"));
}

TEST_F(BundleTest, LabelsAreAsManyAsClasses) {
  write_file_atomically(path_ / "labels.txt", "a\nb\nc\n");
  EXPECT_THAT(refusal(), HasSubstr("3 labels, but the model 'tiny' has 4 classes"));
  write_file_atomically(path_ / "labels.txt", R"({"id2label": {"0": "w", "1": "x", "3": "z", "2": "y"}})");
  EXPECT_THAT(load_bundle(path_, models_).labels, ElementsAre("w", "x", "y", "z"));
}

TEST_F(BundleTest, WeightsThatDoNotFit) {
  {
    std::ofstream file(path_ / "model.safetensors", std::ios::binary | std::ios::app);
    file << "x";
  }
  EXPECT_THAT(refusal(), HasSubstr("its sha256 differs"));
  write(Overwrite::kYes);
  replace_in_config("sha256 = \"", "sha256 = \"0");
  EXPECT_THAT(refusal(), HasSubstr("64 lower-case hex digits"));

  write(Overwrite::kYes);
  weights::NamedTensors tensors = models::state_of(*model_);
  tensors.front().first = "conv2.weight";
  replace_weights(tensors);
  EXPECT_THAT(refusal(), HasSubstr("conv2.weight"));
  tensors.front() = {"conv1.weight", torch::zeros({2, 3, 1, 3, 3})};
  replace_weights(tensors);
  EXPECT_THAT(refusal(), HasSubstr("conv1.weight"));
}

TEST_F(BundleTest, OptionsOfTheModelAreKept) {
  BundleConfig config;
  config.model = {.name = "tiny",
                  .options = {{"num_classes", {std::int64_t{7}}}, {"time", {std::int64_t{1}}}}};
  EXPECT_EQ(num_classes_of(config.model, models_), 7);
  EXPECT_EQ(num_classes_of({.name = "tiny"}, models_), 4);
  const test::TinyModel model({.num_classes = 7, .time = 1});
  write_bundle(folder_.path() / "seven", config, {}, model, Overwrite::kNo, models_);
  const Bundle bundle = load_bundle(folder_.path() / "seven", models_);
  EXPECT_EQ(bundle.model->forward(torch::zeros({1, 3, 4, 8, 8})).size(1), 7);
  EXPECT_TRUE(bundle.labels.empty());
}

TEST_F(BundleTest, NoChangedByteOfTheDescriptionDoesHarm) {
  const std::string whole = text_of(path_ / kConfigFile);
  for (std::size_t i = 0; i < whole.size(); ++i) {
    for (const char byte : {'\0', '"', '9', '\xff', '\n'}) {
      std::string changed = whole;
      changed[i] = byte;
      try {
        static_cast<void>(parse_bundle_config(changed, "zoetrope.toml"));
      } catch (const Error& error) {
        EXPECT_EQ(std::string(error.what()).find('\n'), std::string::npos);
      }
    }
  }
}

}  // namespace
}  // namespace zoetrope::bundle
