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

// The keys that are other in two recipes, as "optimizer.lr (0.5, the run's is 0.1)"; what a run may change is left out.
void add_differences(const ConfigTable& now, const ConfigTable& before, const std::string& prefix,
                     std::vector<std::string>& found) {
  for (const ConfigEntry& entry : now) {
    if (prefix.empty() && (entry.key == "name" || entry.key == "checkpoint_minutes")) continue;
    const ConfigValue* old = find_key(before, entry.key);
    const auto* table = std::get_if<ConfigTable>(&entry.value.data);
    const auto* old_table = old ? std::get_if<ConfigTable>(&old->data) : nullptr;
    if (table && old_table) {
      add_differences(*table, *old_table, prefix + entry.key + ".", found);
      continue;
    }
    const std::string value = to_inline_toml(entry.value),
                      old_value = old ? to_inline_toml(*old) : "not there";
    if (value != old_value)
      found.push_back(fmt::format("{}{} ({}, the run's is {})", prefix, entry.key, value, old_value));
  }
}

[[noreturn]] void refuse_other_recipe(const fs::path& folder, const RecipeText& recipe) {
  const fs::path kept = folder / "recipe.toml";
  std::vector<std::string> differences;
  if (fs::exists(kept)) {
    const ConfigValue now = parse_toml(recipe.toml, "recipe"), before = read_toml(kept);
    add_differences(std::get<ConfigTable>(now.data), std::get<ConfigTable>(before.data), "", differences);
  }
  throw Error::usage("{}: the recipe is not that of the run: {}", folder.string(),
                     differences.empty() ? "compare it with " + kept.string()
                                         : fmt::format("{}", fmt::join(differences, ", ")));
}

}  // namespace

fs::path checkpoint_of(const fs::path& folder) {
  return folder / "checkpoint";
}

OpenedRun open_run(const fs::path& folder, const RecipeText& recipe, bool resume, const RunState& state,
                   double epochs) {
  const fs::path checkpoint = checkpoint_of(folder);
  if (fs::exists(checkpoint) && !resume) {
    throw Error::usage("{}: holds a run; --resume goes on with it, --force begins anew", folder.string());
  }
  fs::create_directories(folder);
  OpenedRun run;
  if (const auto position = resume ? load_checkpoint(checkpoint, state) : std::nullopt) {
    if (position->recipe != recipe.hash) refuse_other_recipe(folder, recipe);
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
