// Captioning: the loss by hand, batches, what is said by greedy and by beams, scores.
#include "zoetrope/tasks/captioning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/data/word_list.h"
#include "zoetrope/models/list.h"
#include "zoetrope/tasks/captioning_scoring.h"

namespace zoetrope::tasks {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

std::shared_ptr<models::Model> small_captioner(std::uint64_t seed = 4, std::int64_t words = 6) {
  torch::manual_seed(seed);
  ConfigValue options{ConfigTable{}};
  for (const std::string& assignment :
       {std::string("dimensions=[3]"), fmt::format("num_classes={}", words), std::string("max_steps=5"),
        std::string("embedding=5"), std::string("hidden=8"), std::string("attention=4")})
    apply_override(options, assignment);
  auto model = models::make_model("captioner", options);
  model->eval();
  // Far from uniform, so that sentences differ.
  const torch::NoGradGuard no_grad;
  for (torch::Tensor& parameter : model->parameters()) parameter.mul_(4);
  return model;
}

TEST(CaptionBatch, PadsVideosAndSentences) {
  const CaptionBatch batch =
      caption_batch({torch::ones({1, 2, 3}), torch::ones({1, 2, 5})}, {{4, 2, 3}, {5}});
  EXPECT_EQ(batch.features.sizes(), (std::vector<std::int64_t>{2, 2, 5}));
  EXPECT_EQ(batch.features.sum().item<double>(), 16);
  EXPECT_TRUE(batch.lengths.equal(torch::tensor({3, 5}, torch::kLong)));
  EXPECT_TRUE(batch.words.equal(torch::tensor({{4, 2, 3, 0}, {5, 0, -1, -1}}, torch::kLong)));
  EXPECT_TRUE(batch.before().equal(torch::tensor({{4, 2, 3}, {5, 0, 0}}, torch::kLong)));
  EXPECT_THROW((void)caption_batch({}, {}), Error);
  EXPECT_THROW((void)caption_batch({torch::ones({1, 2, 3})}, {}), Error);
}

TEST(CaptionLoss, IsTheMeanOverWordsByHand) {
  // Of three words: probabilities 1/2, 1/4, 1/4, then 1/8, 1/8, 3/4; the third step is padding.
  const torch::Tensor logits =
      torch::tensor({{{0.5, 0.25, 0.25}, {0.125, 0.125, 0.75}, {0.9, 0.05, 0.05}}}, torch::kDouble).log();
  const torch::Tensor words = torch::tensor({{1, 2, -1}}, torch::kLong);
  const double plain = -(std::log(0.25) + std::log(0.75)) / 2;
  EXPECT_NEAR(caption_loss(logits, words).item<double>(), plain, 1e-12);
  const double all = -(std::log(0.5) + 2 * std::log(0.25) + 2 * std::log(0.125) + std::log(0.75)) / 3 / 2;
  EXPECT_NEAR(caption_loss(logits, words, 0.2).item<double>(), 0.8 * plain + 0.2 * all, 1e-12);
}

TEST(CaptionLoss, OfTheTaughtNetworkIsThatOfItsStepsOneByOne) {
  const torch::NoGradGuard no_grad;
  const auto model = small_captioner();
  models::Captioner& captioner = captioner_of(*model);
  const std::vector<torch::Tensor> features = {torch::randn({1, 3, 4}), torch::randn({1, 3, 7})};
  const std::vector<std::vector<std::int64_t>> sentences = {{2, 5, 3}, {4}};
  const CaptionBatch batch = caption_batch(features, sentences);
  const torch::Tensor logits =
      captioner.teach(captioner.encode(batch.features, batch.lengths), batch.before());
  double sum = 0, count = 0;
  for (std::size_t i = 0; i < features.size(); ++i) {
    const auto seen = captioner.encode(features[i]);
    auto state = captioner.begin(seen);
    std::int64_t before = captioner.start_word();
    for (std::size_t w = 0; w <= sentences[i].size(); ++w) {
      const auto step = captioner.step(seen, state, torch::tensor({before}, torch::kLong));
      state = step.state;
      before = w < sentences[i].size() ? sentences[i][w] : data::kEndWord;
      sum -= step.logits.log_softmax(1)[0][before].item<double>();
      ++count;
    }
  }
  EXPECT_NEAR(caption_loss(logits, batch.words).item<double>(), sum / count, 1e-5);
}

TEST(Say, ABeamOfOneIsTheNetworksOwnGreedyRun) {
  const torch::NoGradGuard no_grad;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const auto model = small_captioner(seed);
    const torch::Tensor features = torch::randn({1, 3, 6});
    const Sentence said = say(captioner_of(*model), features, {.beam = 1, .max_words = 5});
    const torch::Tensor words = model->run({features})[1].second;
    std::vector<std::int64_t> greedy;
    for (std::int64_t i = 0; i < words.size(1) && words[0][i].item<std::int64_t>() != data::kEndWord; ++i)
      greedy.push_back(words[0][i].item<std::int64_t>());
    EXPECT_EQ(said.words, greedy) << seed;
  }
}

// The log-probability of a sentence by teaching it.
double log_probability_of(models::Captioner& model, const torch::Tensor& features, const Sentence& sentence) {
  const CaptionBatch batch = caption_batch({features}, {sentence.words});
  const torch::Tensor rows = model.teach(model.encode(features), batch.before())[0].log_softmax(1);
  double sum = 0;
  for (std::int64_t i = 0; i < std::ssize(sentence.words) + (sentence.ended ? 1 : 0); ++i)
    sum += rows[i][batch.words[0][i].item<std::int64_t>()].item<double>();
  return sum;
}

TEST(Say, BeamsAreNeverLessLikelyThanGreedyAndNoneMoreThanTheBestOfAll) {
  const torch::NoGradGuard no_grad;
  for (std::uint64_t seed = 20; seed < 26; ++seed) {
    const auto model = small_captioner(seed, 5);
    models::Captioner& captioner = captioner_of(*model);
    const torch::Tensor features = 2 * torch::randn({1, 3, 6});
    const auto found = [&](std::int64_t beam) {
      const Sentence said = say(captioner, features, {.beam = beam, .length_norm = 0, .max_words = 3});
      EXPECT_NEAR(said.log_probability, log_probability_of(captioner, features, said), 1e-4);
      return said.log_probability;
    };
    double best = -1e9;  // of all: each of up to three words among 2, 3 and 4
    for (std::int64_t code = 0; code < 64; ++code) {
      Sentence sentence;
      for (const std::int64_t digit : {code % 4, code / 4 % 4, code / 16}) {
        if (digit == 3) break;
        sentence.words.push_back(2 + digit);
      }
      sentence.ended = sentence.words.size() < 3;
      best = std::max(best, log_probability_of(captioner, features, sentence));
    }
    const double greedy = found(1);
    for (const std::int64_t beam : {2, 3}) {
      EXPECT_GE(found(beam), greedy);
      EXPECT_LE(found(beam), best + 1e-4);
    }
    EXPECT_NEAR(found(100), best, 1e-4);
  }
}

TEST(ReadStreams, StandsTagsBesideTheShortestOfTheOthers) {
  const test::TemporaryFolder folder;
  const auto write = [&](const std::string& name, const std::vector<float>& values, std::int64_t dimensions) {
    data::write_features(folder.file(name), values, dimensions);
    return data::FeatureFile(folder.file(name));
  };
  std::vector<data::FeatureFile> files;
  files.push_back(write("rgb.npy", {1, 2, 3, 4, 5}, 1));
  files.push_back(write("tags.npy", {2, 4, 10, 20}, 2));
  files.push_back(write("flow.npy", {6, 7, 8, 9}, 1));
  const torch::Tensor read = read_streams(files, {"rgb", "tags", "flow"}, 2);
  EXPECT_TRUE(read.equal(torch::tensor({{{1.F, 3.F}, {2.F, 2.F}, {10.F, 10.F}, {6.F, 8.F}}})));
  const torch::Tensor whole = read_streams(files, {"rgb", "tags", "flow"}, 1);
  EXPECT_TRUE(whole[0].select(1, 3).equal(torch::tensor({4.F, 3.F, 15.F, 9.F})));
}

TEST(CaptionScoring, IsBleuOfAllVideos) {
  CaptionScoring scoring;
  EXPECT_TRUE(scoring.result().values.empty());
  scoring.add("a red fish rises slowly", {"A red fish rises slowly.", "a fish"});
  const HeadMetrics result = scoring.result();
  EXPECT_EQ(result.samples, 1);
  EXPECT_THAT(result.values,
              ElementsAre(Pair("bleu@4", 1), Pair("bleu@1", 1), Pair("bleu@2", 1), Pair("bleu@3", 1)));
  EXPECT_THROW(scoring.add("a", {}), Error);
  const auto tagger = models::make_model("gru");
  EXPECT_THROW((void)captioner_of(*tagger), Error);
}

}  // namespace
}  // namespace zoetrope::tasks
