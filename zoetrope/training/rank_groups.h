#pragma once
// c10d's stores and process groups of a run's ranks, and the differences between LibTorch's versions of them.
// Only sources of this folder include this.

#include <torch/torch.h>
#include <torch/csrc/distributed/c10d/ProcessGroup.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <string>

#include "zoetrope/core/launch.h"

namespace zoetrope::training {

using StorePointer = c10::intrusive_ptr<c10d::Store>;
using GroupPointer = c10::intrusive_ptr<c10d::ProcessGroup>;

/// A connection to the store of the run, at the address of the launch. `is_server`: this process keeps the
/// store. Throws Error: kUsage for a port that is taken, kFailed where nobody answers within the seconds.
[[nodiscard]] StorePointer connect_store(const Launch& launch, bool is_server, double seconds);

/// Returns when every rank has called it. Throws Error (kFailed) that says who did not within the seconds.
void wait_for_ranks(c10d::Store& store, const Launch& launch, double seconds);

/// What ranks talk by. Gradients have a group of their own: their large sums, which run beside the backward
/// pass, would hold up the small ones of norms.
class RankGroups {
 public:
  RankGroups(const StorePointer& store, const Launch& launch, torch::Device device, double step_seconds);

  GroupPointer processors;  ///< for tensors of the processor
  GroupPointer devices;     ///< for those of the computing device; may be the same
  GroupPointer gradients;

  [[nodiscard]] c10d::ProcessGroup& group_of(const torch::Tensor& tensor) {
    return tensor.is_cuda() ? *devices : *processors;
  }
};

}  // namespace zoetrope::training
