#pragma once
// The order in which an epoch takes samples, and which of them are whose: index arithmetic, no files.
//
//   data::Epoch epoch({.samples = 1000, .batch_size = 32, .seed = 1, .world_size = 2, .rank = 0}, 7);
//   for (std::int64_t step = 0; step < epoch.steps(); ++step) load(epoch.batch(step));
//
// A step's samples over all ranks are a stretch of one order, which the seed and the number of the epoch
// determine, not the number of ranks: two ranks with half the batch each take the same samples in the same
// steps as one rank. Every rank has the same number of steps, and no sample is taken twice, so that shares
// may differ by one and, of a few samples, be empty.

#include <cstdint>
#include <span>
#include <vector>

namespace zoetrope::data {

struct EpochOptions {
  std::int64_t samples = 0;
  std::int64_t batch_size = 1;  ///< of all ranks together
  std::uint64_t seed = 0;
  bool shuffle = true;
  /// The last step of an epoch has fewer samples, or is left out where it is not the only one.
  bool drop_last = true;
  std::int64_t world_size = 1;
  std::int64_t rank = 0;
};

class Epoch {
 public:
  /// Throws Error (kUsage) for counts below one and a rank outside of the world.
  Epoch(const EpochOptions& options, std::int64_t number);

  [[nodiscard]] std::int64_t steps() const noexcept { return steps_; }
  /// Of this rank at that step: every world_size-th of the step's samples. May be empty.
  [[nodiscard]] std::vector<std::int64_t> batch(std::int64_t step) const;
  /// How many that are at most.
  [[nodiscard]] std::int64_t largest_share() const noexcept {
    return (options_.batch_size + options_.world_size - 1) / options_.world_size;
  }
  /// The place of this rank's `i`-th sample of a step among the step's samples of all ranks.
  [[nodiscard]] std::int64_t place(std::int64_t i) const noexcept {
    return i * options_.world_size + options_.rank;
  }
  /// All samples in order, of all ranks.
  [[nodiscard]] std::span<const std::int64_t> order() const noexcept { return order_; }

 private:
  EpochOptions options_;
  std::vector<std::int64_t> order_;
  std::int64_t steps_ = 0;
};

}  // namespace zoetrope::data
