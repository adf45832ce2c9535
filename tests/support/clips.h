#pragma once
// Small synthetic pictures and videos whose content is known, and measures to compare pictures by.

#include <torch/torch.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

namespace zoetrope::test {

using Colour = std::array<std::uint8_t, 3>;

/// uint8 [height, width, 3] of one colour.
inline torch::Tensor flat_picture(std::int64_t height, std::int64_t width, const Colour& rgb) {
  const torch::Tensor pixel = torch::tensor({rgb[0], rgb[1], rgb[2]}, torch::kUInt8);
  return pixel.expand({height, width, 3}).contiguous();
}

/// uint8 [height, width, 3] of uniform noise, the same for the same seed on every machine.
inline torch::Tensor noise_picture(std::int64_t height, std::int64_t width, std::uint32_t seed) {
  torch::Tensor picture = torch::empty({height, width, 3}, torch::kUInt8);
  std::uint8_t* bytes = picture.data_ptr<std::uint8_t>();
  for (std::int64_t i = 0; i < picture.numel(); ++i) {
    seed = seed * 1664525u + 1013904223u;  // Numerical Recipes' generator
    bytes[i] = static_cast<std::uint8_t>(seed >> 24);
  }
  return picture;
}

/// Primary, secondary, skin, sky and grey patches, as a colour chart holds them.
inline const std::vector<Colour>& chart_colours() {
  static const std::vector<Colour> colours = {
      {0, 0, 0},      {255, 255, 255}, {128, 128, 128}, {235, 20, 20},   {20, 235, 20},  {20, 20, 235},
      {220, 220, 30}, {30, 210, 220},  {210, 40, 210},  {194, 150, 130}, {98, 122, 157}, {64, 64, 64}};
  return colours;
}

/// uint8 [height, width, 3]: the chart's colours as a grid of 4 x 3 equal patches.
inline torch::Tensor colour_chart(std::int64_t height, std::int64_t width) {
  torch::Tensor picture = torch::zeros({height, width, 3}, torch::kUInt8);
  for (std::size_t i = 0; i < chart_colours().size(); ++i) {
    const auto column = static_cast<std::int64_t>(i % 4), row = static_cast<std::int64_t>(i / 4);
    picture.narrow(0, row * height / 3, (row + 1) * height / 3 - row * height / 3)
        .narrow(1, column * width / 4, (column + 1) * width / 4 - column * width / 4)
        .copy_(torch::tensor({chart_colours()[i][0], chart_colours()[i][1], chart_colours()[i][2]},
                             torch::kUInt8));
  }
  return picture;
}

/// The left edge of `moving_square`'s square in frame t.
inline std::int64_t square_left(std::int64_t t, std::int64_t width, std::int64_t side) {
  return (2 * t) % (width - side);
}

/// uint8 [frames, height, width, 3]: a bright square of a quarter of the height that moves two pixels a frame
/// to the right over a smooth, unchanging background. Every frame differs from its neighbours.
inline torch::Tensor moving_square(std::int64_t frames, std::int64_t height, std::int64_t width) {
  const torch::Tensor y = torch::linspace(40, 160, height).view({height, 1});
  const torch::Tensor x = torch::linspace(60, 120, width).view({1, width});
  const torch::Tensor background =
      torch::stack({y.expand({height, width}), x.expand({height, width}), (x + y) / 2}, 2);
  torch::Tensor video = background.to(torch::kUInt8).expand({frames, height, width, 3}).contiguous();
  const std::int64_t side = height / 4;
  for (std::int64_t t = 0; t < frames; ++t) {
    video[t].narrow(0, height / 3, side).narrow(1, square_left(t, width, side), side).fill_(230);
  }
  return video;
}

/// Peak signal to noise ratio of 8-bit pictures in dB; infinity where they are equal.
inline double psnr(const torch::Tensor& a, const torch::Tensor& b) {
  const double mse = (a.to(torch::kFloat64) - b.to(torch::kFloat64)).square().mean().item<double>();
  return mse > 0 ? 10 * std::log10(255.0 * 255.0 / mse) : std::numeric_limits<double>::infinity();
}

/// The largest difference of two tensors of one shape.
inline double max_difference(const torch::Tensor& a, const torch::Tensor& b) {
  return (a.to(torch::kFloat64) - b.to(torch::kFloat64)).abs().max().item<double>();
}

}  // namespace zoetrope::test
