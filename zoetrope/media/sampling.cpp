#include "zoetrope/media/sampling.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <string_view>

#include "zoetrope/core/error.h"

namespace zoetrope::media {
namespace {

// Times are doubles of exact fractions: what is nearer than this share of an interval is a tie.
constexpr double kTie = 1e-4;

void check_range(std::string_view what, std::int64_t value, std::int64_t most) {
  if (value < 1 || value > most) throw Error::usage("{} is {}; it must be from 1 to {}", what, value, most);
}

void check_clips(std::int64_t num_frames, std::int64_t num_clips, const ClipOptions& options) {
  check_range("the number of frames", num_frames, kMaxVideoFrames);
  check_range("the number of clips", num_clips, kMaxClipCount);
  check_range("the frames of a clip", options.frames, kMaxClipCount);
  check_range("the stride of a clip", options.stride, kMaxClipCount);
  check_range("the frames of all clips", num_clips * options.frames, kMaxSampledFrames);
}

// Uniform over [0, bound). The standard's distributions differ between its implementations.
std::int64_t random_below(std::int64_t bound, std::mt19937_64& generator) {
  const auto range = static_cast<std::uint64_t>(bound);
  const std::uint64_t unfair = (std::mt19937_64::max() - range + 1) % range;  // 2^64 mod range
  std::uint64_t draw = generator();
  while (draw < unfair) draw = generator();
  return static_cast<std::int64_t>(draw % range);
}

FrameIndices sorted_draws(std::int64_t bound, std::int64_t count, std::mt19937_64& generator) {
  FrameIndices draws;
  for (std::int64_t i = 0; i < count; ++i) draws.push_back(random_below(bound, generator));
  std::sort(draws.begin(), draws.end());
  return draws;
}

std::int64_t divide_half_even(std::int64_t a, std::int64_t b) {
  const std::int64_t floor = a / b;
  const std::int64_t twice = 2 * (a % b);
  const bool up = twice > b || (twice == b && floor % 2 == 1);
  return floor + (up ? 1 : 0);
}

FrameIndices slowfast_clip(std::int64_t clip, std::int64_t num_clips, std::int64_t num_frames,
                           const ClipOptions& options) {
  const std::int64_t size = options.frames * options.stride;
  const std::int64_t room = std::max<std::int64_t>(num_frames - size, 0);
  const std::int64_t steps = std::max<std::int64_t>(options.frames - 1, 1);
  FrameIndices indices;
  for (std::int64_t t = 0; t < options.frames; ++t) {
    const std::int64_t index = (clip * room * steps + t * (size - 1) * num_clips) / (num_clips * steps);
    const bool loop = options.short_video == ShortVideo::kLoop;
    indices.push_back(loop ? index % num_frames : std::min(index, num_frames - 1));
  }
  return indices;
}

}  // namespace

FrameIndices segment_centres(std::int64_t num_frames, std::int64_t count) {
  check_range("the number of frames", num_frames, kMaxVideoFrames);
  check_range("the number of segments", count, kMaxSampledFrames);
  FrameIndices indices;
  for (std::int64_t i = 0; i < count; ++i) indices.push_back((2 * i + 1) * num_frames / (2 * count));
  return indices;
}

FrameIndices linspace(std::int64_t num_frames, std::int64_t count) {
  check_range("the number of frames", num_frames, kMaxVideoFrames);
  check_range("the number of samples", count, kMaxSampledFrames);
  const std::int64_t steps = std::max<std::int64_t>(count - 1, 1);
  FrameIndices indices;
  for (std::int64_t i = 0; i < count; ++i) indices.push_back(i * (num_frames - 1) / steps);
  return indices;
}

FrameIndices random_in_segments(std::int64_t num_frames, std::int64_t count, std::mt19937_64& generator) {
  check_range("the number of frames", num_frames, kMaxVideoFrames);
  check_range("the number of segments", count, kMaxSampledFrames);
  const std::int64_t length = num_frames / count;
  if (length == 0) return sorted_draws(num_frames, count, generator);
  FrameIndices indices;
  for (std::int64_t i = 0; i < count; ++i) indices.push_back(i * length + random_below(length, generator));
  return indices;
}

FrameIndices clip_at(std::int64_t start, std::int64_t num_frames, const ClipOptions& options) {
  check_clips(num_frames, 1, options);
  if (start < 0 || start >= num_frames) {
    throw Error::usage("a clip cannot start at frame {} of a video of {}", start, num_frames);
  }
  FrameIndices indices;
  for (std::int64_t t = 0; t < options.frames; ++t) {
    const std::int64_t index = start + t * options.stride;
    const bool within = index < num_frames;
    const bool loop = options.short_video == ShortVideo::kLoop;
    indices.push_back(within ? index : loop ? index % num_frames : indices.back());
  }
  return indices;
}

std::vector<FrameIndices> spread_clips(std::int64_t num_frames, std::int64_t num_clips,
                                       const ClipOptions& options, ClipRule rule) {
  check_clips(num_frames, num_clips, options);
  const std::int64_t room = std::max<std::int64_t>(num_frames - (options.frames - 1) * options.stride - 1, 0);
  std::vector<FrameIndices> clips;
  for (std::int64_t c = 0; c < num_clips; ++c) {
    if (rule == ClipRule::kSlowFast) {
      clips.push_back(slowfast_clip(c, num_clips, num_frames, options));
    } else {
      const std::int64_t start = num_clips == 1 ? room / 2 : divide_half_even(c * room, num_clips - 1);
      clips.push_back(clip_at(start, num_frames, options));
    }
  }
  return clips;
}

std::vector<FrameIndices> random_clips(std::int64_t num_frames, std::int64_t num_clips,
                                       const ClipOptions& options, std::mt19937_64& generator) {
  check_clips(num_frames, num_clips, options);
  const std::int64_t room = num_frames - options.frames * options.stride + 1;
  const FrameIndices starts = room < 1 ? FrameIndices(static_cast<std::size_t>(num_clips), 0)
                                       : random_in_segments(room, num_clips, generator);
  std::vector<FrameIndices> clips;
  for (const std::int64_t start : starts) clips.push_back(clip_at(start, num_frames, options));
  return clips;
}

FrameIndices resample(std::span<const double> pts, double end, double fps) {
  if (!(fps > 0) || !std::isfinite(fps)) throw Error::usage("a frame rate of {} is not positive", fps);
  const auto finite = [](double time) { return std::isfinite(time); };
  const bool ascending = std::adjacent_find(pts.begin(), pts.end(), std::greater_equal<>()) == pts.end();
  if (pts.empty() || !std::all_of(pts.begin(), pts.end(), finite) || !ascending || !(end > pts.back())) {
    throw Error::usage(
        "frames cannot be resampled: there are none, or their times do not ascend to their end");
  }
  const double count = std::max(1.0, std::floor((end - pts.front()) * fps + 0.5));
  if (count > static_cast<double>(kMaxSampledFrames)) {
    throw Error::usage("{} seconds at {} frames a second are more than {} frames", end - pts.front(), fps,
                       kMaxSampledFrames);
  }
  FrameIndices indices;
  std::size_t next = 1;
  for (std::int64_t k = 0; k < static_cast<std::int64_t>(count); ++k) {
    const double last = static_cast<double>(k) + 0.5 - kTie;
    while (next < pts.size() && (pts[next] - pts.front()) * fps < last) ++next;
    indices.push_back(static_cast<std::int64_t>(next) - 1);
  }
  return indices;
}

}  // namespace zoetrope::media
