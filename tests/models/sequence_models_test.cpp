// Networks of feature sequences: shapes, options, decoding, and that features alone decide.
#include <gtest/gtest.h>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"
#include "zoetrope/models/action_set.h"
#include "zoetrope/models/gru.h"
#include "zoetrope/models/mucon.h"
#include "zoetrope/models/sct.h"
#include "zoetrope/models/sequence.h"
#include "zoetrope/models/tcfpn.h"
#include "zoetrope/models/tsrnet.h"

namespace zoetrope::models {
namespace {

const std::vector<std::string> kSmallMucon = {"in_channels=6",  "num_classes=4", "channels=32", "hidden=16",
                                              "pool_after=[1]", "max_steps=9",   "layers=4"};

std::shared_ptr<Mucon> small_mucon(std::vector<std::string> more = {}) {
  torch::manual_seed(5);
  more.insert(more.begin(), kSmallMucon.begin(), kSmallMucon.end());
  return std::dynamic_pointer_cast<Mucon>(make_with("mucon", more));
}

TEST(Mucon, SaysAnActionAndALengthAStep) {
  const torch::NoGradGuard no_grad;
  const auto model = small_mucon();
  EXPECT_TRUE(takes_sequence(*model));
  EXPECT_FALSE(takes_sequence(*make_with("resnet3d_10", {"widen_factor=0.125"})));
  const torch::Tensor features = torch::randn({1, 6, 33});
  const NamedTensors outputs = model->run({features});
  EXPECT_EQ(output(outputs, "logits").sizes(), (std::vector<std::int64_t>{1, 4, 33}));
  EXPECT_EQ(output(outputs, "encoded").sizes(), (std::vector<std::int64_t>{1, 32, 16}));
  const std::int64_t steps = output(outputs, "transcript").size(0);
  EXPECT_LE(steps, 9);
  EXPECT_EQ(output(outputs, "lengths").size(0), steps - 1);
  const std::vector<std::int64_t> transcript = {3, 1, 3};
  const nn::MuconPrediction taught = model->predict(features, transcript, true);
  EXPECT_EQ(taught.transcript.sizes(), (std::vector<std::int64_t>{4, 5}));
  EXPECT_EQ(taught.lengths.size(0), 3);
  EXPECT_TRUE(torch::allclose(taught.segmentation, output(outputs, "logits")[0].t(), 1e-5, 1e-6));
}

TEST(Mucon, TheTranscriptTeachesNoLengths) {
  const auto model = small_mucon();
  const std::vector<std::int64_t> transcript = {3, 1};
  model->predict(torch::randn({1, 6, 20}), transcript, true).transcript.sum().backward();
  for (const auto& parameter : model->named_parameters()) {
    if (!parameter.key().starts_with("fs_decoder_length")) continue;
    EXPECT_FALSE(parameter.value().grad().defined()) << parameter.key();
  }
}

TEST(Mucon, BackbonesOfTheAblationRun) {
  const torch::NoGradGuard no_grad;
  for (const char* backbone : {"exponential", "linear", "fixed", "convolution"}) {
    const auto model = small_mucon({fmt::format("backbone={}", backbone)});
    const torch::Tensor logits = model->run({torch::randn({1, 6, 40})}).front().second;
    EXPECT_EQ(logits.size(2), 40) << backbone;
  }
  EXPECT_EQ(small_mucon({"dilations=[3,5]"})->named_parameters().contains("ft.l_2.conv_1x1.weight"), false);
  EXPECT_THROW(small_mucon({"pool_after=[4]"}), Error);
  EXPECT_THROW(small_mucon({"channels=33"}), Error);
}

TEST(Mucon, RefusesWhatItCannotDecode) {
  const auto model = small_mucon();
  const std::vector<std::int64_t> unknown = {4};
  EXPECT_THROW(model->predict(torch::randn({1, 6, 20}), unknown, true), Error);
  EXPECT_THROW(model->run({torch::randn({2, 6, 20})}), Error);
  EXPECT_THROW(model->run({torch::randn({1, 5, 20})}), Error);
}

TEST(Sct, SpreadsItsRegionsOverTheFrames) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(6);
  const auto model = make_with("sct", {"in_channels=6", "num_classes=4", "channels=32", "pool_after=[1,5]"});
  const NamedTensors outputs = model->run({torch::randn({1, 6, 50})});
  EXPECT_EQ(output(outputs, "logits").sizes(), (std::vector<std::int64_t>{1, 4, 50}));
  EXPECT_EQ(output(outputs, "A").sizes(), (std::vector<std::int64_t>{1, 4, 12}));
  EXPECT_EQ(output(outputs, "Z").sizes(), (std::vector<std::int64_t>{1, 32, 25}));
  EXPECT_TRUE(torch::allclose(output(outputs, "A").sum(1), torch::ones({1, 12})));
  EXPECT_TRUE(output(outputs, "logits").argmax(1).equal(output(outputs, "Y").argmax(1)));
}

const std::vector<std::string> kSmallTsrnet = {"dimensions=[3,5]", "num_classes=4", "hidden=8",
                                               "attention_hidden=6", "theta=0.3"};

std::shared_ptr<Model> small_tsrnet(std::vector<std::string> more = {}) {
  torch::manual_seed(7);
  more.insert(more.begin(), kSmallTsrnet.begin(), kSmallTsrnet.end());
  return make_with("tsrnet", more);
}

TEST(Tsrnet, FusesItsStreamsLate) {
  const torch::NoGradGuard no_grad;
  const auto model = small_tsrnet();
  EXPECT_TRUE(takes_sequence(*model));
  const NamedTensors outputs = model->run({torch::randn({2, 8, 11})});
  EXPECT_EQ(output(outputs, "features").sizes(), (std::vector<std::int64_t>{2, 8}));
  const torch::Tensor fused = 0.3 * output(outputs, "rgb.scores") + 0.7 * output(outputs, "flow.scores");
  EXPECT_TRUE(torch::allclose(output(outputs, "logits").exp(), fused, 1e-5, 1e-7));
  EXPECT_TRUE(torch::allclose(output(outputs, "flow.attention").sum(1), torch::ones({2})));
}

TEST(Tsrnet, StreamsShareNothing) {
  const torch::NoGradGuard no_grad;
  const auto model = small_tsrnet();
  torch::Tensor features = torch::randn({1, 8, 11});
  const torch::Tensor rgb = output(model->run({features}), "rgb.scores");
  features.narrow(1, 3, 5).normal_();
  EXPECT_TRUE(output(model->run({features}), "rgb.scores").equal(rgb));
  EXPECT_FALSE(torch::allclose(
      output(small_tsrnet({"streams=[\"flow\",\"rgb\"]"})->run({features}), "rgb.scores"), rgb));
}

TEST(Tsrnet, WithoutAttentionIsTheTwoStreamNetwork) {
  const torch::NoGradGuard no_grad;
  const auto model = small_tsrnet({"attention=mean"});
  EXPECT_EQ(model->parameters().size(), 8U);
  const torch::Tensor features = torch::randn({1, 8, 6});
  EXPECT_TRUE(torch::allclose(output(model->run({features}), "features"), features.mean(2), 1e-5, 1e-6));
}

TEST(Tsrnet, RefusesStreamsThatDoNotFit) {
  EXPECT_THROW(small_tsrnet({"streams=[\"rgb\"]"}), Error);
  EXPECT_THROW(small_tsrnet({"streams=[\"rgb\",\"rgb\"]"}), Error);
  EXPECT_THROW(small_tsrnet()->run({torch::randn({1, 7, 6})}), Error);
  EXPECT_NO_THROW(small_tsrnet({"streams=[\"pose\"]", "dimensions=[5]"})->run({torch::randn({1, 5, 6})}));
}

// The window of frame t, zeros beyond the ends: [T, window, D].
torch::Tensor windows_of(const torch::Tensor& features, std::int64_t window) {
  const torch::Tensor padded = torch::constant_pad_nd(features[0], {window / 2, window / 2});
  return padded.unfold(1, window, 1).permute({1, 2, 0}).contiguous();
}

TEST(Gru, SeesTheWindowOfEveryFrameAsAGruOfItsOwnWould) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(8);
  const auto model = make_with("gru", {"in_channels=6", "num_classes=4", "hidden=9", "window=5"});
  const torch::Tensor features = torch::randn({1, 6, 17}), windows = windows_of(features, 5);
  torch::nn::GRU plain(torch::nn::GRUOptions(6, 9).batch_first(true));
  for (const auto& parameter : plain->named_parameters())
    parameter.value().copy_(model->named_parameters()["gru." + parameter.key()]);
  const torch::Tensor last = std::get<0>(plain(windows)).select(1, 4);
  const torch::Tensor logits =
      torch::linear(last, model->named_parameters()["fc.weight"], model->named_parameters()["fc.bias"]);
  EXPECT_TRUE(torch::allclose(model->forward(features)[0].t(), logits, 1e-5, 1e-6));
  const auto gru = std::dynamic_pointer_cast<Gru>(model);
  EXPECT_TRUE(torch::allclose(gru->classify_windows(windows), logits, 1e-5, 1e-6));
  EXPECT_EQ(model->forward(features.slice(2, 0, 1)).size(2), 1);
  EXPECT_THROW(gru->classify_windows(windows.slice(1, 1)), Error);
  EXPECT_THROW(make_with("gru", {"window=4"}), Error);
}

TEST(Tcfpn, GivesProbabilitiesAtAnyLength) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(9);
  const auto model =
      make_with("tcfpn", {"in_channels=6", "num_classes=4", "levels=[5,7]", "kernel=3", "dropout=0.5"});
  for (const std::int64_t frames : {1, 7, 8, 33}) {
    const torch::Tensor logits = model->forward(torch::randn({2, 6, frames}));
    EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{2, 4, frames}));
    EXPECT_TRUE(torch::allclose(logits.exp().sum(1), torch::ones({2, frames})));
  }
  EXPECT_THROW(make_with("tcfpn", {"kernel=24"}), Error);
  EXPECT_THROW(make_with("tcfpn", {"levels=[]"}), Error);
}

TEST(ActionSet, AsksOfEachFrameWhichClassesOccurInItsVideo) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(10);
  const auto model = make_with("action_set", {"in_channels=6", "num_classes=4", "hidden=5"});
  const torch::Tensor features = torch::randn({1, 6, 11}), logits = model->forward(features);
  EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{1, 4, 11}));
  const torch::Tensor answers =
      std::dynamic_pointer_cast<ActionSet>(model)->classify_frames(features[0].t().contiguous());
  EXPECT_TRUE(torch::allclose(answers.exp().sum(2), torch::ones({11, 4})));
  EXPECT_TRUE(torch::allclose(answers.select(2, 1).t(), logits[0]));
}

}  // namespace
}  // namespace zoetrope::models
