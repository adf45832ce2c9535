#pragma once
// The whole state of a run between two steps, as a folder that is replaced in one step of the file system: a process
// that is killed at any moment leaves the old checkpoint or the new one.
//
//   state.json           where the run is: epoch, step, best metric, schedule (and the format's version)
//   model.safetensors    the weights; average.safetensors their moving average, where there is one
//   optimizer.pt         momenta, as LibTorch writes them
//   objective.safetensors  what is learned beside the weights, where there is something
//   generator.safetensors  LibTorch's own generator (dropout)

#include <cstdint>
#include <filesystem>
#include <optional>

#include "zoetrope/models/model.h"
#include "zoetrope/training/moving_average.h"
#include "zoetrope/training/optimizer.h"
#include "zoetrope/training/schedule.h"

namespace zoetrope::training {

class Objective;
class Ranks;

/// Where a run is; the next step to take is `step` of `epoch`.
struct RunPosition {
  std::int64_t epoch = 0;
  std::int64_t step = 0;         ///< within the epoch
  std::int64_t total_steps = 0;  ///< since the start
  double best = 0;               ///< the best epoch's metric
  std::int64_t best_epoch = -1;  ///< -1: none yet
  double loss_sum = 0;           ///< of the epoch so far
  std::string recipe = {};       ///< hash of what must not change between parts of a run
};

/// What a checkpoint keeps and gives back; all but `average` and `objective` are there.
struct RunState {
  models::Model& model;
  Optimizer& optimizer;
  Schedule& schedule;
  MovingAverage* average = nullptr;
  Objective* objective = nullptr;  ///< with what it has learned beside the weights
};

/// Throws Error (kFailed) where the disk refuses; an older checkpoint is still there then.
void save_checkpoint(const std::filesystem::path& folder, const RunPosition& progress, const RunState& state);

/// Fills the state from a checkpoint; nullopt where there is none. Throws Error (kModel) for a checkpoint of another
/// run: other names or shapes, another version, a moving average too much or too little.
[[nodiscard]] std::optional<RunPosition> load_checkpoint(const std::filesystem::path& folder,
                                                         const RunState& state);

/// Rank 0's state becomes that of all ranks, but for LibTorch's generator, which is each rank's own.
void share_state(Ranks& ranks, RunPosition& progress, const RunState& state);

}  // namespace zoetrope::training
