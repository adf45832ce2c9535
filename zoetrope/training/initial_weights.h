#pragma once
// Weights that a run begins with: those of other bundles, where they fit.

#include <filesystem>
#include <map>
#include <string>

#include "zoetrope/models/list.h"

namespace zoetrope::training {

/// Tensors of a bundle that the model has too, with the same shape; the others keep their first values. Throws Error
/// (kModel) where none fits, else as load_bundle.
void take_over_weights(models::Model& model, const std::filesystem::path& folder,
                       const models::ModelList& models);

/// Whether the model would take over anything of that one; of models that are but shapes, too (nn/shape_only.h).
[[nodiscard]] bool any_weight_fits(const models::Model& model, const models::Model& source);

/// The same as take_over_weights for parts of the model, each a module by its name and the folder of the bundle that it
/// begins with: {"branch2d", "bundles/resnet18"}. Throws Error (kUsage) for a part that the model does not have.
void take_over_parts(models::Model& model, const std::map<std::string, std::string>& parts,
                     const models::ModelList& models);

}  // namespace zoetrope::training
