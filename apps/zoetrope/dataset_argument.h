#pragma once
// The argument DATA of verbs that look at labelled videos, and where a recipe's data lies.

#include <string>
#include <vector>

#include "zoetrope/data/layouts.h"

namespace zoetrope::cli {

/// A folder of classes; or TOML with the keys of a data set, or a whole recipe, whose validation data is meant.
/// `overrides` are KEY=VALUE of the data set. Throws Error (kUsage, kInput).
[[nodiscard]] data::DatasetOptions dataset_of(const std::string& path,
                                              const std::vector<std::string>& overrides);

/// Paths that begin with "{world}" lie in that folder: those of a recipe that brings a rendered world along.
void place_in_world(data::DatasetOptions& dataset, const std::string& folder);

}  // namespace zoetrope::cli
