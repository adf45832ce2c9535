#pragma once
// The feature files of one video for a network of several streams: any one of them is named, the others are found.
//
//   open_streams("features/rgb/match.npy", {"rgb", "flow"}, {1024, 1024});    // and features/flow/match.npy
//
// Or one file holds all streams, one below the other. Of a file's two sides, that of dimensions is the one that has as many
// as are wanted; the first where both have or neither has.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "zoetrope/data/feature_file.h"

namespace zoetrope::inference {

/// One file, or one a stream in their order. `whole` is a stream whose columns need not be as many as the others'. Throws
/// Error (kInput) for features that are not of these dimensions, and for streams whose lengths differ by more than a part in
/// twenty; of a smaller difference it warns.
[[nodiscard]] std::vector<data::FeatureFile> open_streams(const std::filesystem::path& npy,
                                                          const std::vector<std::string>& streams,
                                                          const std::vector<std::int64_t>& dimensions,
                                                          const std::string& whole = "");

}  // namespace zoetrope::inference
