#pragma once
// Batches of clips for training, made by threads of their own while the caller computes.
//
//   data::Loader loader(dataset, data::training_source(dataset, {...}), {.batch_size = 16, .seed = 1});
//   loader.start(epoch);                                     // or start(epoch, 12): from its 12th step on
//   while (std::optional<data::Batch> batch = loader.next()) step(*batch);
//
// What a batch holds depends on the seed, the epoch, the step and the samples alone, not on the number of
// workers, nor, over all ranks together, on the number of ranks. Memory is bounded: a few batches ahead, in
// buffers that are used again once the caller lets go of them.
//
// A sample that cannot be read is left out of its batch and counted, never replaced by another. Once more
// than `max_broken` of an epoch's samples were, `next` throws Error (kFailed) that names the last. Of several
// ranks none knows the others' count: they add up and ask check_broken.

#include <torch/torch.h>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/core/random.h"
#include "zoetrope/core/thread_pool.h"
#include "zoetrope/data/dataset.h"
#include "zoetrope/data/epoch.h"

namespace zoetrope::data {

/// What a source makes of a sample.
struct LoadedSample {
  torch::Tensor clip;  ///< of the loader's shape
  /// Labels in place of the sample's own, where the clip changed them (a mirror); one for each label set.
  std::optional<std::vector<std::optional<std::vector<std::int64_t>>>> labels = {};
};

/// Makes one sample; called from several threads at once. The generator is keyed by seed, epoch and sample.
/// Throws Error (kInput) for a file that cannot be read.
using SampleSource = std::function<LoadedSample(const Sample& sample, RandomGenerator& random)>;

struct LoaderOptions {
  /// Of a clip: [3, T, H, W]. Empty: each sample has its own, and a batch has `parts`, in no buffers.
  std::vector<std::int64_t> shape = {};
  torch::Dtype dtype = torch::kUInt8;
  std::int64_t batch_size = 8;  ///< of all ranks together
  int workers = 0;              ///< threads; 0: one a core
  std::int64_t ahead = 2;       ///< batches that are being made while the caller works on one
  std::uint64_t seed = 0;
  bool shuffle = true;
  bool drop_last = true;
  double max_broken = 0.05;  ///< share of an epoch's samples; several ranks count together: check_broken
  bool pinned = false;       ///< buffers from which a GPU copies without waiting
  std::int64_t world_size = 1;
  std::int64_t rank = 0;
};

struct Batch {
  torch::Tensor clips;                 ///< [N, ...]; undefined where the loader has no shape
  std::vector<torch::Tensor> targets;  ///< for each label set, float32 [N, classes]: 1 where a label holds
  std::vector<torch::Tensor> known;  ///< for each label set, bool [N]: whether the sample is labelled for it
  std::vector<std::int64_t> samples = {};  ///< N indices into the data set
  std::vector<std::int64_t> places = {};   ///< theirs among the step's samples of all ranks, ascending
  std::int64_t step = 0;                   ///< in the epoch
  std::vector<torch::Tensor> parts = {};   ///< N tensors, where the loader has no shape
};

struct BrokenSample {
  std::int64_t sample = 0;
  std::string reason;
};

/// Throws Error (kFailed) where more than the share `allowed` of the samples is broken; `last` is the last
/// reason.
void check_broken(std::int64_t broken, std::int64_t samples, double allowed, const std::string& last);

class Loader {
 public:
  /// Keeps references to the data set. Throws Error (kUsage) for an empty data set or wrong options.
  Loader(const Dataset& dataset, SampleSource source, LoaderOptions options);

  /// Begins an epoch at one of its steps; what was ahead is dropped.
  void start(std::int64_t epoch, std::int64_t first_step = 0);
  /// The next step's batch, or nullopt at the epoch's end. A batch whose samples are all broken is empty.
  [[nodiscard]] std::optional<Batch> next();

  [[nodiscard]] std::int64_t steps() const;
  /// Of the epochs so far.
  [[nodiscard]] const std::vector<BrokenSample>& broken() const noexcept { return broken_; }
  [[nodiscard]] std::int64_t broken_in_epoch() const noexcept { return broken_in_epoch_; }
  /// Seconds that `next` has waited for workers, in all.
  [[nodiscard]] double seconds_waited() const noexcept { return waited_; }

 private:
  struct Pending {
    std::int64_t step = 0;
    torch::Tensor clips;
    std::vector<std::int64_t> samples;
    std::vector<std::future<LoadedSample>> made;
  };
  void submit();
  [[nodiscard]] torch::Tensor free_buffer();
  void note_broken(std::int64_t sample, const std::string& reason);
  void set_targets(Batch& batch, const std::vector<LoadedSample>& made) const;

  const Dataset& dataset_;
  SampleSource source_;
  LoaderOptions options_;
  std::optional<Epoch> epoch_;
  std::int64_t number_ = 0;
  std::int64_t next_step_ = 0;
  std::int64_t broken_in_epoch_ = 0;
  std::vector<BrokenSample> broken_;
  std::vector<torch::Tensor> buffers_;
  double waited_ = 0;
  std::deque<Pending> pending_;
  ThreadPool pool_;  // after what its tasks write to: joined first
};

}  // namespace zoetrope::data
