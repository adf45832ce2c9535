// The captioner: what a step computes, by hand; padding; gradients; what it is given of several streams and of tags.
#include "zoetrope/models/captioner.h"

#include <gtest/gtest.h>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"
#include "zoetrope/data/word_list.h"
#include "zoetrope/models/sequence.h"

namespace zoetrope::models {
namespace {

const std::vector<std::string> kSmallCaptioner = {"dimensions=[5]", "num_classes=9", "max_steps=6",
                                                  "embedding=7",    "hidden=6",      "attention=4"};

std::shared_ptr<Captioner> small_captioner(std::vector<std::string> more = {}) {
  torch::manual_seed(12);
  more.insert(more.begin(), kSmallCaptioner.begin(), kSmallCaptioner.end());
  return std::dynamic_pointer_cast<Captioner>(make_with("captioner", more));
}

torch::Tensor some_words() {
  return torch::tensor({{3, 4, 2}, {5, 0, 0}}, torch::kLong);
}

TEST(CaptionerNetwork, SaysWordsGreedily) {
  const torch::NoGradGuard no_grad;
  const auto model = small_captioner();
  EXPECT_TRUE(takes_sequence(*model));
  const NamedTensors outputs = model->run({torch::randn({3, 5, 11})});
  const torch::Tensor words = output(outputs, "words"), logits = output(outputs, "logits");
  const std::int64_t steps = words.size(1);
  EXPECT_LE(steps, 6);
  EXPECT_EQ(logits.sizes(), (std::vector<std::int64_t>{3, 9, steps}));
  EXPECT_EQ(output(outputs, "features.attention").sizes(), (std::vector<std::int64_t>{3, steps, 11}));
  EXPECT_TRUE(torch::allclose(output(outputs, "features.attention").sum(2), torch::ones({3, steps})));
  EXPECT_FALSE((words == data::kUnknownWord).any().item<bool>());
  EXPECT_FALSE((words == model->start_word()).any().item<bool>());
}

TEST(CaptionerNetwork, TaughtItComputesWhatItsStepsDo) {
  const torch::NoGradGuard no_grad;
  const auto model = small_captioner();
  const Captioner::Seen seen = model->encode(torch::randn({2, 5, 4}));
  const torch::Tensor taught = model->teach(seen, some_words());
  EXPECT_EQ(taught.sizes(), (std::vector<std::int64_t>{2, 4, 9}));
  Captioner::State state = model->begin(seen);
  torch::Tensor before = torch::full({2}, model->start_word(), torch::kLong);
  for (std::int64_t i = 0; i < 4; ++i) {
    Captioner::Step step = model->step(seen, state, before);
    EXPECT_TRUE(torch::allclose(step.logits, taught.select(1, i), 1e-5, 1e-6)) << i;
    state = step.state;
    if (i < 3) before = some_words().select(1, i);
  }
}

// The equations of the header, once more, for one video and one step.
TEST(CaptionerNetwork, AStepIsThatOfItsEquations) {
  const torch::NoGradGuard no_grad;
  const auto model = small_captioner();
  const auto weights = model->named_parameters();
  const auto through = [&](const std::string& name, const torch::Tensor& x) {
    const auto* bias = weights.find(name + ".bias");
    const torch::Tensor product = torch::matmul(weights[name + ".weight"], x);
    return bias ? product + (x.dim() == 2 ? bias->unsqueeze(1) : *bias) : product;
  };
  const torch::Tensor x = torch::randn({5, 8});
  const torch::Tensor v = torch::relu(through("features_value", x));  // [H, T]
  const torch::Tensor h = torch::tanh(through("first_hidden", v.mean(1)));
  const torch::Tensor c = torch::tanh(through("first_cell", v.mean(1)));
  const torch::Tensor energy = through(
      "features_energy", torch::tanh(through("features_key", v) + through("features_query", h).unsqueeze(1)));
  const torch::Tensor a = energy[0].softmax(0), phi = torch::matmul(v, a);
  const torch::Tensor word = weights["embedding.weight"][3];
  const torch::Tensor gates = torch::matmul(weights["lstm.weight_ih"], torch::cat({word, phi})) +
                              weights["lstm.bias_ih"] + torch::matmul(weights["lstm.weight_hh"], h) +
                              weights["lstm.bias_hh"];
  const auto g = gates.chunk(4);
  const torch::Tensor cell = torch::sigmoid(g[1]) * c + torch::sigmoid(g[0]) * torch::tanh(g[2]);
  const torch::Tensor hidden = torch::sigmoid(g[3]) * torch::tanh(cell);
  const torch::Tensor logits = through("word", torch::tanh(through("mix", torch::cat({hidden, phi, word}))));

  const Captioner::Seen seen = model->encode(x.unsqueeze(0));
  const Captioner::Step step = model->step(seen, model->begin(seen), torch::tensor({3}, torch::kLong));
  EXPECT_TRUE(torch::allclose(step.attention[0][0], a, 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(step.state.hidden[0], hidden, 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(step.state.cell[0], cell, 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(step.logits[0], logits, 1e-5, 1e-6));
}

TEST(CaptionerNetwork, PaddingChangesNothing) {
  const torch::NoGradGuard no_grad;
  for (const char* streams : {R"(streams=["features"])", R"(streams=["a","tags"])"}) {
    const bool tags = std::string(streams).find("tags") != std::string::npos;
    const auto model = small_captioner({streams, tags ? "dimensions=[3,2]" : "dimensions=[5]"});
    const torch::Tensor features = torch::randn({1, 5, 6}), longer = 9 * torch::randn({2, 5, 10});
    longer[0].narrow(1, 0, 6).copy_(features[0]);
    const torch::Tensor words = some_words();
    const torch::Tensor alone = model->teach(model->encode(features), words.narrow(0, 0, 1));
    const torch::Tensor padded =
        model->teach(model->encode(longer, torch::tensor({6, 10}, torch::kLong)), words);
    EXPECT_TRUE(torch::allclose(padded[0], alone[0], 1e-5, 1e-6)) << streams;
    const torch::Tensor whole = model->teach(model->encode(longer.narrow(0, 1, 1)), words.narrow(0, 1, 1));
    EXPECT_TRUE(torch::allclose(padded[1], whole[0], 1e-5, 1e-6)) << streams;
  }
}

TEST(CaptionerNetwork, AttendsToEachStreamByItselfAndNotToTags) {
  const torch::NoGradGuard no_grad;
  const auto model = small_captioner({R"(streams=["rgb","tags","motion"])", "dimensions=[3,4,2]"});
  torch::Tensor features = torch::randn({1, 9, 5});
  const NamedTensors outputs = model->run({features});
  EXPECT_TRUE(output(outputs, "rgb.attention").defined() && output(outputs, "motion.attention").defined());
  EXPECT_FALSE(output(outputs, "tags.attention").defined());
  // Of tags their mean over time alone is seen.
  torch::Tensor tags = features.narrow(1, 3, 4);
  tags.copy_(tags.flip(2));
  EXPECT_TRUE(
      torch::allclose(output(model->run({features}), "logits"), output(outputs, "logits"), 1e-5, 1e-6));
  tags += 1;
  EXPECT_FALSE(torch::allclose(model->run({features}).front().second.select(2, 0),
                               output(outputs, "logits").select(2, 0)));
}

TEST(CaptionerNetwork, BlindItSeesNothing) {
  const torch::NoGradGuard no_grad;
  const auto model = small_captioner({"blind=true"});
  EXPECT_TRUE(
      model->run({torch::randn({1, 5, 6})})[0].second.equal(model->run({torch::randn({1, 5, 6})})[0].second));
}

TEST(CaptionerNetwork, GradientsAreThoseOfDifferences) {
  const auto model = small_captioner({R"(streams=["a","tags"])", "dimensions=[3,2]"});
  model->to(torch::kDouble);
  const torch::Tensor features = torch::randn({2, 5, 4}, torch::kDouble);
  const torch::Tensor lengths = torch::tensor({4, 3}, torch::kLong),
                      target = torch::randn({2, 4, 9}, torch::kDouble);
  const auto loss = [&] {
    return (model->teach(model->encode(features, lengths), some_words()) * target).sum();
  };
  loss().backward();
  constexpr double kStep = 1e-6;
  for (const auto& parameter : model->named_parameters()) {
    const torch::NoGradGuard no_grad;
    torch::Tensor flat = parameter.value().data().view(-1);
    const torch::Tensor gradient = parameter.value().grad().flatten();
    for (const std::int64_t i : {std::int64_t{0}, flat.numel() / 2, flat.numel() - 1}) {
      const double value = flat[i].item<double>();
      flat[i] = value + kStep;
      const double above = loss().item<double>();
      flat[i] = value - kStep;
      const double below = loss().item<double>();
      flat[i] = value;
      EXPECT_NEAR(gradient[i].item<double>(), (above - below) / (2 * kStep), 1e-6)
          << parameter.key() << " " << i;
    }
  }
}

TEST(CaptionerNetwork, RefusesStreamsThatDoNotFit) {
  EXPECT_THROW(small_captioner({R"(streams=["tags"])"}), Error);
  EXPECT_THROW(small_captioner({R"(streams=["a","b"])"}), Error);
  EXPECT_THROW(small_captioner({R"(streams=["a","a"])", "dimensions=[2,3]"}), Error);
  EXPECT_THROW(small_captioner()->run({torch::randn({1, 4, 6})}), Error);
}

}  // namespace
}  // namespace zoetrope::models
