#pragma once
// What verbs for networks of feature sequences are given: features, or videos to compute them of.

#include <filesystem>
#include <string>
#include <vector>

namespace zoetrope::cli {

/// Whether a path names features (.npy) and no video.
[[nodiscard]] bool is_features(const std::filesystem::path& path);

/// Files as given; a folder stands for the features in it, or, where it holds none, for the videos below it but those in
/// the folder of results. Throws Error (kInput) for a folder with neither.
[[nodiscard]] std::vector<std::filesystem::path> feature_inputs(const std::vector<std::string>& inputs,
                                                                const std::filesystem::path& results);

}  // namespace zoetrope::cli
