// NNV, CDFL, ISBA and ActionSet on data that they can learn: what they align, what they keep, what they end
// in.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <numeric>

#include "tests/support/temporary_folder.h"
#include "tests/training/tiny_set.h"
#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/inference/segmenter.h"
#include "zoetrope/training/action_set_objective.h"
#include "zoetrope/training/cdfl_objective.h"
#include "zoetrope/training/isba_objective.h"
#include "zoetrope/training/nnv_objective.h"
#include "zoetrope/training/objective_trainer.h"
#include "zoetrope/training/sequence_methods.h"

namespace zoetrope::training {
namespace {

using ::testing::Contains;
using ::testing::Each;
using ::testing::Gt;
using ::testing::HasSubstr;

// A signal comes while that step is taken.
template <typename Method>
class StopsAt : public Method {
 public:
  StopsAt(SequenceRecipe recipe, SequenceData data, std::int64_t epoch, std::int64_t index)
      : Method(std::move(recipe), data), epoch_(epoch), index_(index) {}
  torch::Tensor loss(const ObjectiveStep& step) override {
    if (step.epoch == epoch_ && step.index == index_) std::raise(SIGINT);
    return Method::loss(step);
  }

 private:
  std::int64_t epoch_, index_;
};

class Baselines : public ::testing::Test {
 protected:
  Baselines() {
    const std::string root = folder_.file("set");
    write_tiny_set(root, 24);
    train_ = data::read_segmentation_set({.root = root, .background = {"none"}});
    test_ = data::read_segmentation_set({.root = root, .subset = "test", .background = {"none"}});
  }

  static SequenceRecipe recipe(Method method, const std::string& model,
                               const std::vector<std::string>& options) {
    SequenceRecipe recipe;
    recipe.run.name = "test";
    recipe.run.model.name = model;
    ConfigValue table{ConfigTable{}};
    for (const std::string& assignment : options) apply_override(table, assignment);
    recipe.run.model.options = std::get<ConfigTable>(table.data);
    recipe.run.optimizer = {.lr = 0.1, .momentum = 0, .nesterov = false, .weight_decay = 0};
    recipe.run.schedule = {.kind = ScheduleKind::kConstant};
    recipe.run.epochs = recipe.run.validate_every = 3;
    recipe.method = method;
    recipe.data.fps = 1;
    return recipe;
  }
  static SequenceRecipe nnv() {
    SequenceRecipe made = recipe(Method::kNnv, "gru", {"hidden=16", "window=5"});
    made.nnv = {.buffered = 3, .batch = 32};
    return made;
  }
  static SequenceRecipe cdfl() {
    SequenceRecipe made = recipe(Method::kCdfl, "gru", {"hidden=16", "window=5"});
    made.cdfl = {.window = 4, .step = 2};
    made.run.optimizer.lr = 0.02;
    made.run.epochs = made.run.validate_every = 8;
    return made;
  }
  static SequenceRecipe isba() {
    SequenceRecipe made = recipe(Method::kIsba, "tcfpn", {"levels=[8,8]", "kernel=5"});
    made.run.optimizer = {.kind = OptimizerKind::kRmsProp, .lr = 0.01, .momentum = 0, .weight_decay = 0};
    made.isba.passes = 6;
    return made;
  }
  static SequenceRecipe action_set() {
    SequenceRecipe made = recipe(Method::kActionSet, "action_set", {"hidden=16"});
    made.action_set = {.batch = 32, .pool = 5, .transcripts = 40, .min_length = 5};
    made.run.epochs = made.run.validate_every = 12;
    return made;
  }

  RunResult run(Objective& objective, const std::string& name, bool resume = false) {
    ObjectiveTrainer trainer(objective, folder_.file(name), {.resume = resume});
    return trainer.run();
  }

  template <typename Method>
  void expect_resumed_equal(const SequenceRecipe& recipe, std::int64_t epoch, std::int64_t index) {
    Method whole(recipe, {train_, &test_}), parts(recipe, {train_, &test_});
    run(whole, "whole");
    {
      StopsAt<Method> stopped(recipe, {train_, &test_}, epoch, index);
      install_interrupt_handler();
      EXPECT_THROW(run(stopped, "parts"), Error);
      clear_interrupt();
    }
    run(parts, "parts", /*resume=*/true);
    for (const char* file : {"last/model.safetensors", "last/zoetrope.toml", "best/model.safetensors"}) {
      EXPECT_EQ(sha256_of_file(folder_.file(std::string("parts/") + file)),
                sha256_of_file(folder_.file(std::string("whole/") + file)))
          << file;
    }
    ASSERT_EQ(parts.state().size(), whole.state().size());
    for (std::size_t i = 0; i < parts.state().size(); ++i)
      EXPECT_TRUE(parts.state()[i].second.equal(whole.state()[i].second)) << parts.state()[i].first;
  }

  void expect_alignments_of_transcripts(const AlignmentBuffer& buffer) {
    EXPECT_EQ(buffer.videos().size(), train_.videos.size());
    for (const AlignedVideo& video : buffer.videos()) {
      const data::SegmentationVideo& known = train_.videos[video.video];
      EXPECT_EQ(video.transcript, known.transcript);
      EXPECT_THAT(video.lengths, Each(Gt(0)));
      EXPECT_EQ(std::reduce(video.lengths.begin(), video.lengths.end()), known.num_frames);
    }
    const std::vector<double> prior = buffer.statistics().prior();
    EXPECT_NEAR(std::reduce(prior.begin(), prior.end()), 1, 1e-12);
  }

  // A bundle that decodes by alignment finds transcripts that it was trained on.
  void expect_bundle_aligns(const std::string& name) {
    const inference::Segmenter segmenter(bundle::load_bundle(folder_.file(name + "/best")), {});
    const auto& section = segmenter.bundle().config.sequence->alignment;
    ASSERT_TRUE(section.has_value());
    EXPECT_NEAR(std::reduce(section->prior.begin(), section->prior.end()), 1, 1e-9);
    const auto video = segmenter.read_features(test_.videos[0].features);
    EXPECT_THAT(section->transcripts, Contains(segmenter.segment(video).actions));
    const std::vector<std::int64_t> transcript = {0, 2, 0};
    EXPECT_EQ(segmenter.align(video, transcript).actions, transcript);
  }

  test::TemporaryFolder folder_;
  data::SegmentationSet train_, test_;
};

TEST_F(Baselines, NnvLearnsFromItsOwnAlignments) {
  NnvObjective objective(nnv(), {train_, &test_});
  const RunResult result = run(objective, "nnv");
  EXPECT_GT(result.best, 0.85);
  expect_alignments_of_transcripts(objective.buffer());
  expect_bundle_aligns("nnv");
}

TEST_F(Baselines, NnvTakesTheStepsThatItsBufferIsDue) {
  SequenceRecipe small = nnv();
  small.nnv.buffer = 2;
  NnvObjective objective(small, {train_, nullptr});
  run(objective, "small");
  EXPECT_EQ(objective.buffer().videos().size(), 2U);
  objective.begin_epoch(0);
  // The first video has nothing to draw from; each has a step at least.
  const std::int64_t first_epoch = objective.steps();
  objective.begin_epoch(1);
  EXPECT_GT(objective.steps(), first_epoch);
  EXPECT_GE(first_epoch, std::ssize(train_.videos));

  // Without a buffer: a step for each 32 frames of a video.
  small.nnv.buffered = 0;
  NnvObjective alone(small, {train_, nullptr});
  std::int64_t steps = 0;
  for (const data::SegmentationVideo& video : train_.videos) steps += (video.num_frames + 31) / 32;
  for (const std::int64_t epoch : {0, 1}) {
    alone.begin_epoch(epoch);
    EXPECT_EQ(alone.steps(), steps);
  }
}

TEST_F(Baselines, CdflLearnsFromTheSegmentationsNearItsAlignments) {
  CdflObjective objective(cdfl(), {train_, &test_});
  const RunResult result = run(objective, "cdfl");
  EXPECT_GT(result.best, 0.8);
  expect_alignments_of_transcripts(objective.buffer());
  expect_bundle_aligns("cdfl");
}

TEST_F(Baselines, IsbaMovesItsBoundariesRoundByRound) {
  SequenceRecipe rounds = isba();
  rounds.run.epochs = 4;
  IsbaObjective objective(rounds, {train_, &test_});
  const RunResult result = run(objective, "isba");
  ASSERT_EQ(result.epochs.size(), 4U);
  EXPECT_GE(result.best_epoch, 3) << "the first two rounds do not count";
  EXPECT_GT(result.epochs[2].heads.at(0).values.at(0).second, 0.7);
  EXPECT_EQ(objective.video_losses().size(), 4U);
  for (std::size_t v = 0; v < train_.videos.size(); ++v) {
    const std::vector<std::int64_t>& sequence = objective.sequences()[v];
    EXPECT_EQ(data::transcript_of(sequence), train_.videos[v].transcript);
    EXPECT_GT(sequence.size(), train_.videos[v].transcript.size());
  }
  EXPECT_EQ(bundle::load_bundle(folder_.file("isba/best")).config.sequence->decode, "frames");
}

TEST_F(Baselines, IsbaEndsWhenItsVideoLevelLossStaysLarger) {
  SequenceRecipe stubborn = isba();
  stubborn.run.epochs = 30;
  stubborn.isba.passes = 1;
  stubborn.isba.patience = 0;
  IsbaObjective objective(stubborn, {train_, nullptr});
  const RunResult result = run(objective, "stubborn");
  EXPECT_TRUE(result.stopped_early);
  EXPECT_LT(result.epochs.size(), 30U);
  const std::vector<double>& losses = objective.video_losses();
  EXPECT_GE(losses.back(), losses[losses.size() - 2]);
}

TEST_F(Baselines, ActionSetLearnsFromSetsAlone) {
  for (data::SegmentationVideo& video : train_.videos) {
    video.labels.clear();
    video.transcript.clear();
  }
  ActionSetObjective objective(action_set(), {train_, &test_});
  const RunResult result = run(objective, "action_set");
  EXPECT_GT(result.best, 0.6);
  expect_bundle_aligns("action_set");
}

TEST_F(Baselines, StoppedRunsEndInTheSameWeights) {
  expect_resumed_equal<NnvObjective>(nnv(), 1, 20);
}

TEST_F(Baselines, StoppedRunsOfCdflEndInTheSameWeights) {
  SequenceRecipe quick = cdfl();
  quick.run.epochs = 2;
  expect_resumed_equal<CdflObjective>(quick, 1, 4);
}

TEST_F(Baselines, StoppedRunsOfIsbaEndInTheSameWeights) {
  SequenceRecipe quick = isba();
  quick.isba.passes = 2;
  expect_resumed_equal<IsbaObjective>(quick, 1, 3);
}

TEST_F(Baselines, StoppedRunsOfActionSetEndInTheSameWeights) {
  SequenceRecipe quick = action_set();
  quick.run.epochs = 2;
  expect_resumed_equal<ActionSetObjective>(quick, 1, 5);
}

TEST_F(Baselines, SayWhatDoesNotFit) {
  const auto complaint = [&](SequenceRecipe recipe) -> std::string {
    try {
      static_cast<void>(make_sequence_objective(std::move(recipe), {train_, &test_}));
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  SequenceRecipe wrong = nnv();
  wrong.run.model = {.name = "action_set"};
  EXPECT_THAT(complaint(wrong), HasSubstr("method 'nnv' trains the model 'gru'"));
  wrong = action_set();
  wrong.run.model = {.name = "gru"};
  EXPECT_THAT(complaint(wrong), HasSubstr("trains the model 'action_set'"));
  wrong = action_set();
  wrong.action_set.min_length = 500;
  EXPECT_THAT(complaint(wrong), HasSubstr("action_set.min_length"));
  wrong = cdfl();
  wrong.data.sample = 20;
  EXPECT_THAT(complaint(wrong), HasSubstr("frames are left for 4 actions"));
  for (data::SegmentationVideo& video : train_.videos) video.transcript.clear();
  EXPECT_THAT(complaint(cdfl()), HasSubstr("has no transcript"));
}

}  // namespace
}  // namespace zoetrope::training
