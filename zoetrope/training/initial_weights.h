#pragma once
// Weights that a run begins with: those of another bundle, where they fit.

#include <filesystem>

#include "zoetrope/models/list.h"

namespace zoetrope::training {

/// Tensors of a bundle that the model has too, with the same shape; the others keep their first values. Throws Error
/// (kModel) where none fits, else as load_bundle.
void take_over_weights(models::Model& model, const std::filesystem::path& folder,
                       const models::ModelList& models);

}  // namespace zoetrope::training
