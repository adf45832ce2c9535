// CDFL's loss against the sum over every path, each written out; its gradient against differences in float64.
#include "zoetrope/nn/cdfl_loss.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <vector>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

using Numbers = std::vector<std::int64_t>;

// [T, C] log-probabilities.
torch::Tensor draw_log_probabilities(std::int64_t frames, std::int64_t classes) {
  return (2 * torch::randn({frames, classes}, torch::kFloat64)).log_softmax(1);
}

struct Sums {
  double valid = 0, invalid = 0;  // of exp(-energy)
};

// Walks over all boundaries (one list a segment's end) and, of invalid paths, over all labels.
Sums try_all_paths(const torch::Tensor& log_probabilities, const Numbers& transcript,
                   const std::vector<Numbers>& ends) {
  const auto at = log_probabilities.accessor<double, 2>();
  const auto energy = [&](std::int64_t label, std::int64_t from, std::int64_t to) {
    double sum = 0;
    for (std::int64_t t = from; t < to; ++t) sum -= at[t][label];
    return sum;
  };
  Sums sums;
  const std::function<void(std::size_t, std::int64_t, double, double)> walk =
      [&](std::size_t m, std::int64_t from, double valid, double invalid) {
        if (m == transcript.size()) {
          sums.valid += valid;
          sums.invalid += invalid;
          return;
        }
        for (const std::int64_t to : ends[m]) {
          if (to <= from) continue;
          const double own = energy(transcript[m], from, to);
          double labels = 0;
          for (std::int64_t c = 0; c < log_probabilities.size(1); ++c) {
            const double other = energy(c, from, to);
            labels += other < own ? std::exp(-other) : 1;
          }
          walk(m + 1, to, valid * std::exp(-own), invalid * labels);
        }
      };
  walk(0, 0, 1, 1);
  return sums;
}

TEST(CdflLoss, IsTheSumOverAllPaths) {
  torch::manual_seed(2);
  const Numbers transcript = {1, 0, 1, 2}, lengths = {4, 3, 2, 3};
  for (int i = 0; i < 5; ++i) {
    const torch::Tensor scores = draw_log_probabilities(12, 4);
    const Sums sums = try_all_paths(scores, transcript, {{2, 4, 6}, {5, 7, 9}, {7, 9, 11}, {12}});
    const CdflLosses losses = cdfl_losses(scores, transcript, lengths, {.window = 4, .step = 2});
    EXPECT_NEAR(losses.valid.item<double>(), -std::log(sums.valid), 1e-10);
    EXPECT_NEAR(losses.invalid.item<double>(), -std::log(sums.invalid), 1e-10);
    EXPECT_NEAR(losses.total.item<double>(), std::log(sums.invalid / sums.valid), 1e-10);
  }
}

TEST(CdflLoss, CandidatesStayWithinTheVideoAndHoldTheBoundary) {
  torch::manual_seed(3);
  const torch::Tensor scores = draw_log_probabilities(6, 3);
  const Numbers transcript = {2, 0, 1}, lengths = {1, 1, 4};
  // A window that its step does not halve: 1 - 3 .. 1 + 3 by 2 are -2, 0, 2, 4, and 1 itself; 0 is before a
  // start.
  const Sums sums = try_all_paths(scores, transcript, {{1, 2, 4}, {2, 3, 5}, {6}});
  EXPECT_NEAR(cdfl_losses(scores, transcript, lengths, {.window = 6, .step = 2}).valid.item<double>(),
              -std::log(sums.valid), 1e-10);
  const Sums one = try_all_paths(scores, {2}, {{6}});
  EXPECT_NEAR(cdfl_losses(scores, Numbers{2}, Numbers{6}).total.item<double>(),
              std::log(one.invalid / one.valid), 1e-10);
}

TEST(CdflLoss, ItsGradientIsThatOfDifferences) {
  constexpr double kStep = 1e-6;
  torch::manual_seed(4);
  const Numbers transcript = {1, 2, 0}, lengths = {3, 4, 3};
  const torch::Tensor logits = torch::randn({10, 3}, torch::kFloat64);
  const auto loss = [&](const torch::Tensor& x) {
    return cdfl_losses(x.log_softmax(1), transcript, lengths, {.window = 4, .step = 1}).total;
  };
  const torch::Tensor x = logits.clone().requires_grad_();
  const torch::Tensor gradient = torch::autograd::grad({loss(x)}, {x})[0];
  EXPECT_TRUE(torch::isfinite(gradient).all().item<bool>());
  for (std::int64_t i = 0; i < logits.numel(); ++i) {
    torch::Tensor more = logits.clone(), less = logits.clone();
    more.view({-1})[i] += kStep;
    less.view({-1})[i] -= kStep;
    const double difference = (loss(more) - loss(less)).item<double>() / (2 * kStep);
    EXPECT_NEAR(gradient.view({-1})[i].item<double>(), difference, 1e-6);
  }
}

TEST(CdflLoss, RefusesAnAlignmentThatDoesNotFit) {
  const torch::Tensor scores = draw_log_probabilities(6, 3);
  EXPECT_THROW(static_cast<void>(cdfl_losses(scores, Numbers{0, 1}, Numbers{3, 4})), Error);
  EXPECT_THROW(static_cast<void>(cdfl_losses(scores, Numbers{0, 3}, Numbers{3, 3})), Error);
  EXPECT_THROW(static_cast<void>(cdfl_losses(scores, Numbers{}, Numbers{})), Error);
}

}  // namespace
}  // namespace zoetrope::nn
