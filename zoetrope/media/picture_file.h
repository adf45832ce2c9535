#pragma once
// Pictures as files: the frames of a video that lies as a folder of pictures.

#include <torch/torch.h>

#include <cstdint>
#include <string>

namespace zoetrope::media {

/// Bytes of a picture's file at most.
inline constexpr std::uint64_t kMaxPictureBytes = std::uint64_t{256} << 20;

/// RGB, uint8 [H, W, 3], turned upright as its EXIF data says; OpenCV's formats (JPEG, PNG, WebP, BMP, TIFF,
/// PNM). Throws Error (kInput) if it is missing, none of these, damaged, cut off, or larger than the ceilings
/// here and in limits.h.
[[nodiscard]] torch::Tensor read_picture(const std::string& path);

}  // namespace zoetrope::media
