#pragma once
// Trained models that come with the program: in share/zoetrope/bundles beside an installed program's bin, in the
// source tree's bundles/ beside its build folder.

#include <filesystem>
#include <string>

namespace zoetrope::cli {

/// What `analyze` labels with when it is not told otherwise.
inline constexpr const char* kDefaultBundle = "rendered_world";

/// The folder of a bundle that is given by its path or, where there is no such folder, by a shipped bundle's name.
[[nodiscard]] std::filesystem::path bundle_folder(const std::string& path_or_name);

/// The extractor of features for the bundle in that folder: `given` where there is one, else what the bundle names, if
/// that is a shipped bundle and no folder beside it; else empty, for what the bundle says.
[[nodiscard]] std::string extractor_folder(const std::string& given, const std::string& bundle);

}  // namespace zoetrope::cli
