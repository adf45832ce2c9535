#pragma once
// Gradients that are added up over the ranks while the backward pass still runs: c10d's Reducer, which sums
// them in buckets as they become ready (Li et al., PyTorch Distributed, VLDB 2020).
//
//   training::GradientBuckets buckets(ranks, parameters);
//   for (each part of a step but the last) loss.backward();          // adds to the gradients of this rank
//   buckets.prepare(loss);                                           // before the last
//   loss.backward();                                                 // now gradients are those of all ranks
//
// A rank's losses are to be its part of the whole batch's loss; what comes out is the gradient of the sum.

#include <torch/torch.h>

#include <memory>
#include <vector>

#include "zoetrope/training/ranks.h"

namespace zoetrope::training {

class GradientBuckets {
 public:
  /// Parameters that require gradients, the same at all ranks, which outlive this.
  GradientBuckets(Ranks& ranks, std::vector<torch::Tensor> parameters);
  ~GradientBuckets();

  void prepare(const torch::Tensor& loss);
  /// What a loss is multiplied by before its backward pass: the Reducer gives means over ranks.
  [[nodiscard]] double factor() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace zoetrope::training
