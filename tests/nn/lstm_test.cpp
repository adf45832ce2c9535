#include "zoetrope/nn/lstm.h"

#include <gtest/gtest.h>

namespace zoetrope::nn {
namespace {

// The sum of all outputs, each with a weight of its own, so that every path has a gradient.
torch::Tensor weighed(const LstmOutput& output) {
  torch::Tensor sum = torch::zeros({}, output.sequence.options());
  for (const torch::Tensor& each : {output.sequence, output.hidden, output.cell})
    sum = sum + (each * torch::linspace(0.5, 2, each.numel(), each.options()).view_as(each)).sum();
  return sum;
}

LstmOutput by_libtorch(torch::nn::LSTM& lstm, const torch::Tensor& sequence, const torch::Tensor& hidden,
                       const torch::Tensor& cell) {
  const auto [output, last] =
      lstm->forward(sequence.unsqueeze(0), std::make_tuple(hidden.unsqueeze(1), cell.unsqueeze(1)));
  return {output[0], std::get<0>(last).squeeze(1), std::get<1>(last).squeeze(1)};
}

void expect_same(bool bidirectional, std::int64_t steps) {
  torch::manual_seed(5);
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(3, 4).batch_first(true).bidirectional(bidirectional));
  lstm->to(torch::kDouble);
  const auto leaf = [](std::vector<std::int64_t> shape) {
    return torch::randn(shape, torch::kDouble).set_requires_grad(true);
  };
  const std::int64_t directions = bidirectional ? 2 : 1;
  std::vector<torch::Tensor> inputs = {leaf({steps, 3}), leaf({directions, 4}), leaf({directions, 4})};
  const LstmOutput ours = run_lstm(lstm, inputs[0], inputs[1], inputs[2]);
  const LstmOutput theirs = by_libtorch(lstm, inputs[0], inputs[1], inputs[2]);
  EXPECT_TRUE(torch::allclose(ours.sequence, theirs.sequence, 1e-12, 1e-12));
  EXPECT_TRUE(torch::allclose(ours.hidden, theirs.hidden, 1e-12, 1e-12));
  EXPECT_TRUE(torch::allclose(ours.cell, theirs.cell, 1e-12, 1e-12));
  for (const torch::Tensor& weight : lstm->parameters()) inputs.push_back(weight);
  const auto our_gradients = torch::autograd::grad({weighed(ours)}, inputs);
  const auto their_gradients = torch::autograd::grad({weighed(theirs)}, inputs);
  for (std::size_t i = 0; i < inputs.size(); ++i)
    EXPECT_TRUE(torch::allclose(our_gradients[i], their_gradients[i], 1e-10, 1e-12)) << "input " << i;
}

TEST(Lstm, IsLibTorchsInValueAndGradient) {
  expect_same(false, 7);
  expect_same(true, 7);
}

TEST(Lstm, TakesASingleStep) {
  expect_same(false, 1);
  expect_same(true, 1);
}

TEST(Lstm, BeginsWithZerosAndGoesOnFromAState) {
  torch::manual_seed(6);
  torch::nn::LSTM lstm(torch::nn::LSTMOptions(3, 4));
  const torch::Tensor sequence = torch::randn({6, 3});
  const LstmOutput whole = run_lstm(lstm, sequence), half = run_lstm(lstm, sequence.slice(0, 0, 3));
  const LstmOutput rest = run_lstm(lstm, sequence.slice(0, 3), half.hidden, half.cell);
  EXPECT_TRUE(torch::allclose(whole.sequence, torch::cat({half.sequence, rest.sequence}), 1e-5, 1e-6));
  EXPECT_TRUE(torch::allclose(whole.cell, rest.cell, 1e-5, 1e-6));
}

}  // namespace
}  // namespace zoetrope::nn
