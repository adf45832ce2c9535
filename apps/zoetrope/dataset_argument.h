#pragma once
// The argument DATA of verbs that look at labelled videos.

#include <string>
#include <vector>

#include "zoetrope/data/layouts.h"

namespace zoetrope::cli {

/// A folder of classes; or TOML with the keys of a data set, or a whole recipe, whose validation data is meant.
/// `overrides` are KEY=VALUE of the data set. Throws Error (kUsage, kInput).
[[nodiscard]] data::DatasetOptions dataset_of(const std::string& path,
                                              const std::vector<std::string>& overrides);

}  // namespace zoetrope::cli
