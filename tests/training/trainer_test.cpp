#include "zoetrope/training/trainer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/bundle/tiny_model.h"
#include "tests/support/temporary_folder.h"
#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/core/torch_compat.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Clips whose brightness rises or falls: no single frame tells which.
data::Dataset rising_and_falling(std::int64_t count) {
  data::Dataset dataset{.label_sets = {{.name = "motion", .names = {"rising", "falling"}}}};
  for (std::int64_t i = 0; i < count; ++i) {
    data::Sample sample{.id = std::to_string(i)};
    sample.labels = {std::vector<std::int64_t>{i % 2}};
    dataset.samples.push_back(sample);
  }
  return dataset;
}

data::LoadedSample load(const data::Sample& sample, RandomGenerator& random) {
  torch::Tensor clip = torch::empty({3, 4, 8, 8}, torch::kUInt8);
  const double middle = uniform(random, 90, 160),
               slope = (sample.labels[0]->front() == 0 ? 1 : -1) * uniform(random, 15, 25);
  for (std::int64_t t = 0; t < 4; ++t)
    clip.select(1, t).fill_(static_cast<int>(middle + slope * (static_cast<double>(t) - 1.5)));
  return {.clip = clip};
}

Recipe tiny_recipe() {
  Recipe recipe{.name = "test", .model = {.name = "tiny"}};
  recipe.input = {.frames = 4, .size = 8};
  recipe.optimizer = {.lr = 0.1};
  recipe.epochs = 6;
  recipe.batch_size = 8;
  return recipe;
}

struct TinyRun {
  data::Dataset train = rising_and_falling(64), validation = rising_and_falling(20);
  models::ModelList models = test::tiny_models();

  RunResult operator()(const Recipe& recipe, const fs::path& folder, bool resume = false) {
    torch::set_num_threads(1);
    Trainer trainer(recipe, {train, load, &validation, load}, folder, {.workers = 2, .resume = resume},
                    models);
    return trainer.run();
  }
};

std::string weights_of(const fs::path& bundle) {
  return sha256_of_file(bundle / "model.safetensors");
}

TEST(Trainer, LearnsWhatOnlyTimeTells) {
  const test::TemporaryFolder folder;
  TinyRun run;
  Recipe recipe = tiny_recipe();
  recipe.epochs = 12;
  const RunResult result = run(recipe, folder.path() / "run");
  ASSERT_EQ(result.epochs.size(), 12u);
  EXPECT_LT(result.epochs.back().loss, 0.5 * result.epochs.front().loss);
  EXPECT_GT(result.best, 0.95);
  EXPECT_EQ(result.broken, 0);
  // What is kept is what was measured, and anybody can load it.
  const bundle::Bundle best = bundle::load_bundle(folder.path() / "run/best", run.models);
  EXPECT_EQ(best.labels, (std::vector<std::string>{"rising", "falling"}));
  EXPECT_EQ(best.config.preprocessing.frames, 4);
  EXPECT_DOUBLE_EQ(best.config.metrics.at("motion.top1"), result.best);
  for (const char* file : {"recipe.toml", "results.csv", "log.jsonl", "report.html", "summary.json",
                           "last/zoetrope.toml", "checkpoint/state.json"})
    EXPECT_TRUE(fs::exists(folder.path() / "run" / file)) << file;
  const std::string csv = read_text_file(folder.path() / "run/results.csv", 1 << 20);
  EXPECT_EQ(std::ranges::count(csv, '\n'), 13);
  EXPECT_THAT(csv, HasSubstr("epoch,step,loss,rate,clips_per_second,waiting,metric,motion.top1"));
}

TEST(Trainer, TheSameSeedGivesTheSameWeights) {
  const test::TemporaryFolder folder;
  TinyRun run;
  Recipe recipe = tiny_recipe();
  recipe.mixing.mixup = 0.2;
  (void)run(recipe, folder.path() / "a");
  (void)run(recipe, folder.path() / "b");
  EXPECT_EQ(weights_of(folder.path() / "a/last"), weights_of(folder.path() / "b/last"));
  recipe.seed = 2;
  (void)run(recipe, folder.path() / "c");
  EXPECT_NE(weights_of(folder.path() / "a/last"), weights_of(folder.path() / "c/last"));
}

TEST(Trainer, EveryPartOfTheRecipeRuns) {
  const test::TemporaryFolder folder;
  TinyRun run;
  Recipe recipe = tiny_recipe();
  recipe.epochs = 2;
  recipe.optimizer = {.kind = OptimizerKind::kAdamW, .lr = 0.01, .groups = {{"fc", 2}}, .clip_norm = 1};
  recipe.schedule = {.kind = ScheduleKind::kPlateau, .warmup_epochs = 1};
  recipe.mixing = {.mixup = 0.4, .cutmix = 1, .between_class = true};
  recipe.accumulate = 3;
  recipe.label_smoothing = 0.1;
  recipe.head_weights = {{"motion", 2}};
  recipe.ema = 0.9;
  recipe.precise_norms = 2;
  const RunResult result = run(recipe, folder.path() / "run");
  EXPECT_EQ(result.epochs.size(), 2u);
  // The run can be begun anew from what it wrote.
  const Recipe again = load_config<Recipe>((folder.path() / "run/recipe.toml").string(), {});
  (void)run(again, folder.path() / "again");
  EXPECT_EQ(weights_of(folder.path() / "run/last"), weights_of(folder.path() / "again/last"));
}

TEST(Trainer, LearnsInBfloat16WhereTheMachineHasIt) {
  if (!has_bfloat16(torch::kCPU)) GTEST_SKIP() << "this processor has no bfloat16 arithmetic";
  const test::TemporaryFolder folder;
  TinyRun run;
  Recipe recipe = tiny_recipe();
  recipe.epochs = 12;
  const RunResult exact = run(recipe, folder.path() / "float32");
  recipe.precision = Precision::kBfloat16;
  const RunResult result = run(recipe, folder.path() / "bfloat16");
  EXPECT_NE(result.epochs[0].loss, exact.epochs[0].loss);
  EXPECT_NEAR(result.epochs[0].loss, exact.epochs[0].loss, 0.02);
  EXPECT_GT(result.best, 0.9);
}

TEST(Trainer, ABundleOfManyLabelsKeepsTheThresholdsOfItsValidation) {
  const test::TemporaryFolder folder;
  TinyRun run;
  for (data::Dataset* set : {&run.train, &run.validation}) set->label_sets[0].exclusive = false;
  (void)run(tiny_recipe(), folder.path() / "run");
  const bundle::Bundle best = bundle::load_bundle(folder.path() / "run/best", run.models);
  EXPECT_EQ(best.config.task, "multilabel");
  ASSERT_EQ(best.config.thresholds.size(), 2u);
  for (const double threshold : best.config.thresholds) EXPECT_TRUE(threshold > 0 && threshold < 1);
}

TEST(Trainer, WeightsAreTakenOverWhereTheyFit) {
  const test::TemporaryFolder folder;
  TinyRun run;
  (void)run(tiny_recipe(), folder.path() / "first");
  Recipe recipe = tiny_recipe();
  recipe.init = (folder.path() / "first/last").string();
  recipe.epochs = 1;
  recipe.optimizer.lr = 0;
  (void)run(recipe, folder.path() / "second");
  const auto first = bundle::load_bundle(folder.path() / "first/last", run.models).model->parameters();
  const auto second = bundle::load_bundle(folder.path() / "second/last", run.models).model->parameters();
  for (std::size_t i = 0; i < first.size(); ++i) EXPECT_TRUE(first[i].equal(second[i]));
}

TEST(Trainer, StopsEarlyWhenNothingGetsBetter) {
  const test::TemporaryFolder folder;
  TinyRun run;
  Recipe recipe = tiny_recipe();
  recipe.epochs = 50;
  recipe.optimizer.lr = 0;
  recipe.early_stop = 2;
  const RunResult result = run(recipe, folder.path() / "run");
  EXPECT_TRUE(result.stopped_early);
  EXPECT_LT(result.epochs.size(), 10u);
}

TEST(Trainer, RefusesWhatDoesNotFit) {
  const test::TemporaryFolder folder;
  TinyRun run;
  const auto refusal = [&](const Recipe& recipe, bool resume = false) -> std::string {
    try {
      (void)run(recipe, folder.path() / "run", resume);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  Recipe recipe = tiny_recipe();
  recipe.head_weights = {{"motoin", 1}};
  EXPECT_THAT(refusal(recipe), HasSubstr("no head is called 'motoin'; did you mean 'motion'?"));
  recipe = tiny_recipe();
  recipe.optimizer.lr = 1e30;
  EXPECT_THAT(refusal(recipe), HasSubstr("the loss is no number at epoch"));
  recipe = tiny_recipe();
  fs::remove_all(folder.path() / "run");
  EXPECT_EQ(refusal(recipe), "");
  EXPECT_THAT(refusal(recipe), HasSubstr("holds a run; --resume goes on with it"));
  recipe.batch_size = 4;
  EXPECT_THAT(refusal(recipe, true), HasSubstr("the recipe is not that of the run"));
  run.validation.label_sets[0].names = {"falling", "rising"};
  EXPECT_THAT(refusal(tiny_recipe()), HasSubstr("differ in their labels"));
}

// ---- Runs that are stopped. A process of its own trains; it is this test program, told where by a variable.

constexpr const char* kChildFolder = "ZOETROPE_TRAINER_TEST_FOLDER";

Recipe stopped_recipe() {
  Recipe recipe = tiny_recipe();
  recipe.epochs = 8;
  recipe.ema = 0.95;
  recipe.mixing.mixup = 0.3;
  recipe.checkpoint_minutes = 1e-6;  // after every step
  return recipe;
}

TEST(TrainerChild, Trains) {
  const char* folder = std::getenv(kChildFolder);
  if (!folder) return;  // as a test of its own it has nothing to do
  install_interrupt_handler();
  TinyRun run;
  try {
    (void)run(stopped_recipe(), folder, /*resume=*/true);
  } catch (const Error& error) {
    std::_Exit(error.exit_code());
  }
}

pid_t start_child(const fs::path& folder) {
  const pid_t child = fork();
  if (child == 0) {
    setenv(kChildFolder, folder.c_str(), 1);
    const int null = open("/dev/null", O_WRONLY);
    dup2(null, 1);
    dup2(null, 2);
    execl("/proc/self/exe", "test_training", "--gtest_filter=TrainerChild.Trains", nullptr);
    std::_Exit(127);
  }
  return child;
}

int wait_for(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return status;
}

TEST(Trainer, ARunThatIsKilledAtAnyMomentGoesOnBitForBit) {
  const test::TemporaryFolder folder;
  TinyRun run;
  (void)run(stopped_recipe(), folder.path() / "whole");
  RandomGenerator random = keyed_generator(std::random_device()(), {});
  int kills = 0;
  for (;;) {
    const pid_t child = start_child(folder.path() / "killed");
    const auto lifetime = std::chrono::milliseconds(uniform_integer(random, 400, 1500));
    std::this_thread::sleep_for(lifetime);
    const bool signalled = kills < 6;  // the last one may finish
    if (signalled) kill(child, kills % 2 == 0 ? SIGKILL : SIGTERM);
    const int status = wait_for(child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 0) break;
    ASSERT_TRUE(signalled) << "status " << status;
    if (WIFEXITED(status)) {
      ASSERT_EQ(WEXITSTATUS(status), 128 + SIGTERM) << "stopped with a word";
    }
    ++kills;
  }
  EXPECT_EQ(weights_of(folder.path() / "whole/last"), weights_of(folder.path() / "killed/last"))
      << kills << " kills";
  EXPECT_EQ(weights_of(folder.path() / "whole/best"), weights_of(folder.path() / "killed/best"));
  const auto epochs = [&](const char* name) {
    std::string csv = read_text_file(folder.path() / name / "results.csv", 1 << 20);
    return std::ranges::count(csv, '\n');
  };
  EXPECT_EQ(epochs("killed"), epochs("whole")) << "each epoch once";
}

}  // namespace
}  // namespace zoetrope::training
