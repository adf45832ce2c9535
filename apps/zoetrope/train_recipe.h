#pragma once
// What `zoetrope train` does with one recipe, whatever it is for: its data is read, its objective made, and it is run.

#include <filesystem>
#include <string>
#include <vector>

#include "zoetrope/core/progress.h"
#include "zoetrope/training/ranks.h"
#include "zoetrope/training/run_result.h"

namespace zoetrope::cli {

struct TrainOptions {
  std::string recipe, then, output;
  std::vector<std::string> overrides;
  std::string device = "cpu";
  int workers = 0;
  int threads = 0;
  bool resume = false;
  bool force = false;
  bool json = false;
  training::RanksOptions ranks;
};

struct Trained {
  training::RunResult result;
  std::filesystem::path folder;
};

/// What the recipe is for, by its key `task`; empty for clips. Throws Error (kInput) for one that nothing trains.
[[nodiscard]] std::string task_of(const TrainOptions& options);

/// What running the recipe would throw before it reads any data: for keys that it does not know, for a folder that holds
/// a run.
void check_recipe(const TrainOptions& options);

/// Throws Error (kUsage) where the second of two recipes could take over nothing that the first one learns.
void check_transfer(const TrainOptions& first, const TrainOptions& second);

/// `ranks`: of several processes; nullptr for one. Throws Error (kUsage) for a task that trains with one alone.
[[nodiscard]] Trained run_recipe(const TrainOptions& options, ProgressMode mode, torch::Device device,
                                 training::Ranks* ranks);

}  // namespace zoetrope::cli
