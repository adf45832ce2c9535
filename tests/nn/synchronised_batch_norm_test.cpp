#include "zoetrope/nn/synchronised_batch_norm.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <barrier>
#include <exception>
#include <functional>
#include <mutex>
#include <numeric>
#include <thread>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/nn/batch_norm.h"

namespace zoetrope::nn {
namespace {

// Threads in place of processes.
struct Meeting {
  explicit Meeting(int size) : size(size), barrier(size) {}
  int size;
  std::barrier<> barrier;
  std::mutex mutex;
  torch::Tensor total;
};

class ThreadRank : public JointBatch {
 public:
  ThreadRank(Meeting& meeting, int rank, bool has_share)
      : meeting_(meeting), rank_(rank), has_share_(has_share) {}
  [[nodiscard]] int rank() const override { return rank_; }
  [[nodiscard]] int size() const override { return meeting_.size; }
  [[nodiscard]] bool has_share() const override { return has_share_; }
  void sum(torch::Tensor& tensor) override {
    {
      const std::lock_guard lock(meeting_.mutex);
      meeting_.total = meeting_.total.defined() ? meeting_.total + tensor : tensor.clone();
    }
    meeting_.barrier.arrive_and_wait();
    tensor.copy_(meeting_.total);
    meeting_.barrier.arrive_and_wait();
    if (rank_ == 0) meeting_.total = torch::Tensor();
    meeting_.barrier.arrive_and_wait();
  }

 private:
  Meeting& meeting_;
  int rank_;
  bool has_share_;
};

// Each rank's own norm, input and gradients.
struct Share {
  BatchNorm3d norm{nullptr};
  torch::Tensor input, output;
};

torch::nn::BatchNormOptions norm_options(bool affine, bool cumulative) {
  auto options = torch::nn::BatchNormOptions(5).eps(1e-3).momentum(0.3).affine(affine);
  if (cumulative) options.momentum(c10::nullopt);
  return options;
}

BatchNorm3d new_norm(torch::Dtype dtype, bool affine, bool cumulative) {
  torch::manual_seed(2);
  BatchNorm3d norm(norm_options(affine, cumulative));
  norm->to(dtype);
  const torch::NoGradGuard no_grad;
  if (affine) {
    norm->weight.uniform_(0.5, 1.5);
    norm->bias.uniform_(-1, 1);
  }
  return norm;
}

// A loss that no symmetry of normalised values makes vanish.
torch::Tensor loss_of(const torch::Tensor& output) {
  return (output.pow(3) + output.sin() * torch::arange(output.size(4), output.options())).sum();
}

// Trains one step on shares of these sizes, 0 a rank without one, and compares it with one process.
void expect_as_one(const std::vector<std::int64_t>& sizes, torch::Dtype dtype, double tolerance,
                   bool affine = true, bool cumulative = false) {
  torch::manual_seed(1);
  const std::int64_t count = std::accumulate(sizes.begin(), sizes.end(), std::int64_t{0});
  const torch::Tensor all = torch::randn({count, 5, 2, 3, 4}, dtype) * 3 + 7;
  BatchNorm3d whole = new_norm(dtype, affine, cumulative);
  const torch::Tensor input = all.clone().requires_grad_();
  const torch::Tensor output = whole(input);
  loss_of(output).backward();

  Meeting meeting(static_cast<int>(sizes.size()));
  std::vector<Share> shares(sizes.size());
  std::vector<std::thread> threads;
  std::int64_t first = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const std::int64_t rows = sizes[i];
    shares[i].norm = new_norm(dtype, affine, cumulative);
    shares[i].input = (rows > 0 ? all.slice(0, first, first + rows) : torch::zeros_like(all.slice(0, 0, 1)))
                          .clone()
                          .requires_grad_();
    threads.emplace_back([&, i, rows] {
      ThreadRank rank(meeting, static_cast<int>(i), rows > 0);
      const JointBatchScope scope(&rank);
      shares[i].output = shares[i].norm(shares[i].input);
      (loss_of(shares[i].output) * (rows > 0 ? 1 : 0)).backward();
    });
    first += rows;
  }
  for (std::thread& thread : threads) thread.join();

  const auto close = [&](const torch::Tensor& a, const torch::Tensor& b) {
    return torch::allclose(a, b, tolerance, tolerance);
  };
  torch::Tensor weight = torch::zeros({5}, dtype), bias = torch::zeros({5}, dtype);
  first = 0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const Share& share = shares[i];
    EXPECT_TRUE(share.norm->running_mean.equal(shares[0].norm->running_mean)) << "the same bits everywhere";
    EXPECT_TRUE(close(share.norm->running_mean, whole->running_mean));
    EXPECT_TRUE(close(share.norm->running_var, whole->running_var));
    if (affine) {
      weight += share.norm->weight.grad();
      bias += share.norm->bias.grad();
    }
    const std::int64_t last = first + sizes[i];
    if (sizes[i] > 0) {
      EXPECT_TRUE(close(share.output, output.slice(0, first, last)));
      EXPECT_TRUE(close(share.input.grad(), input.grad().slice(0, first, last)));
    } else {
      EXPECT_EQ(share.input.grad().abs().max().item<double>(), 0) << "what stands in is no sample";
    }
    first = last;
  }
  if (!affine) return;
  EXPECT_TRUE(close(weight, whole->weight.grad()));
  EXPECT_TRUE(close(bias, whole->bias.grad()));
}

TEST(SynchronisedBatchNorm, IsThatOfOneProcess) {
  expect_as_one({3, 3}, torch::kDouble, 1e-11);
  expect_as_one({2, 2, 2, 2}, torch::kDouble, 1e-11);
  expect_as_one({4, 4}, torch::kFloat, 2e-4);
}

TEST(SynchronisedBatchNorm, SharesMayDifferAndBeEmpty) {
  expect_as_one({1, 4, 2}, torch::kDouble, 1e-11);
  expect_as_one({3, 0}, torch::kDouble, 1e-11);
  expect_as_one({0, 0, 2}, torch::kDouble, 1e-11);
}

TEST(SynchronisedBatchNorm, WeightsAndMomentumAreOptional) {
  expect_as_one({2, 3}, torch::kDouble, 1e-11, /*affine=*/false);
  expect_as_one({2, 3}, torch::kDouble, 1e-11, /*affine=*/true, /*cumulative=*/true);
}

TEST(SynchronisedBatchNorm, GradientsAreThoseOfFiniteDifferences) {
  Meeting meeting(1);
  ThreadRank rank(meeting, 0, true);
  BatchNorm3d norm = new_norm(torch::kDouble, true, false);
  const JointBatchScope scope(&rank);
  torch::manual_seed(3);
  torch::Tensor input = torch::randn({2, 5, 1, 2, 2}, torch::kDouble).requires_grad_();
  loss_of(norm(input)).backward();
  constexpr double kStep = 1e-6;
  for (const std::int64_t at : {0, 7, 21, 39}) {
    const auto moved = [&](double by) {
      torch::Tensor other = input.detach().clone();
      other.view(-1)[at] += by;
      return loss_of(norm(other)).item<double>();
    };
    const double slope = (moved(kStep) - moved(-kStep)) / (2 * kStep);
    EXPECT_NEAR(input.grad().view(-1)[at].item<double>(), slope, 1e-6 * std::max(1.0, std::abs(slope)));
  }
}

TEST(SynchronisedBatchNorm, OneValueInAllIsRefused) {
  Meeting meeting(1);
  ThreadRank rank(meeting, 0, true);
  BatchNorm3d norm = new_norm(torch::kFloat, true, false);
  const JointBatchScope scope(&rank);
  try {
    (void)norm(torch::zeros({1, 5, 1, 1, 1}));
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), testing::HasSubstr("sees one value of each in training"));
  }
  norm->eval();
  EXPECT_NO_THROW((void)norm(torch::zeros({1, 5, 1, 1, 1})));
}

}  // namespace
}  // namespace zoetrope::nn
