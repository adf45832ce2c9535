#pragma once
// Frames that are kept as one picture a file, as many data sets come.

#include <torch/torch.h>

#include <filesystem>
#include <vector>

namespace zoetrope::media {

/// The pictures right in a folder, in the order of their names. Throws Error (kInput) where there is none.
[[nodiscard]] std::vector<std::filesystem::path> list_pictures(const std::filesystem::path& folder);

/// uint8 [T, H, W, 3] in RGB, turned upright; pictures of another size than the first are resized to it. Throws Error
/// (kInput) as read_picture (picture_file.h).
[[nodiscard]] torch::Tensor read_pictures(const std::vector<std::filesystem::path>& paths);

}  // namespace zoetrope::media
