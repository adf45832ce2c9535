#include "zoetrope/training/optimizer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "tests/bundle/tiny_model.h"
#include "zoetrope/core/error.h"
#include "zoetrope/training/moving_average.h"

namespace zoetrope::training {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::shared_ptr<test::TinyModel> tiny() {
  torch::manual_seed(2);
  return std::make_shared<test::TinyModel>(test::TinyOptions{});
}

void step_once(models::Model& model, Optimizer& optimizer) {
  optimizer.zero_grad();
  model.forward(torch::ones({2, 3, 4, 8, 8})).pow(2).sum().backward();
  optimizer.step();
}

TEST(Optimizer, NormsAndBiasesDoNotDecay) {
  const auto model = tiny();
  Optimizer optimizer(*model, {.lr = 0.1, .momentum = 0, .weight_decay = 0.5}, 1);
  const torch::Tensor weight = model->parameters()[0].clone(), bias = model->parameters().back().clone();
  for (torch::Tensor& parameter : model->parameters())
    parameter.mutable_grad() = torch::zeros_like(parameter);
  optimizer.step();
  EXPECT_TRUE(torch::allclose(model->parameters()[0], weight * 0.95));
  EXPECT_TRUE(model->parameters().back().equal(bias));
}

TEST(Optimizer, RmsPropDividesByTheRootOfTheMeanSquare) {
  const auto model = tiny();
  Optimizer optimizer(
      *model,
      {.kind = OptimizerKind::kRmsProp, .lr = 0.1, .momentum = 0, .smoothing = 0.75, .weight_decay = 0}, 1);
  const torch::Tensor before = model->parameters()[0].clone();
  for (int i = 0; i < 2; ++i) {
    for (torch::Tensor& parameter : model->parameters())
      parameter.mutable_grad() = torch::full_like(parameter, 2);
    optimizer.step();
  }
  // Mean squares of 1, then 1.75.
  const double moved = 0.1 * 2 / 1 + 0.1 * 2 / std::sqrt(1.75);
  EXPECT_TRUE(torch::allclose(model->parameters()[0], before - moved, 1e-4, 1e-5));
  std::stringstream stream;
  optimizer.save(stream);
  Optimizer other(*model, {.kind = OptimizerKind::kRmsProp, .lr = 0.1, .momentum = 0, .weight_decay = 0}, 1);
  EXPECT_NO_THROW(other.load(stream));
}

TEST(Optimizer, TheRateGrowsWithTheBatchAndByGroups) {
  const auto model = tiny();
  Optimizer optimizer(
      *model,
      {.lr = 0.1, .lr_batch = 8, .momentum = 0, .weight_decay = 0, .groups = {{"fc", 10}, {"fc.bias", 0}}},
      16);
  optimizer.set_factor(0.5);
  EXPECT_DOUBLE_EQ(optimizer.rate(), 0.1);
  std::vector<torch::Tensor> before;
  for (torch::Tensor& parameter : model->parameters()) {
    before.push_back(parameter.clone());
    parameter.mutable_grad() = torch::ones_like(parameter);
  }
  optimizer.step();
  const auto after = model->named_parameters();
  EXPECT_TRUE(torch::allclose(after["conv1.weight"], before[0] - 0.1));
  EXPECT_TRUE(torch::allclose(after["fc.weight"], before[before.size() - 2] - 1.0));
  EXPECT_TRUE(after["fc.bias"].equal(before.back()));
}

TEST(Optimizer, WhatComesBeforeTheFirstTrainedModuleStays) {
  const auto model = tiny();
  Optimizer optimizer(*model, {.lr = 0.1, .train_from = "fc"}, 1);
  EXPECT_THAT(optimizer.frozen(), ElementsAre("conv1.weight", "bn1.weight", "bn1.bias"));
  model->train();
  optimizer.hold_frozen_modules();
  const auto children = model->named_children();
  EXPECT_FALSE(children["bn1"]->is_training());
  EXPECT_TRUE(children["fc"]->is_training());
  const torch::Tensor frozen = model->parameters()[0].clone(), trained = model->parameters().back().clone();
  step_once(*model, optimizer);
  EXPECT_TRUE(model->parameters()[0].equal(frozen));
  EXPECT_FALSE(model->parameters().back().equal(trained));
}

TEST(Optimizer, GradientsAreClipped) {
  const auto model = tiny();
  Optimizer optimizer(*model, {.lr = 1, .momentum = 0, .weight_decay = 0, .clip_norm = 0.5}, 1);
  std::vector<torch::Tensor> before;
  for (torch::Tensor& parameter : model->parameters()) {
    before.push_back(parameter.clone());
    parameter.mutable_grad() = torch::full_like(parameter, 3);
  }
  EXPECT_GT(optimizer.step(), 3);
  double moved = 0;
  for (std::size_t i = 0; i < before.size(); ++i)
    moved += (model->parameters()[i] - before[i]).pow(2).sum().item<double>();
  EXPECT_NEAR(std::sqrt(moved), 0.5, 1e-4);
}

TEST(Optimizer, GoesOnFromItsState) {
  for (const OptimizerKind kind : {OptimizerKind::kSgd, OptimizerKind::kAdamW}) {
    const auto model = tiny(), other = tiny();
    Optimizer optimizer(*model, {.kind = kind, .lr = 0.01}, 1),
        restored(*other, {.kind = kind, .lr = 0.01}, 1);
    step_once(*model, optimizer);
    step_once(*other, restored);
    std::stringstream state;
    optimizer.save(state);
    step_once(*model, optimizer);
    Optimizer later(*other, {.kind = kind, .lr = 0.01}, 1);
    later.load(state);
    step_once(*other, later);
    for (std::size_t i = 0; i < model->parameters().size(); ++i)
      EXPECT_TRUE(model->parameters()[i].equal(other->parameters()[i]));
  }
}

TEST(Optimizer, NamesThatNoParameterHasAreRefused) {
  const auto model = tiny();
  try {
    Optimizer(*model, {.groups = {{"fcc", 2}}}, 1);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("no parameter's name begins with 'fcc'; did you mean 'fc'?"));
  }
  EXPECT_THROW(Optimizer(*model, {.train_from = "layer4"}, 1), Error);
}

TEST(MovingAverage, FollowsTheWeightsAndCopiesBuffers) {
  const auto model = tiny();
  MovingAverage average(*model, 0.9);
  const torch::Tensor before = model->parameters()[0].clone();
  const torch::NoGradGuard no_grad;
  model->parameters()[0].add_(1);
  model->buffers()[0].fill_(7);
  average.update(*model);
  EXPECT_TRUE(torch::allclose(average.average()[0].second, before + (1 - 2.0 / 11)));
  {
    const WeightsInPlace averaged(*model, average.average());
    EXPECT_TRUE(model->parameters()[0].equal(average.average()[0].second));
    EXPECT_EQ(model->buffers()[0][0].item<float>(), 7);
  }
  EXPECT_TRUE(torch::allclose(model->parameters()[0], before + 1));
}

}  // namespace
}  // namespace zoetrope::training
