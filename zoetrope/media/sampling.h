#pragma once
// Which frames of a video a model sees: index arithmetic alone, no frames, no LibTorch.
//
//   media::segment_centres(300, 8)                                 // 18 56 93 131 168 206 243 281
//   media::spread_clips(300, 10, {.frames = 16, .stride = 4})      // ten clips for a test by many views
//   media::random_clips(300, 1, {.frames = 16, .stride = 4}, rng)  // one clip for training
//   media::resample(pts, end, 15)                                  // a variable frame rate brought to 15/s
//
// Frames are counted from 0. Indices come in ascending order (except where a short video loops) and lie in
// [0, num_frames). Each rule is a published library's, named beside it, in exact integer arithmetic: where
// that library computes in float32, it may take the neighbour of a frame whose exact position is whole.
// Randomness comes from the generator alone and is the same on every platform.
//
// All functions throw Error (kUsage) where num_frames, a count or a stride is below one or above its ceiling.

#include <cstdint>
#include <random>
#include <span>
#include <vector>

namespace zoetrope::media {

using FrameIndices = std::vector<std::int64_t>;

/// Ceilings: of a video's frames, of the frames that one call may pick, and of a clip's frames, its stride
/// and the number of clips. Within them, no product overflows.
inline constexpr std::int64_t kMaxVideoFrames = std::int64_t{1} << 31;
inline constexpr std::int64_t kMaxSampledFrames = std::int64_t{1} << 24;
inline constexpr std::int64_t kMaxClipCount = std::int64_t{1} << 14;

/// What stands for the frames of a clip that lie beyond the video's end.
enum class ShortVideo {
  kRepeatLast,  ///< the clip's last frame within the video (MMAction2 "repeat_last"; SlowFast: see ClipRule)
  kLoop         ///< the video again from its start: index mod num_frames (MMAction2 "loop")
};

struct ClipOptions {
  std::int64_t frames = 16;
  std::int64_t stride = 1;  ///< frames of the video from one frame of the clip to the next
  ShortVideo short_video = ShortVideo::kRepeatLast;
};

/// How `spread_clips` places clip c of n, frame t of T, at stride S in a video of V frames.
enum class ClipRule {
  /// MMAction2 SampleFrames(test_mode=True): room = max(V - ((T - 1) S + 1), 0); the clip starts at
  /// round_half_even(c room / (n - 1)), or floor(room / 2) if n = 1; frame t is start + t S.
  kMMAction2,
  /// SlowFast get_start_end_idx and temporal_sampling: room = max(V - T S, 0); frame t is floor(c room / n +
  /// t (T S - 1) / (T - 1)). Two traits of it: the last clip does not reach the video's end, and frames lie a
  /// little more than S apart (9 for T = 8, S = 8). kRepeatLast clamps to the video's last frame.
  kSlowFast
};

/// The middle frame of each of `count` equal segments: floor((i + 1/2) num_frames / count).
/// TSN's test rule, and MMAction2's for clips of one frame. A short video repeats frames.
[[nodiscard]] FrameIndices segment_centres(std::int64_t num_frames, std::int64_t count);

/// `count` frames from the first to the last, both included: floor(i (num_frames - 1) / (count - 1)), or
/// frame 0 if count = 1. PyTorchVideo uniform_temporal_subsample. A short video repeats frames.
[[nodiscard]] FrameIndices linspace(std::int64_t num_frames, std::int64_t count);

/// One random frame of each of `count` equal segments: with L = floor(num_frames / count), i L + random[0,
/// L). TSN's training rule; the last num_frames mod count frames are never taken. A video shorter than
/// `count` gives `count` random frames, sorted.
[[nodiscard]] FrameIndices random_in_segments(std::int64_t num_frames, std::int64_t count,
                                              std::mt19937_64& generator);

/// The clip that begins at frame `start`: start + t stride.
[[nodiscard]] FrameIndices clip_at(std::int64_t start, std::int64_t num_frames, const ClipOptions& options);

/// `num_clips` clips spread evenly over the video: a test by several views.
[[nodiscard]] std::vector<FrameIndices> spread_clips(std::int64_t num_frames, std::int64_t num_clips,
                                                     const ClipOptions& options,
                                                     ClipRule rule = ClipRule::kMMAction2);

/// `num_clips` random clips in order. MMAction2 SampleFrames in training: with room = num_frames - frames
/// stride + 1 and L = floor(room / num_clips), clip c starts at c L + random[0, L); if L = 0, at sorted
/// random[0, room); if there is no room, at 0.
[[nodiscard]] std::vector<FrameIndices> random_clips(std::int64_t num_frames, std::int64_t num_clips,
                                                     const ClipOptions& options, std::mt19937_64& generator);

/// The frames to show for a constant rate: out of frames at `pts` (seconds, ascending; the last one ends at
/// `end`), output k stands for time pts[0] + k / fps, k < max(1, round((end - pts[0]) fps)), and is the last
/// frame whose pts, rounded to the nearest output time, is not after it. FFmpeg's filter fps=FPS:round=near,
/// from the first frame on: a still picture lasts, and a time stamp that its container rounded (Matroska: to
/// 1 ms) neither doubles nor drops a frame. Throws Error (kUsage) for fps that is not positive, and times
/// that do not ascend.
[[nodiscard]] FrameIndices resample(std::span<const double> pts, double end, double fps);

}  // namespace zoetrope::media
