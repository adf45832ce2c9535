#include "zoetrope/training/objective_trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "tests/support/temporary_folder.h"
#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/inference/segmenter.h"
#include "zoetrope/training/segmentation_objective.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Videos of three actions in changing order; a feature says the class, with noise.
void write_set(const fs::path& root, int videos) {
  for (const char* folder : {"features", "groundTruth", "splits"}) fs::create_directories(root / folder);
  std::ofstream(root / "mapping.txt") << "0 none\n1 pour\n2 stir\n";
  std::ofstream train(root / "splits/train.split1.bundle"), test(root / "splits/test.split1.bundle");
  RandomGenerator random = keyed_generator(1, {});
  const std::vector<std::string> names = {"none", "pour", "stir"};
  for (int v = 0; v < videos; ++v) {
    const std::string name = "v" + std::to_string(v);
    std::vector<std::int64_t> labels;
    for (const std::int64_t action : {0, 1 + v % 2, 2 - v % 2, 0})
      labels.insert(labels.end(), static_cast<std::size_t>(uniform_integer(random, 8, 15)), action);
    const std::size_t frames = labels.size();
    std::vector<float> values(3 * frames);
    std::ofstream truth(root / "groundTruth" / (name + ".txt"));
    for (std::size_t t = 0; t < frames; ++t) {
      for (std::int64_t d = 0; d < 3; ++d)
        values[static_cast<std::size_t>(d) * frames + t] =
            static_cast<float>((labels[t] == d ? 1.0 : 0.0) + 0.2 * normal(random));
      truth << names[static_cast<std::size_t>(labels[t])] << '\n';
    }
    data::write_features(root / "features" / (name + ".npy"), values, 3);
    (v < videos - 3 ? train : test) << name << ".txt\n";
  }
}

class SequenceTraining : public ::testing::Test {
 protected:
  SequenceTraining() : root_(folder_.file("set")) {
    write_set(root_, 11);
    train_ = data::read_segmentation_set({.root = root_, .background = {"none"}});
    test_ = data::read_segmentation_set({.root = root_, .subset = "test", .background = {"none"}});
  }

  static SequenceRecipe recipe(const std::string& model = "mucon") {
    SequenceRecipe recipe;
    recipe.run.name = "test";
    recipe.run.model = {.name = model};
    ConfigValue options{ConfigTable{}};
    for (const char* assignment : {"channels=32", "layers=4", "pool_after=[1]"})
      apply_override(options, assignment);
    if (model == "sct") apply_override(options, "embed_after=2");
    if (model == "mucon") apply_override(options, "hidden=32");
    recipe.run.model.options = std::get<ConfigTable>(options.data);
    recipe.run.optimizer.lr = 0.05;
    recipe.run.optimizer.clip_norm = 5;
    recipe.run.schedule = {.kind = ScheduleKind::kConstant};
    recipe.run.epochs = 3;
    return recipe;
  }

  RunResult run(const SequenceRecipe& recipe, const std::string& name, bool resume = false) {
    SegmentationObjective objective(recipe, {train_, &test_});
    ObjectiveTrainer trainer(objective, folder_.file(name), {.resume = resume});
    return trainer.run();
  }

  std::string weights(const std::string& name) {
    return sha256_of_file(folder_.file(name + "/last/model.safetensors"));
  }

  test::TemporaryFolder folder_;
  fs::path root_;
  data::SegmentationSet train_, test_;
};

TEST_F(SequenceTraining, LearnsSegmentsFromTranscriptsAndLabels) {
  SequenceRecipe weak = recipe();
  weak.run.epochs = weak.run.validate_every = 6;
  const RunResult result = run(weak, "weak");
  EXPECT_LT(result.epochs.back().loss, 0.95 * result.epochs.front().loss);
  EXPECT_EQ(result.best_epoch, 6);
  SequenceRecipe full = weak;
  full.supervision = Supervision::kFrames;
  full.decoding.decode = tasks::Decode::kFrames;
  EXPECT_GT(run(full, "full").best, 0.6);
}

TEST_F(SequenceTraining, WritesABundleThatSegments) {
  SequenceRecipe sets = recipe("sct");
  sets.supervision = Supervision::kSets;
  sets.decoding.decode = tasks::Decode::kFrames;
  sets.data.fps = 5;
  sets.decoding.class_means = false;
  run(sets, "sets");
  const bundle::Bundle bundle = bundle::load_bundle(folder_.file("sets/best"));
  EXPECT_EQ(bundle.config.task, "segmentation");
  ASSERT_TRUE(bundle.config.sequence.has_value());
  EXPECT_EQ(bundle.config.sequence->fps, 5);
  EXPECT_EQ(bundle.config.sequence->decode, "frames");
  EXPECT_FALSE(bundle.config.sequence->class_means);
  EXPECT_EQ(bundle.config.sequence->background, std::vector<std::string>{"none"});
  EXPECT_EQ(bundle.labels, (std::vector<std::string>{"none", "pour", "stir"}));
  const auto features = data::read_columns(data::open_features(test_, test_.videos[0]));
  EXPECT_EQ(std::ssize(tasks::segment(*bundle.model, features).labels), test_.videos[0].num_frames);
  for (const char* file : {"report.html", "results.csv", "summary.json", "recipe.toml"})
    EXPECT_TRUE(fs::exists(folder_.file(std::string("sets/") + file))) << file;
}

// The units of features do not matter to what is learned, and the bundle brings new ones into the same.
TEST_F(SequenceTraining, StandardisesFeatures) {
  const data::SegmentationVideo& video = test_.videos[0];
  const auto scores = [&](const std::string& name) {
    const inference::Segmenter segmenter(bundle::load_bundle(folder_.file(name + "/last")), {});
    const inference::FeatureSequence read = segmenter.read_features(video.features);
    return segmenter.bundle().model->forward(read.columns);
  };
  SequenceRecipe standardised = recipe();
  standardised.data.standardise = true;
  standardised.data.fps = 1;
  run(standardised, "as_they_are");
  const torch::Tensor before = scores("as_they_are");
  for (const data::SegmentationSet* set : {&train_, &test_}) {
    for (const data::SegmentationVideo& each : set->videos) {
      const torch::Tensor scaled = 1000 * data::read_columns(data::open_features(*set, each)) +
                                   torch::tensor({5, -7, 900}).view({1, 3, 1});
      data::write_features(each.features,
                           {scaled.data_ptr<float>(), static_cast<std::size_t>(scaled.numel())}, 3);
    }
  }
  run(standardised, "other_units");
  EXPECT_TRUE(torch::allclose(scores("other_units"), before, 1e-2, 1e-2));
}

TEST_F(SequenceTraining, AStoppedRunEndsInTheSameWeights) {
  const SequenceRecipe whole = recipe();
  run(whole, "whole");
  {
    SegmentationObjective objective(whole, {train_, &test_});
    ObjectiveTrainer trainer(objective, folder_.file("parts"), {});
    install_interrupt_handler();
    std::raise(SIGINT);
    EXPECT_THROW(trainer.run(), Error);
    clear_interrupt();
  }
  run(whole, "parts", /*resume=*/true);
  EXPECT_EQ(weights("parts"), weights("whole"));
}

// What SCT's losses weigh less is what the data calls background: another class may be the first.
TEST_F(SequenceTraining, TheBackgroundIsThatOfTheData) {
  const auto background = [&](const std::vector<std::int64_t>& of_data) {
    train_.background = of_data;
    SequenceRecipe sets = recipe("sct");
    sets.supervision = Supervision::kSets;
    const SegmentationObjective objective(sets, {train_, &test_});
    SequenceRecipe kept;
    read_config(parse_toml(objective.recipe().toml, "recipe"), kept);
    EXPECT_EQ(kept.mucon.background, kept.sct.background);
    return kept.sct.background;
  };
  EXPECT_EQ(background({0}), 0);
  EXPECT_EQ(background({2}), 2);
  EXPECT_EQ(background({}), -1);
}

TEST_F(SequenceTraining, TheDecoderIsTaughtAlwaysNeverOrAtFirst) {
  int runs = 0;
  const auto trained = [&](Teaching teaching, std::int64_t epochs) {
    SequenceRecipe taught = recipe();
    taught.teaching = teaching;
    taught.teaching_epochs = 1;
    taught.run.epochs = epochs;
    const std::string name = "taught_" + std::to_string(runs++);
    run(taught, name);
    return weights(name);
  };
  EXPECT_EQ(trained(Teaching::kFirst, 1), trained(Teaching::kAlways, 1));
  EXPECT_NE(trained(Teaching::kNever, 1), trained(Teaching::kAlways, 1));
  EXPECT_NE(trained(Teaching::kFirst, 2), trained(Teaching::kAlways, 2));
}

TEST_F(SequenceTraining, MixedSupervisionLabelsAShareThatTheSeedDraws) {
  SequenceRecipe mixed = recipe();
  mixed.supervision = Supervision::kMixed;
  mixed.labelled = 0.25;
  const auto labelled = [&](std::uint64_t seed) {
    mixed.run.seed = seed;
    const SegmentationObjective objective(mixed, {train_, &test_});
    std::vector<bool> result;
    for (std::size_t i = 0; i < train_.videos.size(); ++i) result.push_back(objective.is_labelled(i));
    return result;
  };
  const auto first = labelled(1);
  EXPECT_EQ(std::count(first.begin(), first.end(), true), 2);
  EXPECT_EQ(labelled(1), first);
  EXPECT_TRUE(labelled(2) != first || labelled(3) != first);
}

TEST_F(SequenceTraining, SaysWhatDoesNotFit) {
  const auto complaint = [&](SequenceRecipe recipe) -> std::string {
    try {
      SegmentationObjective(std::move(recipe), {train_, &test_});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  EXPECT_THAT(complaint({.run = {.model = {.name = "resnet3d_18"}}}),
              HasSubstr("no network of feature sequences"));
  SequenceRecipe orderless = recipe(), few = recipe();
  orderless.supervision = Supervision::kSets;
  EXPECT_THAT(complaint(orderless), HasSubstr("'sets' tell 'mucon' no order"));
  few.supervision = Supervision::kMixed;
  few.labelled = 0.01;
  EXPECT_THAT(complaint(few), HasSubstr("labelled: 0.01 of 8 videos is none"));
  for (data::SegmentationVideo& video : train_.videos) video.labels.clear();
  SequenceRecipe full = recipe();
  full.supervision = Supervision::kFrames;
  EXPECT_THAT(complaint(full), HasSubstr("the training video 'v0' has no labels of frames"));
}

}  // namespace
}  // namespace zoetrope::training
