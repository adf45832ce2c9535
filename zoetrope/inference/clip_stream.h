#pragma once
// One pass of decoding that feeds the clips of several models, each with frames of its own making, in bounded
// memory: frames are decoded on threads of their own while the caller computes, and each is let go when no
// clip wants it any more.
//
//   ClipRequest request{plan_windows(times, timing, 2, 2), [](const torch::Tensor& rgb) { return resize(rgb); }};
//   stream_clips(reader, {&request, 1}, [&](std::size_t, std::size_t clip, const torch::Tensor& frames) { ... });

#include <torch/torch.h>

#include <functional>
#include <span>
#include <vector>

#include "zoetrope/inference/clip_plan.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::inference {

struct ClipRequest {
  std::vector<PlannedClip> clips;  ///< in order of time, as the plans come
  /// A frame as decoded, uint8 [H, W, 3], to what is kept of it until its last clip is made.
  std::function<torch::Tensor(const torch::Tensor& rgb)> prepare;
};

/// Of the `request`-th request, the clip of that number: its prepared frames, stacked, [T, ...]. Called on
/// the caller's thread, for each request in the order of its clips. What it throws ends the pass.
using ClipCallback = std::function<void(std::size_t request, std::size_t clip, const torch::Tensor& frames)>;

/// Frames of the video that are done, and that there are. What it throws ends the pass.
using FrameProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// Returns how many of the wanted frames could not be decoded; the nearest one that could stands for each.
/// Throws Error (kInput) where none could.
std::int64_t stream_clips(const media::VideoReader& reader, std::span<const ClipRequest> requests,
                          const ClipCallback& use, const FrameProgress& progress = {});

}  // namespace zoetrope::inference
