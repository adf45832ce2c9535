#pragma once
// The methods by which networks of feature sequences learn, by their names in recipes.

#include <memory>

#include "zoetrope/training/sequence_objective.h"

namespace zoetrope::training {

/// What the recipe's `method` learns. Throws Error (kUsage) as the methods do.
[[nodiscard]] std::unique_ptr<Objective> make_sequence_objective(
    SequenceRecipe recipe, SequenceData data, const models::ModelList& models = models::all_models());

}  // namespace zoetrope::training
