#include "zoetrope/training/run_folder.h"

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/log.h"

namespace zoetrope::training {

namespace fs = std::filesystem;

fs::path checkpoint_of(const fs::path& folder) {
  return folder / "checkpoint";
}

OpenedRun open_run(const fs::path& folder, const RecipeText& recipe, bool resume, const RunState& state) {
  const fs::path checkpoint = checkpoint_of(folder);
  if (fs::exists(checkpoint) && !resume) {
    throw Error::usage("{}: holds a run; --resume goes on with it, --force begins anew", folder.string());
  }
  fs::create_directories(folder);
  OpenedRun run;
  if (const auto position = resume ? load_checkpoint(checkpoint, state) : std::nullopt) {
    if (position->recipe != recipe.hash) {
      throw Error::usage("{}: the recipe is not that of the run; compare it with {}", folder.string(),
                         (folder / "recipe.toml").string());
    }
    run.position = *position;
    log_info("goes on at epoch {}, step {}", position->epoch + 1, position->step + 1);
  }
  run.position.recipe = recipe.hash;
  write_file_atomically(folder / "recipe.toml", recipe.toml);
  run.log = std::make_unique<RunLog>(folder, run.position.total_steps, run.position.epoch);
  return run;
}

bool stops_early(const RunPosition& position, std::int64_t early_stop) {
  const std::int64_t since_best = position.epoch - 1 - position.best_epoch;
  return early_stop > 0 && position.best_epoch >= 0 && since_best >= early_stop;
}

}  // namespace zoetrope::training
