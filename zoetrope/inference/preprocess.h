#pragma once
// Frames of a video as a model was trained to see them: what a bundle's `preprocessing` says, done.
//
// An antialiased resize is PIL's, on 8 bits, with torchvision's centre crop after it; the other is PyTorch's,
// on floats, with the crops of SlowFast and PyTorchVideo (media/transforms.h says which is whose).

#include <torch/torch.h>

#include <cstdint>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/inference/clip_plan.h"

namespace zoetrope::inference {

/// A frame as decoded, uint8 [H, W, 3] in RGB, to its short side: [h, w, 3].
[[nodiscard]] torch::Tensor prepare_frame(const torch::Tensor& rgb,
                                          const bundle::Preprocessing& preprocessing);

/// Prepared frames [T, h, w, 3] to the model's input, float32 [crops, 3, T, crop, crop]: 1 crop is the
/// centre, 3 are along the longer side, 5 are the corners and the centre, 10 are those and their mirrors.
/// Throws Error (kUsage) for another number.
[[nodiscard]] torch::Tensor make_clips(const torch::Tensor& frames,
                                       const bundle::Preprocessing& preprocessing, std::int64_t crops = 1);

[[nodiscard]] ClipTiming timing_of(const bundle::Preprocessing& preprocessing);

}  // namespace zoetrope::inference
