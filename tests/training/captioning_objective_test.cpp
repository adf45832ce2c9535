#include "zoetrope/training/captioning_objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <fstream>

#include "tests/support/temporary_folder.h"
#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/random.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/training/objective_trainer.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

// Six clips of two kinds of actors that do one of three things in the middle of the clip; features say both.
class CaptioningTraining : public ::testing::Test {
 protected:
  static constexpr std::int64_t kDimensions = 5;

  CaptioningTraining() {
    fs::create_directories(folder_.path() / "features");
    RandomGenerator random = keyed_generator(5, {});
    std::string videos, sentences;
    for (int v = 0; v < 6; ++v) {
      const int actor = v / 3, action = v % 3, frames = 4 + v % 4;
      const std::string name = "v" + std::to_string(v);
      std::vector<float> values(static_cast<std::size_t>(kDimensions * frames));
      for (int t = 0; t < frames; ++t) {
        for (int d = 0; d < kDimensions; ++d) {
          const bool is_on = d == actor || (d == 2 + action && t > 0);
          values[static_cast<std::size_t>(d * frames + t)] =
              static_cast<float>((is_on ? 1 : 0) + 0.05 * normal(random));
        }
      }
      data::write_features(folder_.file("features/" + name + ".npy"), values, kDimensions);
      const std::string who = actor == 0 ? "a red fish" : "the box",
                        what[] = {"rises", "falls slowly", "shakes"};
      for (const std::string subset : {"train", "validate"}) {
        const std::string id = subset == "train" ? name : "w" + std::to_string(v);
        videos += R"({"video_id": ")" + id + R"(", "split": ")" + subset + "\"},";
        sentences +=
            R"({"video_id": ")" + id + R"(", "caption": ")" + who + " " + what[action] + " at the sea\"},";
        if (subset == "validate")
          fs::copy(folder_.file("features/" + name + ".npy"), folder_.file("features/" + id + ".npy"));
      }
    }
    videos.pop_back();
    sentences.pop_back();
    write_captions(videos, sentences);
    recipe_.data.train = {
        .captions = folder_.file("told.json"), .subset = "train", .features = folder_.file("features")};
    recipe_.data.validation = recipe_.data.train;
    recipe_.data.validation.subset = "validate";
    recipe_.run.name = "test";
    recipe_.run.epochs = 3;
    recipe_.run.optimizer.lr = 0.02;
    recipe_.run.schedule = {.kind = ScheduleKind::kConstant};
    recipe_.batch = 3;
    set_options({"embedding=8", "hidden=12", "attention=6", "dropout=0.1"});
  }

  void write_captions(const std::string& videos, const std::string& sentences) {
    std::ofstream(folder_.file("told.json"))
        << R"({"videos": [)" << videos << R"(], "sentences": [)" << sentences << "]}";
  }
  void set_options(const std::vector<std::string>& assignments) {
    ConfigValue options{recipe_.run.model.options};
    for (const std::string& assignment : assignments) apply_override(options, assignment);
    recipe_.run.model.options = std::get<ConfigTable>(options.data);
  }

  RunResult run(const std::string& name, bool resume = false) {
    train_ = data::read_captioning_set(recipe_.data.train);
    test_ = data::read_captioning_set(recipe_.data.validation);
    CaptioningObjective objective(recipe_, {train_, &test_});
    ObjectiveTrainer trainer(objective, folder_.file(name), {.resume = resume});
    return trainer.run();
  }
  std::string weights(const std::string& name) {
    return sha256_of_file(folder_.file(name + "/last/model.safetensors"));
  }
  std::string complaint() {
    try {
      train_ = data::read_captioning_set(recipe_.data.train);
      test_ = data::read_captioning_set(recipe_.data.validation);
      const CaptioningObjective objective(recipe_, {train_, &test_});
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  test::TemporaryFolder folder_;
  CaptioningRecipe recipe_;
  data::CaptioningSet train_, test_;
};

TEST_F(CaptioningTraining, LearnsATinySetByHeart) {
  recipe_.run.epochs = recipe_.run.validate_every = 40;
  const RunResult result = run("learns");
  EXPECT_EQ(result.epochs.back().heads.front().values.front().first, "bleu@4");
  EXPECT_DOUBLE_EQ(result.epochs.back().heads.front().values.front().second, 1);
  EXPECT_DOUBLE_EQ(result.best, 1);
  set_options({"blind=true"});  // says one sentence of all six
  EXPECT_LT(run("blind").best, 0.9);
}

TEST_F(CaptioningTraining, WritesABundleThatKnowsItsWords) {
  recipe_.decoding = {.beam = 2, .length_norm = 0.5, .max_words = 9};
  recipe_.data.fps = 4;
  recipe_.extractor = {.bundle = "../x", .layer = "layer2", .window = 8, .stride = 2};
  run("bundle");
  const bundle::Bundle bundle = bundle::load_bundle(folder_.file("bundle/best"));
  EXPECT_EQ(bundle.config.task, "captioning");
  ASSERT_TRUE(bundle.config.sequence && bundle.config.captioning);
  EXPECT_EQ(bundle.config.sequence->layer, "layer2");
  EXPECT_EQ(bundle.config.sequence->stride, 2);
  EXPECT_EQ(bundle.config.captioning->beam, 2);
  EXPECT_EQ(bundle.config.captioning->max_words, 9);
  EXPECT_EQ(bundle.labels[0], "<end>");
  EXPECT_EQ(bundle.labels[2], "the");
  EXPECT_EQ(bundle.model->native_inputs()[0].shape[1], kDimensions);
  for (const char* file : {"report.html", "results.csv", "summary.json", "recipe.toml"})
    EXPECT_TRUE(fs::exists(folder_.file(std::string("bundle/") + file))) << file;
}

TEST_F(CaptioningTraining, AStoppedRunEndsInTheSameWeights) {
  run("whole");
  {
    CaptioningObjective objective(recipe_, {train_, &test_});
    ObjectiveTrainer trainer(objective, folder_.file("parts"));
    install_interrupt_handler();
    std::raise(SIGINT);
    EXPECT_THROW(trainer.run(), Error);
    clear_interrupt();
  }
  run("parts", /*resume=*/true);
  EXPECT_EQ(weights("parts"), weights("whole"));
}

TEST_F(CaptioningTraining, LooksAtMotionAndTagsWhereTheyAre) {
  fs::create_directories(folder_.path() / "streams");
  for (const char* stream : {"clip", "motion", "tags"})
    fs::copy(folder_.file("features"), folder_.file(std::string("streams/") + stream));
  for (data::CaptioningOptions* options : {&recipe_.data.train, &recipe_.data.validation}) {
    options->features = folder_.file("streams");
    options->streams = {"clip", "motion", "tags"};
  }
  recipe_.run.epochs = 1;
  recipe_.label_smoothing = 0.1;
  run("several");
  const bundle::Bundle bundle = bundle::load_bundle(folder_.file("several/best"));
  EXPECT_EQ(bundle.model->native_inputs()[0].shape[1], 3 * kDimensions);
}

TEST_F(CaptioningTraining, SaysWhatDoesNotFit) {
  EXPECT_EQ(complaint(), "");
  recipe_.run.model.name = "mucon";
  EXPECT_THAT(complaint(), HasSubstr("'mucon' learns no captions; 'captioner' does"));
  recipe_.run.model.name = "captioner";
  recipe_.data.max_words = 3;
  EXPECT_THAT(complaint(), HasSubstr("every caption has more than data.max_words=3 words"));
  recipe_.data.max_words = 30;
  recipe_.data.min_count = 100;
  EXPECT_THAT(complaint(), HasSubstr("no word stands 100 times"));
  recipe_.data.min_count = 1;
  fs::create_directories(folder_.path() / "other");
  for (int v = 0; v < 6; ++v)
    data::write_features(folder_.file("other/w" + std::to_string(v) + ".npy"), std::vector<float>(8), 4);
  recipe_.data.validation.features = folder_.file("other");
  EXPECT_THAT(complaint(),
              HasSubstr("data.validation: features of 4 numbers a frame; those of data.train have 5"));
}

}  // namespace
}  // namespace zoetrope::training
