#pragma once
// Geometry and values of frames. Every function takes and gives either layout, and keeps it:
//
//   pictures  [H, W, 3] or [T, H, W, 3]  as readers give them, RGB
//   clips     [N, C, T, H, W]            as models take them
//
//   torch::Tensor frames = media::resize_short_side(reader.frames_at(indices).rgb, 256);  // uint8 [T, H, W, 3]
//   torch::Tensor view = media::center_crop(frames, 224, 224);
//   torch::Tensor clip = media::frames_to_clip(media::normalize(view));                   // [3, T, H, W]
//
// A tensor of another shape, an empty side, or a crop larger than the picture throws Error (kUsage).
//
// Which resize is whose. "=": bit for bit; "~": but for rounding (at most one level of 255, tested).
//
//   antialias, interpolation   uint8                                   float
//   true, bilinear             = PIL, so torchvision on PIL images;    = PyTorch interpolate(antialias=True),
//                              ~ torchvision on tensors                  so torchvision on tensors
//   true, bicubic              = PIL (a = -0.5), which clips           = PyTorch (a = -0.5)
//                                between its passes
//   false, bilinear            = OpenCV INTER_LINEAR, so MMAction2,    = PyTorch interpolate, so SlowFast and
//                                decord; ~ PyTorch interpolate           PyTorchVideo; ~ OpenCV
//   false, bicubic             = OpenCV INTER_CUBIC (a = -0.75),       = PyTorch (a = -0.75), ~ OpenCV
//                                ~ PyTorch
//
// Without antialiasing, pixels between the taps are never looked at: shrinking to less than half loses and
// aliases detail. It is there because published models were trained so.

#include <torch/torch.h>

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

namespace zoetrope::media {

/// The largest side that is resized to.
inline constexpr std::int64_t kMaxResizedSide = 1 << 15;

enum class Interpolation { kBilinear, kBicubic };

/// How the long side's length is rounded when the short side is given.
enum class SideRounding {
  kFloor,   ///< torchvision, SlowFast, PyTorchVideo
  kNearest  ///< MMAction2 (mmcv), halves up
};

struct ResizeOptions {
  Interpolation interpolation = Interpolation::kBilinear;
  bool antialias = true;
  SideRounding rounding = SideRounding::kFloor;  ///< of resize_short_side
};

/// {height, width} whose shorter side is `short_side`, of the same aspect as height x width; at least 1.
[[nodiscard]] std::pair<std::int64_t, std::int64_t> short_side_size(
    std::int64_t height, std::int64_t width, std::int64_t short_side,
    SideRounding rounding = SideRounding::kFloor);

/// uint8 stays uint8, rounded and clamped; float32 and float64 stay so, and bicubic may overshoot their
/// range.
[[nodiscard]] torch::Tensor resize(const torch::Tensor& frames, std::int64_t height, std::int64_t width,
                                   const ResizeOptions& options = {});
[[nodiscard]] torch::Tensor resize_short_side(const torch::Tensor& frames, std::int64_t short_side,
                                              const ResizeOptions& options = {});

/// Crops are views of the same memory.
[[nodiscard]] torch::Tensor crop(const torch::Tensor& frames, std::int64_t top, std::int64_t left,
                                 std::int64_t height, std::int64_t width);

/// Which way a crop's offset (H - height) / 2 goes where it is no whole number.
enum class CropRounding {
  kDown,  ///< MMAction2
  kUp,    ///< SlowFast, PyTorchVideo
  kEven   ///< torchvision: to the even neighbour
};

[[nodiscard]] torch::Tensor center_crop(const torch::Tensor& frames, std::int64_t height, std::int64_t width,
                                        CropRounding rounding = CropRounding::kDown);

/// Along the longer side: left, centre, right where the picture is at least as wide as high, else top,
/// centre, bottom; centred across it. The outer crops touch the edges, as SlowFast's (MMAction2's last one
/// stays a pixel away where the room is odd).
[[nodiscard]] std::vector<torch::Tensor> three_crops(const torch::Tensor& frames, std::int64_t height,
                                                     std::int64_t width,
                                                     CropRounding rounding = CropRounding::kDown);

/// Top left, top right, bottom left, bottom right, centre: torchvision's order.
[[nodiscard]] std::vector<torch::Tensor> five_crops(const torch::Tensor& frames, std::int64_t height,
                                                    std::int64_t width,
                                                    CropRounding rounding = CropRounding::kDown);

/// The five crops of the frames, then the five crops of the frames flipped left to right: torchvision's
/// order.
[[nodiscard]] std::vector<torch::Tensor> ten_crops(const torch::Tensor& frames, std::int64_t height,
                                                   std::int64_t width,
                                                   CropRounding rounding = CropRounding::kDown);

/// Left becomes right; a copy.
[[nodiscard]] torch::Tensor horizontal_flip(const torch::Tensor& frames);

/// uint8 to float32 in [0, 1]: value / 255. Throws Error (kUsage) for another dtype.
[[nodiscard]] torch::Tensor to_unit_range(const torch::Tensor& frames);

/// In the order R, G, B, for values in [0, 1]. The defaults are ImageNet's.
struct Normalization {
  std::array<double, 3> mean = {0.485, 0.456, 0.406};
  std::array<double, 3> std = {0.229, 0.224, 0.225};
};

/// (value - mean) / std, per channel, as float; uint8 is brought to [0, 1] first. Throws Error (kUsage) for
/// channels other than three and for a std that is not positive.
[[nodiscard]] torch::Tensor normalize(const torch::Tensor& frames, const Normalization& options = {});

/// [T, H, W, 3] to [3, T, H, W], contiguous. `.unsqueeze(0)` makes it a clip of one.
[[nodiscard]] torch::Tensor frames_to_clip(const torch::Tensor& frames);
/// [3, T, H, W] to [T, H, W, 3], contiguous.
[[nodiscard]] torch::Tensor clip_to_frames(const torch::Tensor& clip);

}  // namespace zoetrope::media
