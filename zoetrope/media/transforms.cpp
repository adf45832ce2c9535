#include "zoetrope/media/transforms.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <limits>
#include <opencv2/imgproc.hpp>

#include "zoetrope/core/error.h"
#include "zoetrope/media/antialias.h"

namespace zoetrope::media {
namespace {

// OpenCV's sizes are ints.
constexpr std::int64_t kMaxSourceSide = std::numeric_limits<int>::max();

// Where a layout keeps its axes.
struct Axes {
  std::int64_t height, width, channels;
};

Axes axes_of(const torch::Tensor& frames) {
  const std::int64_t dims = frames.dim();
  const bool pictures = (dims == 3 || dims == 4) && frames.size(-1) == 3;
  if (!pictures && dims != 5) {
    throw Error::usage(
        "frames of shape {} are neither pictures [H, W, 3], [T, H, W, 3] nor clips [N, C, T, H, W]",
        fmt::format("[{}]", fmt::join(frames.sizes().vec(), ", ")));
  }
  const Axes axes = pictures ? Axes{dims - 3, dims - 2, dims - 1} : Axes{3, 4, 1};
  if (frames.size(axes.height) < 1 || frames.size(axes.width) < 1) {
    throw Error::usage("pictures of {} x {} pixels are empty", frames.size(axes.width),
                       frames.size(axes.height));
  }
  return axes;
}

bool is_pictures(const torch::Tensor& frames) {
  return frames.dim() != 5;
}

void check_resize(const torch::Tensor& frames, std::int64_t height, std::int64_t width) {
  if (std::min(height, width) < 1 || std::max(height, width) > kMaxResizedSide) {
    throw Error::usage("cannot resize to {} x {} pixels: a side is from 1 to {}", width, height,
                       kMaxResizedSide);
  }
  const torch::ScalarType dtype = frames.scalar_type();
  if (dtype != torch::kUInt8 && dtype != torch::kFloat32 && dtype != torch::kFloat64) {
    throw Error::usage("cannot resize frames of dtype {}: bring them to uint8 or float",
                       c10::toString(dtype));
  }
}

// The planes of a contiguous uint8 tensor in either layout: `count` pictures of `channels` interleaved
// channels.
struct Planes {
  std::int64_t count, height, width, channels;

  explicit Planes(const torch::Tensor& frames)
      : height(frames.size(axes_of(frames).height)),
        width(frames.size(axes_of(frames).width)),
        channels(is_pictures(frames) ? 3 : 1) {
    count = frames.numel() / (height * width * channels);
  }
  [[nodiscard]] std::int64_t bytes() const { return height * width * channels; }
};

void resize_bytes(const torch::Tensor& source, torch::Tensor& target, const ResizeOptions& options) {
  const Planes from(source), to(target);
  const bool bicubic = options.interpolation == Interpolation::kBicubic;
  const std::uint8_t* source_bytes = source.data_ptr<std::uint8_t>();
  std::uint8_t* target_bytes = target.data_ptr<std::uint8_t>();
  if (options.antialias) {
    const FilterTable rows(from.height, to.height, bicubic), columns(from.width, to.width, bicubic);
    at::parallel_for(0, from.count, 1, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t i = begin; i < end; ++i) {
        resize_antialiased(source_bytes + i * from.bytes(), target_bytes + i * to.bytes(), from.channels,
                           rows, columns);
      }
    });
    return;
  }
  const int type = from.channels == 3 ? CV_8UC3 : CV_8UC1;
  at::parallel_for(0, from.count, 1, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) {
      // OpenCV has no Mat of constant bytes; it does not write to a source.
      const cv::Mat in(static_cast<int>(from.height), static_cast<int>(from.width), type,
                       const_cast<std::uint8_t*>(source_bytes + i * from.bytes()));
      cv::Mat out(static_cast<int>(to.height), static_cast<int>(to.width), type,
                  target_bytes + i * to.bytes());
      cv::resize(in, out, out.size(), 0, 0, bicubic ? cv::INTER_CUBIC : cv::INTER_LINEAR);
    }
  });
}

// [N, C, H, W] of floats.
torch::Tensor resize_floats(const torch::Tensor& planes, std::int64_t height, std::int64_t width,
                            const ResizeOptions& options) {
  const std::array<std::int64_t, 2> size = {height, width};
  if (options.interpolation == Interpolation::kBilinear) {
    return options.antialias ? at::_upsample_bilinear2d_aa(planes, size, false)
                             : at::upsample_bilinear2d(planes, size, false);
  }
  return options.antialias ? at::_upsample_bicubic2d_aa(planes, size, false)
                           : at::upsample_bicubic2d(planes, size, false);
}

torch::Tensor resize_any_floats(const torch::Tensor& frames, std::int64_t height, std::int64_t width,
                                const ResizeOptions& options) {
  if (is_pictures(frames)) {
    const torch::Tensor batch = frames.dim() == 3 ? frames.unsqueeze(0) : frames;
    const torch::Tensor out =
        resize_floats(batch.permute({0, 3, 1, 2}), height, width, options).permute({0, 2, 3, 1}).contiguous();
    return frames.dim() == 3 ? out.squeeze(0) : out;
  }
  const auto shape = frames.sizes();
  const torch::Tensor planes = frames.reshape({shape[0], shape[1] * shape[2], shape[3], shape[4]});
  return resize_floats(planes, height, width, options).reshape({shape[0], shape[1], shape[2], height, width});
}

std::int64_t half(std::int64_t room, CropRounding rounding) {
  const std::int64_t down = room / 2;
  if (room % 2 == 0 || rounding == CropRounding::kDown) return down;
  return rounding == CropRounding::kUp ? down + 1 : down + down % 2;
}

// How many pixels the crop leaves over in each direction.
std::pair<std::int64_t, std::int64_t> room_around(const torch::Tensor& frames, std::int64_t height,
                                                  std::int64_t width) {
  const Axes axes = axes_of(frames);
  const std::int64_t rows = frames.size(axes.height) - height, columns = frames.size(axes.width) - width;
  if (height < 1 || width < 1 || rows < 0 || columns < 0) {
    throw Error::usage("a crop of {} x {} pixels does not fit a picture of {} x {}; resize it first", width,
                       height, frames.size(axes.width), frames.size(axes.height));
  }
  return {rows, columns};
}

}  // namespace

std::pair<std::int64_t, std::int64_t> short_side_size(std::int64_t height, std::int64_t width,
                                                      std::int64_t short_side, SideRounding rounding) {
  if (height < 1 || width < 1 || std::max(height, width) > kMaxSourceSide || short_side < 1 ||
      short_side > kMaxResizedSide) {
    throw Error::usage("cannot bring the shorter side of {} x {} pixels to {}", width, height, short_side);
  }
  const std::int64_t shorter = std::min(height, width), longer = std::max(height, width);
  const std::int64_t scaled = rounding == SideRounding::kFloor
                                  ? longer * short_side / shorter
                                  : (2 * longer * short_side + shorter) / (2 * shorter);
  return height <= width ? std::pair(short_side, scaled) : std::pair(scaled, short_side);
}

torch::Tensor resize(const torch::Tensor& frames, std::int64_t height, std::int64_t width,
                     const ResizeOptions& options) {
  const Axes axes = axes_of(frames);
  check_resize(frames, height, width);
  if (frames.size(axes.height) == height && frames.size(axes.width) == width) return frames;
  std::vector<std::int64_t> shape = frames.sizes().vec();
  shape[static_cast<std::size_t>(axes.height)] = height;
  shape[static_cast<std::size_t>(axes.width)] = width;
  if (frames.numel() == 0) return torch::empty(shape, frames.options());
  if (frames.scalar_type() != torch::kUInt8) return resize_any_floats(frames, height, width, options);
  if (!frames.is_cpu()) {
    return resize_any_floats(frames.to(torch::kFloat32), height, width, options)
        .round_()
        .clamp_(0, 255)
        .to(torch::kUInt8);
  }
  torch::Tensor resized = torch::empty(shape, frames.options());
  resize_bytes(frames.contiguous(), resized, options);
  return resized;
}

torch::Tensor resize_short_side(const torch::Tensor& frames, std::int64_t short_side,
                                const ResizeOptions& options) {
  const Axes axes = axes_of(frames);
  const auto [height, width] =
      short_side_size(frames.size(axes.height), frames.size(axes.width), short_side, options.rounding);
  return resize(frames, height, width, options);
}

torch::Tensor crop(const torch::Tensor& frames, std::int64_t top, std::int64_t left, std::int64_t height,
                   std::int64_t width) {
  const auto [rows, columns] = room_around(frames, height, width);
  if (top < 0 || left < 0 || top > rows || left > columns) {
    throw Error::usage("a crop of {} x {} pixels at ({}, {}) leaves the picture", width, height, left, top);
  }
  const Axes axes = axes_of(frames);
  return frames.narrow(axes.height, top, height).narrow(axes.width, left, width);
}

torch::Tensor center_crop(const torch::Tensor& frames, std::int64_t height, std::int64_t width,
                          CropRounding rounding) {
  const auto [rows, columns] = room_around(frames, height, width);
  return crop(frames, half(rows, rounding), half(columns, rounding), height, width);
}

std::vector<torch::Tensor> three_crops(const torch::Tensor& frames, std::int64_t height, std::int64_t width,
                                       CropRounding rounding) {
  const auto [rows, columns] = room_around(frames, height, width);
  const Axes axes = axes_of(frames);
  const std::int64_t top = half(rows, rounding), left = half(columns, rounding);
  if (frames.size(axes.height) > frames.size(axes.width)) {
    return {crop(frames, 0, left, height, width), crop(frames, top, left, height, width),
            crop(frames, rows, left, height, width)};
  }
  return {crop(frames, top, 0, height, width), crop(frames, top, left, height, width),
          crop(frames, top, columns, height, width)};
}

std::vector<torch::Tensor> five_crops(const torch::Tensor& frames, std::int64_t height, std::int64_t width,
                                      CropRounding rounding) {
  const auto [rows, columns] = room_around(frames, height, width);
  return {crop(frames, 0, 0, height, width), crop(frames, 0, columns, height, width),
          crop(frames, rows, 0, height, width), crop(frames, rows, columns, height, width),
          center_crop(frames, height, width, rounding)};
}

std::vector<torch::Tensor> ten_crops(const torch::Tensor& frames, std::int64_t height, std::int64_t width,
                                     CropRounding rounding) {
  std::vector<torch::Tensor> crops = five_crops(frames, height, width, rounding);
  for (torch::Tensor& flipped : five_crops(horizontal_flip(frames), height, width, rounding)) {
    crops.push_back(std::move(flipped));
  }
  return crops;
}

torch::Tensor horizontal_flip(const torch::Tensor& frames) {
  return frames.flip(axes_of(frames).width);
}

torch::Tensor to_unit_range(const torch::Tensor& frames) {
  if (frames.scalar_type() != torch::kUInt8) {
    throw Error::usage("frames of dtype {} are not in 0 to 255: only uint8 is",
                       c10::toString(frames.scalar_type()));
  }
  return frames.to(torch::kFloat32).div_(255);
}

torch::Tensor normalize(const torch::Tensor& frames, const Normalization& options) {
  const Axes axes = axes_of(frames);
  if (frames.size(axes.channels) != 3)
    throw Error::usage("{} channels cannot be normalised as RGB", frames.size(1));
  for (const double deviation : options.std) {
    if (!(deviation > 0)) throw Error::usage("a standard deviation of {} cannot normalise", deviation);
  }
  const bool bytes = frames.scalar_type() == torch::kUInt8;
  if (!bytes && !frames.is_floating_point()) {
    throw Error::usage("cannot normalise frames of dtype {}", c10::toString(frames.scalar_type()));
  }
  torch::Tensor values = bytes ? to_unit_range(frames) : frames.clone();
  std::vector<std::int64_t> shape(static_cast<std::size_t>(frames.dim()), 1);
  shape[static_cast<std::size_t>(axes.channels)] = 3;
  const auto of_channels = [&](const std::array<double, 3>& numbers) {
    return torch::tensor(torch::ArrayRef<double>(numbers), values.options()).reshape(shape);
  };
  return values.sub_(of_channels(options.mean)).div_(of_channels(options.std));
}

torch::Tensor frames_to_clip(const torch::Tensor& frames) {
  if (frames.dim() != 4 || frames.size(3) != 3)
    throw Error::usage("only pictures [T, H, W, 3] become a clip");
  return frames.permute({3, 0, 1, 2}).contiguous();
}

torch::Tensor clip_to_frames(const torch::Tensor& clip) {
  if (clip.dim() != 4 || clip.size(0) != 3) throw Error::usage("only a clip [3, T, H, W] becomes pictures");
  return clip.permute({1, 2, 3, 0}).contiguous();
}

}  // namespace zoetrope::media
