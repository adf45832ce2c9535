#pragma once
// What every run over features has in its recipe, whatever it learns: the keys stand at the recipe's top.

#include <cstdint>
#include <string>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/core/config.h"
#include "zoetrope/training/optimizer.h"
#include "zoetrope/training/schedule.h"

namespace zoetrope::training {

struct RunOptions {
  std::string name = "run";  ///< the run goes to runs/NAME
  std::uint64_t seed = 1;
  bundle::ModelSection model = {};
  std::string init = {};  ///< a bundle whose weights are taken over where names and shapes agree
  OptimizerOptions optimizer = {};
  ScheduleOptions schedule = {};
  double epochs = 30;
  double ema = 0;                   ///< decay of the moving average that is evaluated and kept; 0: none
  std::int64_t early_stop = 0;      ///< epochs without a better metric after which the run ends; 0: never
  std::int64_t validate_every = 1;  ///< epochs; the last is always validated
  double checkpoint_minutes = 10;   ///< between checkpoints within an epoch
};
void describe(ConfigFields& fields, RunOptions& options);

/// What has made the features of a run, for videos that the trained bundle is given (inference/features.h).
struct ExtractorOptions {
  std::string bundle = {};  ///< as seen from the run's own bundle, or a shipped one by its name; empty: none
  std::string layer = "features";
  std::int64_t window = 0;
  std::int64_t stride = 0;
  double fps = 0;
};
void describe(ConfigFields& fields, ExtractorOptions& options);
void set_extractor(bundle::SequenceSection& section, const ExtractorOptions& options);

/// A recipe as the run's folder keeps it, and the hash of what may not change when the run is gone on with.
struct RecipeText {
  std::string toml;
  std::string hash;
};
[[nodiscard]] std::string hash_of_recipe(const std::string& toml);

/// Of a recipe with RunOptions `run`.
template <typename Recipe>
[[nodiscard]] RecipeText recipe_text(Recipe recipe) {
  std::string toml = config_to_toml(recipe);
  recipe.run.name = {};
  recipe.run.checkpoint_minutes = 0;
  return {.toml = std::move(toml), .hash = hash_of_recipe(config_to_toml(recipe))};
}

}  // namespace zoetrope::training
