#pragma once
// Whether a model takes a clip, and what it computes on the way, found out without computing: a run on shapes alone
// (nn/shape_only.h).

#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/models/list.h"

namespace zoetrope::bundle {

/// The names of a model's outputs and stages for a clip [1, C, frames, side, side]. Throws Error (kModel) where the
/// model does not take such a clip, in words that name the keys of the preprocessing. A network of feature sequences is
/// tried at its published length.
[[nodiscard]] std::vector<std::string> layers_for(const ModelSection& model, std::int64_t frames,
                                                  std::int64_t side,
                                                  const models::ModelList& models = models::all_models());

}  // namespace zoetrope::bundle
