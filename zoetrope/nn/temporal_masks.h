#pragma once
// Segments of learned lengths as soft masks over time, and regions of learned lengths as a sequence: what lets the
// losses of MuCon and SCT reach the lengths.
//
//   torch::Tensor lengths = nn::absolute_lengths(log_lengths, frames);
//   nn::SegmentMasks masks = nn::segment_masks(lengths, frames, {.shape = nn::MaskShape::kBell});
//
// A template of `width` values in [0, 1] is scaled to a segment's length l and moved to its start p, and read between
// its values by a linear kernel, with zeros outside (thesis, equations 9.4 to 9.10):
//
//   i[t] = width (t - p) / l        w[t] = sum_j U[j] max(0, 1 - |i[t] - j|)
//
// The exact coordinates are those of the authors' code (yassersouri/MuCon, masks.py): an affine grid and a bilinear
// sample of LibTorch, corners not aligned. Their container's LibTorch 1.1 aligned them: `align_corners`.
// Everything here is differentiable in the lengths, also in float64.

#include <torch/torch.h>

#include <cstdint>

#include "zoetrope/core/config.h"

namespace zoetrope::nn {

enum class MaskShape {
  kBox,       ///< ones
  kBell,      ///< a Gaussian of deviation width / 5 in the middle
  kTrapezoid  ///< from a half up to one over the first quarter, down again over the last
};
inline EnumNames<MaskShape> config_names(MaskShape) {
  return {{"box", MaskShape::kBox}, {"bell", MaskShape::kBell}, {"trapezoid", MaskShape::kTrapezoid}};
}

struct MaskOptions {
  MaskShape shape = MaskShape::kBox;
  /// A segment becomes 1 + 2 overlap times as long, and begins earlier by overlap / 2 of its new length.
  double overlap = 0;
  bool align_corners = false;
  std::int64_t width = 100;  ///< of the template
};

struct SegmentMasks {
  torch::Tensor masks;    ///< [M, T] in [0, 1]
  torch::Tensor lengths;  ///< [M]: with the overlap
};

/// Relative log lengths [M] to lengths that sum to `frames`: T exp(l_m) / sum_k exp(l_k) (9.5; SCT's 8.1).
[[nodiscard]] torch::Tensor absolute_lengths(const torch::Tensor& log_lengths, std::int64_t frames);

/// [width], of that type and device.
[[nodiscard]] torch::Tensor mask_template(const MaskOptions& options, const torch::TensorOptions& type);

/// Masks of consecutive segments of these lengths [M] over `frames` frames.
[[nodiscard]] SegmentMasks segment_masks(const torch::Tensor& lengths, std::int64_t frames,
                                         const MaskOptions& options = {});

/// SCT's f_u (8.1 to 8.4): the scores [C, K] of K regions, each spread over its length's share of `frames`, one after
/// the other: [C, frames]. A region's length is rounded (half to even), and what the rounding leaves is stretched to
/// `frames` (nearest). Values depend on the log lengths [K] at the ends of regions only; the gradient comes from there.
/// On the meta device, the shape alone. Throws Error (kFailed) for lengths that are no numbers, of a network that
/// diverged.
[[nodiscard]] torch::Tensor spread_regions(const torch::Tensor& scores, const torch::Tensor& log_lengths,
                                           std::int64_t frames, bool align_corners = false,
                                           std::int64_t width = 100);

}  // namespace zoetrope::nn
