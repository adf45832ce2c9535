#include "zoetrope/training/detection_objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "tests/support/temporary_folder.h"
#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/data/detection_generator.h"
#include "zoetrope/tasks/detection.h"
#include "zoetrope/training/objective_trainer.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

class DetectionTraining : public ::testing::Test {
 protected:
  DetectionTraining() : root_(folder_.file("made")) {
    data::write_generated_detection_set(root_, {.classes = 3,
                                                .overlapping = 2,
                                                .trimmed_only = 1,
                                                .train = 18,
                                                .test = 12,
                                                .clips = 12,
                                                .dimensions = 12,
                                                .fps = 2,
                                                .seconds = 30,
                                                .noise = {1.5, 0.7},
                                                .seed = 3});
    recipe_.data.train = {
        .annotations = root_ / "untrimmed.json", .subset = "training", .features = root_ / "untrimmed"};
    recipe_.data.validation = recipe_.data.train;
    recipe_.data.validation.subset = "testing";
    recipe_.data.trimmed = {.annotations = root_ / "trimmed.json", .features = root_ / "trimmed"};
    recipe_.run.name = "test";
    recipe_.run.epochs = 3;
    recipe_.run.optimizer.lr = 0.05;
    recipe_.run.optimizer.groups = {};
    recipe_.run.schedule = {.kind = ScheduleKind::kConstant};
    recipe_.batch = 6;
    ConfigValue options{ConfigTable{}};
    for (const char* assignment : {"hidden=16", "attention_hidden=8", "dropout=0.2"})
      apply_override(options, assignment);
    recipe_.run.model.options = std::get<ConfigTable>(options.data);
    train_ = data::read_detection_set(recipe_.data.train);
    test_ = data::read_detection_set(recipe_.data.validation);
    trimmed_ = data::read_detection_set(recipe_.data.trimmed);
  }

  [[nodiscard]] DetectionData data() const { return {train_, &test_, &trimmed_}; }

  RunResult run(const DetectionRecipe& recipe, const std::string& name, bool resume = false) {
    DetectionObjective objective(recipe, data());
    ObjectiveTrainer trainer(objective, folder_.file(name), {.resume = resume});
    return trainer.run();
  }

  std::string weights(const std::string& name) {
    return sha256_of_file(folder_.file(name + "/last/model.safetensors"));
  }

  static double value_of(const RunResult& result, const std::string& name) {
    for (const auto& [key, value] : result.epochs.back().heads.front().values) {
      if (key == name) return value;
    }
    ADD_FAILURE() << name;
    return 0;
  }

  test::TemporaryFolder folder_;
  fs::path root_;
  DetectionRecipe recipe_;
  data::DetectionSet train_, test_, trimmed_;
};

TEST_F(DetectionTraining, LearnsWhichActionsAndWhere) {
  DetectionRecipe recipe = recipe_;
  recipe.run.epochs = recipe.run.validate_every = 60;
  recipe.decoding.smoothing = 1.5;
  const RunResult result = run(recipe, "learns");
  EXPECT_LT(result.epochs.back().loss, 0.7 * result.epochs.front().loss);
  EXPECT_GT(value_of(result, "accuracy"), 0.7);
  EXPECT_GT(value_of(result, "map@30"), 0.3);
}

TEST_F(DetectionTraining, WritesABundleThatDetects) {
  recipe_.decoding.thresholds = {0.25, 0.5};
  run(recipe_, "bundle");
  const bundle::Bundle bundle = bundle::load_bundle(folder_.file("bundle/best"));
  EXPECT_EQ(bundle.config.task, "detection");
  ASSERT_TRUE(bundle.config.sequence && bundle.config.detection);
  EXPECT_NEAR(bundle.config.sequence->fps, 2, 1e-6);  // found from the durations
  EXPECT_EQ(bundle.config.detection->thresholds, (std::vector<double>{0.25, 0.5}));
  EXPECT_EQ(bundle.labels, train_.classes);
  const tasks::VideoScores scores =
      tasks::observe(*bundle.model, data::FeatureStreams(test_.videos[0].streams));
  EXPECT_EQ(std::ssize(scores.streams[0].attention), test_.videos[0].num_frames);
  for (const char* file : {"report.html", "results.csv", "summary.json", "recipe.toml"})
    EXPECT_TRUE(fs::exists(folder_.file(std::string("bundle/") + file))) << file;
}

TEST_F(DetectionTraining, AStoppedRunEndsInTheSameWeights) {
  run(recipe_, "whole");
  {
    DetectionObjective objective(recipe_, data());
    ObjectiveTrainer trainer(objective, folder_.file("parts"));
    install_interrupt_handler();
    std::raise(SIGINT);
    EXPECT_THROW(trainer.run(), Error);
    clear_interrupt();
  }
  run(recipe_, "parts", /*resume=*/true);
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_F(DetectionTraining, EveryVariantTakesAStep) {
  recipe_.run.epochs = 1;
  const std::string whole = (run(recipe_, "tsrnet"), weights("tsrnet"));
  recipe_.loss.fc2 = 0;
  EXPECT_NE((run(recipe_, "without_fc2"), weights("without_fc2")), whole);
  recipe_.loss.transfer = 0;
  EXPECT_NE((run(recipe_, "srnet"), weights("srnet")), whole);
  recipe_.loss = {.form = nn::AttentionSparsity::kEntropy, .trimmed_classes = 1};
  recipe_.trimmed = TrimmedFeature::kAttention;
  run(recipe_, "classes");
  DetectionRecipe sigmoid = recipe_;
  ConfigValue options{sigmoid.run.model.options};
  apply_override(options, "attention=sigmoid");
  sigmoid.run.model.options = std::get<ConfigTable>(options.data);
  sigmoid.run.init = folder_.file("classes/last");
  run(sigmoid, "sigmoid");
}

TEST_F(DetectionTraining, SaysWhatDoesNotFit) {
  const auto complaint = [&](const DetectionRecipe& recipe, const DetectionData& data) -> std::string {
    try {
      const DetectionObjective objective(recipe, data);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(complaint(recipe_, {train_, &test_, nullptr}),
              HasSubstr("data.trimmed.annotations is missing"));
  DetectionRecipe other = recipe_;
  other.run.model = {.name = "mucon"};
  other.data.train.streams = {};
  EXPECT_THAT(complaint(other, data()), HasSubstr("'tsrnet' does"));
  train_.videos[3].classes.clear();
  EXPECT_THAT(complaint(recipe_, data()), HasSubstr(train_.videos[3].annotated.name + "' has no class"));
}

}  // namespace
}  // namespace zoetrope::training
