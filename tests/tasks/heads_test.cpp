#include "zoetrope/tasks/heads.h"

#include <gtest/gtest.h>

#include <cmath>

namespace zoetrope::tasks {
namespace {

const std::vector<data::LabelSet> kSets = {{.name = "scene", .names = {"park", "street", "room"}},
                                           {.name = "objects", .names = {"ball", "cup"}, .exclusive = false}};

TEST(Heads, LieOneAfterTheOther) {
  const Heads heads = heads_of(kSets);
  ASSERT_EQ(heads.size(), 2u);
  EXPECT_EQ(heads[0].first, 0);
  EXPECT_EQ(heads[0].count, 3);
  EXPECT_TRUE(heads[0].exclusive);
  EXPECT_EQ(heads[1].first, 3);
  EXPECT_EQ(heads[1].count, 2);
  EXPECT_FALSE(heads[1].exclusive);
}

TEST(Heads, LossesAreThoseByHand) {
  const Heads heads = heads_of(kSets);
  const torch::Tensor logits = torch::tensor({{0.0, 0.0, 0.0, 0.0, 0.0}}, torch::kDouble);
  const std::vector<torch::Tensor> targets = {torch::tensor({{1.0, 0.0, 0.0}}), torch::tensor({{1.0, 0.0}})};
  const std::vector<torch::Tensor> known = {torch::tensor({true}), torch::tensor({true})};
  const Loss loss = loss_of(heads, logits, targets, known);
  EXPECT_NEAR(loss.heads[0].item<double>(), std::log(3.0), 1e-6);
  EXPECT_NEAR(loss.heads[1].item<double>(), std::log(2.0), 1e-6);
  EXPECT_NEAR(loss.total.item<double>(), std::log(6.0), 1e-6);
}

// Of two sets of two and three tags, of which the second is known of one clip in two: a mean over seven.
TEST(Heads, OfAJointLossEveryKnownTagCountsAlike) {
  const Heads heads = heads_of({{.name = "objects", .names = {"ball", "cup"}, .exclusive = false},
                                {.name = "events", .names = {"a", "b", "c"}, .exclusive = false}});
  torch::manual_seed(2);
  const torch::Tensor logits = torch::randn({2, 5}, torch::kDouble);
  const std::vector<torch::Tensor> targets = {torch::tensor({{1.0, 0.0}, {0.0, 0.0}}),
                                              torch::tensor({{0.0, 1.0, 1.0}, {1.0, 1.0, 1.0}})};
  const std::vector<torch::Tensor> known = {torch::tensor({true, true}), torch::tensor({true, false})};
  const torch::Tensor each = torch::binary_cross_entropy_with_logits(
      logits, torch::cat(targets, 1).to(torch::kDouble), {}, {}, at::Reduction::None);
  const double sum = (each[0].sum() + each[1].slice(0, 0, 2).sum()).item<double>();
  EXPECT_NEAR(loss_of(heads, logits, targets, known, {.joint = true}).total.item<double>(), sum / 7, 1e-6);
  // A part of a batch in which twice as much is known.
  EXPECT_NEAR(
      loss_of(heads, logits, targets, known, {.labelled = {4, 2}, .joint = true}).total.item<double>(),
      sum / 14, 1e-6);
}

TEST(Heads, SmoothingSpreadsAShareOverTheClasses) {
  const Heads heads = heads_of({kSets[0]});
  const torch::Tensor logits = torch::tensor({{2.0, 0.5, -1.0}}, torch::kDouble);
  const torch::Tensor log = logits.log_softmax(1);
  const double smoothed = loss_of(heads, logits, {torch::tensor({{1.0, 0.0, 0.0}})}, {torch::tensor({true})},
                                  {.label_smoothing = 0.3})
                              .total.item<double>();
  EXPECT_NEAR(smoothed, -(0.7 * log[0][0].item<double>() + 0.1 * log.sum().item<double>()), 1e-6);
}

TEST(Heads, WhatIsNotLabelledDoesNotCount) {
  const Heads heads = heads_of(kSets);
  torch::manual_seed(0);
  const torch::Tensor logits = torch::randn({2, 5}, torch::kDouble).set_requires_grad(true);
  const std::vector<torch::Tensor> targets = {torch::eye(3).slice(0, 0, 2), torch::zeros({2, 2})};
  const auto total = [&](bool second) {
    return loss_of(heads, logits, targets, {torch::tensor({true, second}), torch::tensor({false, false})})
        .total;
  };
  total(false).backward();
  EXPECT_EQ(logits.grad()[1].abs().sum().item<double>(), 0);
  EXPECT_EQ(logits.grad().narrow(1, 3, 2).abs().sum().item<double>(), 0);
  EXPECT_GT(logits.grad()[0].abs().sum().item<double>(), 0);
  EXPECT_NE(total(true).item<double>(), total(false).item<double>());
  EXPECT_EQ(
      loss_of(heads, logits, targets, {torch::zeros({2}, torch::kBool), torch::zeros({2}, torch::kBool)})
          .total.item<double>(),
      0)
      << "a batch without any label";
}

TEST(Heads, ScoresAreProbabilities) {
  const auto scores = scores_of(heads_of(kSets), torch::randn({4, 5}));
  EXPECT_TRUE(torch::allclose(scores[0].sum(1), torch::ones(4)));
  EXPECT_EQ(scores[1].size(1), 2);
}

}  // namespace
}  // namespace zoetrope::tasks
