#include "zoetrope/training/run_folder.h"

#include <fmt/ranges.h>

#include <string>
#include <vector>

#include "zoetrope/core/config_value.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/log.h"

namespace zoetrope::training {

namespace fs = std::filesystem;

namespace {

// Before weights are looked at, which another recipe's need not fit.
void check_same_recipe(const fs::path& folder, const RecipeText& recipe) {
  const fs::path kept = folder / "recipe.toml";
  if (!fs::exists(kept)) return;
  const ConfigValue recipe_now = parse_toml(recipe.toml, "recipe"), before = read_toml(kept);
  ConfigTable now = std::get<ConfigTable>(recipe_now.data);
  // What a run may change.
  std::erase_if(
      now, [](const ConfigEntry& entry) { return entry.key == "name" || entry.key == "checkpoint_minutes"; });
  const std::vector<std::string> found = differences(now, std::get<ConfigTable>(before.data), "the run's");
  if (found.empty()) return;
  throw Error::usage("{}: the recipe is not that of the run: {}", folder.string(), fmt::join(found, ", "));
}

}  // namespace

fs::path checkpoint_of(const fs::path& folder) {
  return folder / "checkpoint";
}

void refuse_held_folder(const fs::path& folder) {
  if (fs::exists(checkpoint_of(folder)))
    throw Error::usage("{}: holds a run; --resume goes on with it, --force begins anew", folder.string());
}

OpenedRun open_run(const fs::path& folder, const RecipeText& recipe, bool resume, const RunState& state,
                   double epochs) {
  const fs::path checkpoint = checkpoint_of(folder);
  if (!resume) refuse_held_folder(folder);
  fs::create_directories(folder);
  if (resume && fs::exists(checkpoint)) check_same_recipe(folder, recipe);
  OpenedRun run;
  if (const auto position = resume ? load_checkpoint(checkpoint, state) : std::nullopt) {
    if (position->recipe != recipe.hash) {
      throw Error::usage("{}: the recipe is not that of the run; compare it with {}", folder.string(),
                         (folder / "recipe.toml").string());
    }
    run.position = *position;
    if (static_cast<double>(position->epoch) >= epochs) {
      log_info("{}: all {} epochs are done; init={} would begin a new run with its weights", folder.string(),
               position->epoch, (folder / "last").string());
    } else {
      log_info("goes on at epoch {}, step {}", position->epoch + 1, position->step + 1);
    }
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
