#include "zoetrope/nn/temporal_masks.h"

#include <cmath>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

constexpr std::int64_t kBilinear = 0;  // as grid_sampler numbers its kernels and paddings
constexpr std::int64_t kZeros = 0;

// Where `frames` positions lie in the templates of segments at `starts`: a grid [M, 1, frames, 2] of coordinates in
// [-1, 1]. The order of the operations is the authors' and their affine grid's: with another, a frame at a segment's
// edge may fall on its other side. (That one multiplies matrices, mostly by zeros; this does not.)
torch::Tensor positions(const torch::Tensor& lengths, const torch::Tensor& starts, std::int64_t frames,
                        bool align_corners) {
  const auto span = static_cast<double>(frames);
  const torch::Tensor scale = lengths.reciprocal() * span;  // as Python divides a number by a tensor
  const torch::Tensor shift = (starts + lengths / 2 - span / 2) / -(lengths / 2);
  torch::Tensor base = frames > 1 ? torch::linspace(-1, 1, frames, lengths.options().requires_grad(false))
                                  : torch::zeros({1}, lengths.options().requires_grad(false));
  if (!align_corners) base = base * (span - 1) / span;
  const torch::Tensor x = base.unsqueeze(0) * scale.unsqueeze(1) + shift.unsqueeze(1);
  return torch::stack({x, torch::zeros_like(x)}, 2).unsqueeze(1);
}

// Templates [M, C, 1, width] read there: [M, C, frames].
torch::Tensor read_templates(const torch::Tensor& templates, const torch::Tensor& grid, bool align_corners) {
  return torch::grid_sampler(templates, grid, kBilinear, kZeros, align_corners).squeeze(2);
}

}  // namespace

torch::Tensor absolute_lengths(const torch::Tensor& log_lengths, std::int64_t frames) {
  return static_cast<double>(frames) * torch::softmax(log_lengths, 0);
}

torch::Tensor mask_template(const MaskOptions& options, const torch::TensorOptions& type) {
  const std::int64_t width = options.width;
  const torch::Tensor place = torch::arange(width, torch::kFloat64);
  torch::Tensor values = torch::ones({width}, torch::kFloat64);
  if (options.shape == MaskShape::kBell) {
    const double deviation = static_cast<double>(width) / 5;
    const torch::Tensor off = place - static_cast<double>(width - 1) / 2;
    values = torch::exp(-off * off / (2 * deviation * deviation));
  } else if (options.shape == MaskShape::kTrapezoid) {
    const std::int64_t slope = width / 4;
    const torch::Tensor rise = place.slice(0, 0, slope) * (0.5 / static_cast<double>(slope));
    values.slice(0, 0, slope) = 0.5 + rise;
    values.slice(0, width - slope, width) = 1 - rise;
  }
  return values.to(type);
}

SegmentMasks segment_masks(const torch::Tensor& lengths, std::int64_t frames, const MaskOptions& options) {
  const torch::Tensor starts = torch::cumsum(lengths, 0) - lengths;
  const torch::Tensor longer = lengths * (1 + 2 * options.overlap);
  const torch::Tensor grid =
      positions(longer, starts - longer * (options.overlap / 2), frames, options.align_corners);
  const torch::Tensor templates =
      mask_template(options, lengths.options()).expand({lengths.size(0), 1, 1, options.width});
  return {read_templates(templates, grid, options.align_corners).squeeze(1), longer};
}

torch::Tensor spread_regions(const torch::Tensor& scores, const torch::Tensor& log_lengths,
                             std::int64_t frames, bool align_corners, std::int64_t width) {
  const auto stretched = [&](const torch::Tensor& sequence) {
    return torch::upsample_nearest1d(sequence.unsqueeze(0), {frames}).squeeze(0);
  };
  if (scores.is_meta()) return stretched(scores);
  const torch::Tensor lengths = absolute_lengths(log_lengths, frames);
  const auto most = lengths.max().item<double>();
  if (!std::isfinite(most)) {
    throw Error::failed(
        "the regions' lengths are no numbers; a lower optimizer.lr or optimizer.clip_norm may mend it");
  }
  const auto longest = static_cast<std::int64_t>(most + 0.5);
  const torch::Tensor grid = positions(lengths, torch::zeros_like(lengths), longest, align_corners);
  const torch::Tensor templates = scores.t().unsqueeze(2).unsqueeze(3).expand({-1, -1, 1, width});
  const torch::Tensor spread = read_templates(templates, grid, align_corners);  // [K, C, longest]
  const torch::Tensor rounded = lengths.detach().to(torch::kCPU, torch::kFloat64);
  std::vector<torch::Tensor> regions;
  for (std::int64_t k = 0; k < spread.size(0); ++k) {
    const auto length = static_cast<std::int64_t>(std::nearbyint(rounded[k].item<double>()));
    regions.push_back(spread[k].slice(1, 0, length));
  }
  return stretched(torch::cat(regions, 1));
}

}  // namespace zoetrope::nn
