#include "zoetrope/training/correspondence_objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <set>

#include "tests/bundle/tiny_model.h"
#include "tests/support/temporary_folder.h"
#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/models/state.h"
#include "zoetrope/training/initial_weights.h"
#include "zoetrope/training/objective_trainer.h"

namespace zoetrope::training {
namespace {

using testing::HasSubstr;

// Videos of one colour each, two clips a video; nobody says which.
data::Dataset coloured_videos(std::int64_t count) {
  data::Dataset dataset;
  for (std::int64_t i = 0; i < count; ++i)
    dataset.samples.push_back({.id = std::to_string(i), .path = "video" + std::to_string(i / 2)});
  return dataset;
}

data::LoadedSample coloured_clip(const data::Sample& sample, RandomGenerator& random) {
  RandomGenerator of_video = keyed_generator(5, {std::hash<std::string>()(sample.path.native())});
  torch::Tensor clip = torch::empty({3, 4, 8, 8}, torch::kUInt8);
  for (std::int64_t c = 0; c < 3; ++c) {
    const double level = uniform(of_video) < 0.5 ? 40 : 210;
    clip.select(0, c).fill_(static_cast<int>(level + uniform(random, -10, 10)));
  }
  return {.clip = clip};
}

ConfigTable options(const std::vector<std::string>& assignments) {
  ConfigValue table{ConfigTable{}};
  for (const std::string& assignment : assignments) apply_override(table, assignment);
  return std::get<ConfigTable>(table.data);
}

class Correspondence : public ::testing::Test {
 protected:
  Correspondence() {
    torch::set_num_threads(1);
    recipe_.run.name = "test";
    recipe_.run.model = {.name = "tiny"};
    recipe_.run.optimizer = {.kind = OptimizerKind::kAdamW, .lr = 0.01, .weight_decay = 0};
    recipe_.run.schedule = {.kind = ScheduleKind::kConstant};
    recipe_.run.epochs = 2;
    recipe_.input = {.frames = 4, .size = 8};
    recipe_.teacher.model = bundle::ModelSection{.name = "tiny"};
    recipe_.head = {.embedding = 16, .hidden = {32, 16}};
    recipe_.batch_size = 16;
  }

  CorrespondenceData data() { return {train_, coloured_clip, &validation_, coloured_clip, 1}; }

  RunResult run(const CorrespondenceRecipe& recipe, const std::string& name, bool resume = false) {
    CorrespondenceObjective objective(recipe, data(), models_);
    ObjectiveTrainer trainer(objective, folder_.file(name), {.resume = resume}, models_);
    return trainer.run();
  }

  std::string weights(const std::string& name) {
    return sha256_of_file(folder_.file(name + "/last/model.safetensors"));
  }

  std::string complaint(const CorrespondenceRecipe& recipe) {
    try {
      const CorrespondenceObjective objective(recipe, data(), models_);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  test::TemporaryFolder folder_;
  models::ModelList models_ = test::tiny_models();
  data::Dataset train_ = coloured_videos(96), validation_ = coloured_videos(64);
  CorrespondenceRecipe recipe_;
};

TEST_F(Correspondence, TheStudentLearnsWhatTellsVideosApart) {
  CorrespondenceRecipe recipe = recipe_;
  recipe.run.epochs = recipe.run.validate_every = 20;
  const RunResult result = run(recipe, "learns");
  EXPECT_LT(result.epochs.back().loss, 0.9 * result.epochs.front().loss);
  EXPECT_GT(result.epochs.back().heads.front().values.front().second, 0.65);
}

TEST_F(Correspondence, TheTeacherStaysAsItIs) {
  CorrespondenceObjective objective(recipe_, data(), models_);
  ObjectiveTrainer trainer(objective, folder_.file("student"), {}, models_);
  models::NamedTensors before;
  for (const auto& [name, tensor] : models::state_of(objective.teacher()))
    before.emplace_back(name, tensor.clone());
  trainer.run();
  const models::NamedTensors after = models::state_of(objective.teacher());
  ASSERT_EQ(after.size(), before.size());
  for (std::size_t i = 0; i < after.size(); ++i)
    EXPECT_TRUE(after[i].second.equal(before[i].second)) << after[i].first;
  EXPECT_FALSE(objective.teacher().is_training());
}

// One that knows nothing does not know the student's answers either, where both are of one architecture.
TEST_F(Correspondence, TheStudentBeginsElsewhereThanItsTeacherAndMoves) {
  const CorrespondenceObjective objective(recipe_, data(), models_);
  torch::manual_seed(recipe_.run.seed);
  const auto begin = models::find_model("tiny", models_).build({ConfigTable{}});
  const auto first_layer = [](const models::Model& model) {
    return model.named_parameters()["conv1.weight"];
  };
  EXPECT_FALSE(torch::allclose(first_layer(objective.teacher()), first_layer(*begin)));
  run(recipe_, "student");
  const bundle::Bundle student = bundle::load_bundle(folder_.file("student/last"), models_);
  EXPECT_FALSE(torch::allclose(first_layer(*student.model), first_layer(*begin)));
}

TEST_F(Correspondence, TheTeacherSeesPixelsAsItHasLearnedThem) {
  torch::manual_seed(4);
  const auto tiny = models::find_model("tiny", models_).build({ConfigTable{}});
  recipe_.run.epochs = 1;
  for (const auto& [name, mean] : {std::pair{"dark", 0.0}, {"bright", 0.5}}) {
    bundle::write_bundle(
        folder_.file(name),
        {.model = {.name = "tiny"}, .preprocessing = {.frames = 4, .mean = {mean, mean, mean}}}, {}, *tiny,
        bundle::Overwrite::kNo, models_);
    recipe_.teacher = {.bundle = folder_.file(name)};
    run(recipe_, std::string("by_") + name);
  }
  EXPECT_NE(weights("by_dark"), weights("by_bright"));
}

// A network of single pictures teaches one of clips, of another structure and width.
TEST_F(Correspondence, AnImageNetworkTeachesAVideoNetwork) {
  const bundle::ModelSection image{.name = "resnet18",
                                   .options = options({"depth=10", "widen_factor=0.25", "num_classes=4"})};
  bundle::write_bundle(folder_.file("image"), {.model = image, .preprocessing = {.frames = 1, .crop = 8}}, {},
                       *models::make_model(image.name, {image.options}));
  models_ = models::all_models();
  CorrespondenceRecipe recipe = recipe_;
  recipe.teacher = {.bundle = folder_.file("image")};
  recipe.run.model = {.name = "resnet3d_10", .options = options({"widen_factor=0.125"})};
  recipe.run.epochs = recipe.run.validate_every = 12;
  const RunResult result = run(recipe, "student");
  EXPECT_LT(result.epochs.back().loss, 0.9 * result.epochs.front().loss);
  // What finetunes it has other classes.
  const auto finetuned =
      models::make_model("resnet3d_10", {options({"widen_factor=0.125", "num_classes=7"})});
  take_over_weights(*finetuned, folder_.file("student/last"), models_);
  const bundle::Bundle student = bundle::load_bundle(folder_.file("student/last"), models_);
  EXPECT_TRUE(
      finetuned->named_parameters()["conv1.weight"].equal(student.model->named_parameters()["conv1.weight"]));
  EXPECT_EQ(finetuned->named_parameters()["fc.weight"].size(0), 7);
}

TEST_F(Correspondence, TheBundleIsTheStudentAlone) {
  run(recipe_, "teacher");
  CorrespondenceRecipe recipe = recipe_;
  recipe.teacher = {.bundle = folder_.file("teacher/best")};
  run(recipe, "student");
  const bundle::Bundle student = bundle::load_bundle(folder_.file("student/last"), models_);
  EXPECT_EQ(student.config.preprocessing.frames, 4);
  EXPECT_THAT(student.config.weights.untrained, testing::ElementsAre("fc.weight", "fc.bias"));
  EXPECT_TRUE(student.config.metrics.contains("accuracy"));
  for (const auto& [name, tensor] : models::state_of(*student.model))
    EXPECT_FALSE(name.starts_with("beside"));
  // It begins another run, as any bundle does.
  const auto tiny = models::find_model("tiny", models_).build({ConfigTable{}});
  take_over_weights(*tiny, folder_.file("student/last"), models_);
  EXPECT_TRUE(
      tiny->named_parameters()["conv1.weight"].equal(student.model->named_parameters()["conv1.weight"]));
}

TEST_F(Correspondence, AStoppedRunEndsInTheSameWeights) {
  run(recipe_, "whole");
  {
    CorrespondenceObjective objective(recipe_, data(), models_);
    ObjectiveTrainer trainer(objective, folder_.file("parts"), {}, models_);
    install_interrupt_handler();
    std::raise(SIGINT);
    EXPECT_THROW(trainer.run(), Error);
    clear_interrupt();
  }
  run(recipe_, "parts", /*resume=*/true);
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_F(Correspondence, TheHeadHasARateOfItsOwnWhereAsked) {
  run(recipe_, "same");
  recipe_.run.optimizer.groups = {{"beside", 0.1}};
  run(recipe_, "slower");
  EXPECT_NE(weights("same"), weights("slower"));
}

TEST_F(Correspondence, SaysWhatIsMissing) {
  recipe_.teacher = {};
  EXPECT_THAT(complaint(recipe_), HasSubstr("teacher.bundle is missing"));
  recipe_.teacher.model = bundle::ModelSection{.name = "tinny"};
  EXPECT_THAT(complaint(recipe_), HasSubstr("did you mean 'tiny'"));
}

TEST_F(Correspondence, OneVideoAloneHasNoOtherToCompareWith) {
  for (data::Sample& sample : train_.samples) sample.path = "one";
  recipe_.run.epochs = 10;
  // Of positive pairs alone, which one answer fits.
  EXPECT_LT(run(recipe_, "one").epochs.back().loss, 0.1);
}

// With its head, if that is not averaged as well, an averaged student would not agree.
TEST_F(Correspondence, WhatComparesIsAveragedWithTheStudent) {
  recipe_.run.ema = 0.5;
  recipe_.run.epochs = recipe_.run.validate_every = 20;
  EXPECT_GT(run(recipe_, "averaged").epochs.back().heads.front().values.front().second, 0.65);
}

TEST(OtherVideos, AreNeverOnesOwn) {
  const data::Dataset dataset = coloured_videos(8);
  const std::vector<std::int64_t> samples = {0, 1, 4, 5, 7};  // two clips of two videos, one of a third
  RandomGenerator random(3);
  std::set<std::int64_t> of_first;
  for (int i = 0; i < 100; ++i) {
    const std::vector<std::int64_t> places = other_videos(dataset, samples, random);
    ASSERT_EQ(places.size(), samples.size());
    for (std::size_t k = 0; k < samples.size(); ++k)
      EXPECT_NE(samples[static_cast<std::size_t>(places[k])] / 2, samples[k] / 2);
    of_first.insert(places[0]);
  }
  EXPECT_THAT(of_first, testing::ElementsAre(2, 3, 4));
  EXPECT_THAT(other_videos(dataset, {2, 3}, random), testing::ElementsAre(-1, -1));
}

TEST(InitialWeights, PartsBeginWithBundlesOfTheirOwn) {
  const test::TemporaryFolder folder;
  const bundle::ModelSection image{.name = "resnet18", .options = options({"depth=10", "num_classes=4"})};
  const auto source = models::make_model(image.name, {image.options});
  bundle::write_bundle(folder.file("image"), {.model = image, .preprocessing = {.frames = 1, .crop = 64}}, {},
                       *source);
  const auto whole = models::make_model("hatnet_18", {options({"depth=10", "num_classes=4"})});
  const torch::Tensor motion = whole->named_parameters()["branch3d.conv1.weight"].detach().clone();
  const bundle::ModelSection video{.name = "resnet3d_10", .options = options({"num_classes=4"})};
  const auto moving = models::make_model(video.name, {video.options});
  bundle::write_bundle(folder.file("video"), {.model = video, .preprocessing = {.frames = 16, .crop = 64}},
                       {}, *moving);
  take_over_parts(*whole, {{"branch2d", folder.file("image")}}, models::all_models());
  const auto names = whole->named_parameters();
  EXPECT_TRUE(
      names["branch2d.layer4.0.conv2.weight"].equal(source->named_parameters()["layer4.0.conv2.weight"]));
  EXPECT_TRUE(names["branch3d.conv1.weight"].equal(motion));
  take_over_parts(*whole, {{"branch3d", folder.file("video")}}, models::all_models());
  EXPECT_TRUE(
      names["branch3d.layer4.0.conv2.weight"].equal(moving->named_parameters()["layer4.0.conv2.weight"]));
  try {
    take_over_parts(*whole, {{"branch2", folder.file("image")}}, models::all_models());
    ADD_FAILURE();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no part 'branch2'"));
  }
}

}  // namespace
}  // namespace zoetrope::training
