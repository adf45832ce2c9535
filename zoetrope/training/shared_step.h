#pragma once
// One step that several ranks share: which samples are whose, how many there are in all, and the weights by
// which the ranks' losses add up to the loss of the whole batch. With one process, everything is its own.

#include <torch/torch.h>

#include <cstdint>
#include <utility>
#include <vector>

#include "zoetrope/data/loader.h"
#include "zoetrope/data/mixing.h"
#include "zoetrope/training/ranks.h"

namespace zoetrope::training {

/// What every rank knows of a step. A row is a sample's place in the batch of all ranks without the broken
/// samples, which is the batch that one process would have.
struct SharedStep {
  std::int64_t count = 0;                 ///< rows
  std::vector<std::int64_t> rows = {};    ///< of this rank's samples, ascending
  std::vector<torch::Tensor> known = {};  ///< for each label set, bool [count]
  std::int64_t broken_in_epoch = 0;       ///< of all ranks

  /// Which of this rank's samples, [first, last), are in the rows [begin, end).
  [[nodiscard]] std::pair<std::int64_t, std::int64_t> share_of(std::int64_t begin, std::int64_t end) const;
  /// For each label set, how many of the rows [begin, end) are labelled for it.
  [[nodiscard]] std::vector<double> labelled(std::int64_t begin, std::int64_t end) const;
};

/// `ranks`: nullptr for one process. `batch_size` is that of all ranks.
[[nodiscard]] SharedStep share_step(Ranks* ranks, const data::Batch& batch, std::int64_t batch_size,
                                    std::int64_t broken_in_epoch);

/// The tensor of all rows, [count, ...], at all ranks, of each rank's own, [rows, ...].
[[nodiscard]] torch::Tensor gather_rows(Ranks& ranks, const SharedStep& step, const torch::Tensor& own);

/// The partners of this rank's samples by a plan of all rows, as the loader made them: clips, targets and
/// known. Also brings `step.known` to what it is after mixing.
[[nodiscard]] data::MixedSamples gather_partners(Ranks& ranks, SharedStep& step, const data::MixingPlan& plan,
                                                 const data::Batch& batch);

}  // namespace zoetrope::training
