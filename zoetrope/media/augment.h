#pragma once
// What training does to the pictures of a clip: which part of them is seen, and what is done to their colours. One
// draw holds for all frames of a clip.
//
//   torch::Tensor clip = media::augment_clip(reader.frames_at(frames).rgb, 112, options, random);  // [3, T, 112, 112]
//
// Clips stay 8 bits: a model's mean and deviation are applied to whole batches, on the model's device.

#include <torch/torch.h>

#include <array>
#include <cstdint>

#include "zoetrope/core/config.h"
#include "zoetrope/core/random.h"

namespace zoetrope::media {

enum class CropMode {
  kRandomResized,  ///< a box of random area and shape, resized to the input (Szegedy et al., CVPR 2015)
  kMultiScale,     ///< a random short side, then a random square (Simonyan and Zisserman, 2015; SlowFast)
  kFiveCrop,       ///< the same, but the square is in a corner or in the centre (Wang et al., TSN, ECCV 2016)
  kCentre          ///< nothing random: as in evaluation
};
inline EnumNames<CropMode> config_names(CropMode) {
  return {{"random_resized", CropMode::kRandomResized},
          {"multi_scale", CropMode::kMultiScale},
          {"five_crop", CropMode::kFiveCrop},
          {"centre", CropMode::kCentre}};
}

struct AugmentOptions {
  CropMode crop = CropMode::kRandomResized;
  std::array<double, 2> area = {0.35, 1};             ///< of the random box, as shares of the picture
  std::array<double, 2> aspect = {0.75, 1.33333333};  ///< of the random box, width over height
  std::array<double, 2> short_side = {1.14, 1.43};    ///< multi-scale and five: over the input's side
  double flip = 0.5;                                  ///< probability of a mirrored clip
  double brightness = 0;                              ///< factors drawn from [1 - b, 1 + b]
  double contrast = 0;
  double saturation = 0;
  double hue = 0;                 ///< a turn drawn from [-h, h], 0.5 being half of the circle
  double gray = 0;                ///< probability of a clip without colours
  std::int64_t rand_augment = 0;  ///< operations drawn (Cubuk et al., RandAugment, 2020); 0: off
  double magnitude = 9;           ///< of each, up to 10
};
void describe(ConfigFields& fields, AugmentOptions& options);

/// uint8 [T, H, W, 3] in RGB to uint8 [3, T, size, size]. `mirrored` says whether it was flipped.
[[nodiscard]] torch::Tensor augment_clip(const torch::Tensor& frames, std::int64_t size,
                                         const AugmentOptions& options, RandomGenerator& random,
                                         bool* mirrored = nullptr);

}  // namespace zoetrope::media
