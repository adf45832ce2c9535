#pragma once
// Which frames of a video the clips of a model are made of: index arithmetic alone, no frames.
//
//   plan_views(times, {.frames = 8, .stride = 8}, 10)            // ten clips spread over the whole video
//   plan_windows(times, {.frames = 8, .stride = 8}, 2.0, 1.0)    // windows of two seconds, one begins each second
//   plan_neighbourhoods(times, 25, 21, 1)                        // 21 frames at 25/s around each of those frames
//
// All throw Error (kUsage) for a length, rate or count that is not positive. Clips come in the order of time;
// in none of them, and of no two, do the first or last frames descend.

#include <span>
#include <vector>

#include "zoetrope/media/reader_options.h"
#include "zoetrope/media/sampling.h"

namespace zoetrope::inference {

/// What a model takes: so many frames of the video, brought to `fps` a second first (0: as it is), `stride`
/// apart.
struct ClipTiming {
  std::int64_t frames = 16;
  std::int64_t stride = 1;
  double fps = 0;
  bool segments = false;  ///< views spread their frames over the whole video instead, one in each equal part
};

struct PlannedClip {
  double start = 0;  ///< seconds: the span for which its scores stand
  double end = 0;
  media::FrameIndices frames;  ///< ascending; a short video's last frame may repeat
};

/// Seconds that a clip of this timing covers in the video: frames * stride at its rate.
[[nodiscard]] double clip_seconds(std::span<const media::FrameTime> times, const ClipTiming& timing);

/// `count` clips spread evenly over the video (media::spread_clips, MMAction2's rule), each for the whole of
/// it. Of segments, view c of n has frame floor((t + (c + 1/2) / n) V / T) of V: one view has the segments' middles
/// (media::segment_centres).
[[nodiscard]] std::vector<PlannedClip> plan_views(std::span<const media::FrameTime> times,
                                                  const ClipTiming& timing, std::int64_t count);

/// Windows [k stride, k stride + window) seconds from the first frame on, the last one cut off by the video's
/// end (and left out where less than half of it would remain, unless it is the only one). A window's clip has
/// timing.frames frames, those on screen in the middle of equal parts of the window: `stride` apart where the
/// window is a clip's own length.
[[nodiscard]] std::vector<PlannedClip> plan_windows(std::span<const media::FrameTime> times,
                                                    const ClipTiming& timing, double window, double stride);

/// The video at `fps` (0: as it is) and, around each `stride`-th frame of it, the `window` frames of which it
/// is the middle one (after the middle, where `window` is even); beyond the ends, the first and the last
/// frame repeat.
[[nodiscard]] std::vector<PlannedClip> plan_neighbourhoods(std::span<const media::FrameTime> times,
                                                           double fps, std::int64_t window,
                                                           std::int64_t stride);

}  // namespace zoetrope::inference
