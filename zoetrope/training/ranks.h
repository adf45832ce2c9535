#pragma once
// The processes that train one model together, its ranks: how they find one another, talk, and notice that
// one is gone. LibTorch's c10d does the talking: Gloo, and NCCL between GPUs where LibTorch has it.
//
//   const Launch launch = launch_of(this_environment());                // core/launch.h
//   training::Ranks ranks(launch, {.join_seconds = 30});                // returns when all are there
//   ranks.sum(tensor);                                                  // all call it; all have the sum
//   ranks.first_does([&] { write_file(...); });                         // all know whether it failed
//
// All ranks call the same functions in the same order. A rank that died is noticed by its closed connections
// at once, or, where its machine fell silent or it hangs, by its missing signs of life after
// `silent_seconds`: every other rank then throws Error (kFailed) that names it. A rank that is stuck in a
// talk which cannot end ends its process with that line and exit code 1.

#include <torch/torch.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/core/launch.h"
#include "zoetrope/nn/synchronised_batch_norm.h"

namespace zoetrope::training {

class RankGroups;
class RankWatch;

struct RanksOptions {
  double join_seconds = 30;            ///< for all ranks to come
  double silent_seconds = 20;          ///< without a sign of life from a rank, after which it is lost
  double step_seconds = 1800;          ///< for the others to reach the same place, while they live
  torch::Device device = torch::kCPU;  ///< that computes; CUDA needs NCCL
};

/// "Gloo", "Gloo, NCCL", or empty: what this build talks by.
[[nodiscard]] std::string rank_backends();

/// Throws Error (kUsage) where the launch is of more than one process and this build cannot train with
/// several, or not with several GPUs.
void check_ranks(const Launch& launch, const torch::Device& device);

class Ranks : public nn::JointBatch {
 public:
  /// Throws Error: kUsage as check_ranks and where the port is taken; kFailed that says which ranks did not
  /// come.
  explicit Ranks(Launch launch, RanksOptions options = {});
  ~Ranks() override;

  [[nodiscard]] int rank() const override { return launch_.rank; }
  [[nodiscard]] int size() const override { return launch_.world_size; }
  [[nodiscard]] bool is_first() const { return launch_.rank == 0; }

  // ---- Talk: all ranks call, in the same order. Each throws Error (kFailed) once a rank is lost.

  /// Of tensors of any device and kind that c10d adds; `tensor` is contiguous.
  void sum(torch::Tensor& tensor) override;
  /// Rank 0's replaces all others', of the same shape and kind.
  void broadcast(torch::Tensor& tensor);
  [[nodiscard]] std::string broadcast(std::string bytes);
  /// Each rank's, by rank.
  [[nodiscard]] std::vector<std::string> gather(const std::string& bytes);
  /// Rank 0 does it, the others wait. Where it throws Error, all ranks throw that.
  void first_does(const std::function<void()>& work);
  /// Throws Error (kUsage) at all ranks where they do not have the same; `what` is "the recipe".
  void check_same(const std::string& what, const std::string& bytes);
  /// The signal that any rank has had, at all of them; or 0.
  [[nodiscard]] int agree_on_signal();
  /// Work within which others talk (a backward pass): what fails in it, failed by a lost rank.
  void talk(const std::function<void()>& work);

  // ---- Alone.

  /// Whether this rank has a part in what is computed (synchronised_batch_norm.h).
  [[nodiscard]] bool has_share() const override { return has_share_; }
  void set_share(bool has_share) noexcept { has_share_ = has_share; }
  /// Of what all ranks throw at the same place: one word of it is enough, rank 0's.
  [[nodiscard]] Error agreed(Error error);
  /// The end by an error: tells the others why this rank leaves, prints the line unless rank 0 does, and
  /// returns the exit code.
  [[nodiscard]] int leave(const Error& error);

  /// For gradients: GradientBuckets.
  [[nodiscard]] RankGroups& groups() noexcept { return *groups_; }

 private:
  [[nodiscard]] Error lost(const std::string& reason);

  Launch launch_;
  RanksOptions options_;
  std::unique_ptr<RankGroups> groups_;
  std::unique_ptr<RankWatch> watch_;
  bool has_share_ = true;
  bool failed_ = false;  // then nothing is taken down: it could wait for those who are gone
  bool agreed_ = false;
};

}  // namespace zoetrope::training
