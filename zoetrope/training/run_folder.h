#pragma once
// A run's folder as both trainers open it, anew or to go on: recipe.toml, checkpoint/ and the logs.

#include <cstdint>
#include <filesystem>
#include <memory>

#include "zoetrope/training/checkpoint.h"
#include "zoetrope/training/run_log.h"
#include "zoetrope/training/run_options.h"

namespace zoetrope::training {

struct OpenedRun {
  RunPosition position;
  std::unique_ptr<RunLog> log;
};

/// With `resume`, `state` is filled from the checkpoint where there is one. Throws Error (kUsage) for a folder that
/// holds a run which is not to be resumed, and for one whose recipe was another. `epochs` is where the run ends.
[[nodiscard]] OpenedRun open_run(const std::filesystem::path& folder, const RecipeText& recipe, bool resume,
                                 const RunState& state, double epochs);

[[nodiscard]] std::filesystem::path checkpoint_of(const std::filesystem::path& folder);

/// Throws Error (kUsage) where the folder holds a run.
void refuse_held_folder(const std::filesystem::path& folder);

/// Whether the best epoch lies `early_stop` epochs back (0: never).
[[nodiscard]] bool stops_early(const RunPosition& position, std::int64_t early_stop);

}  // namespace zoetrope::training
