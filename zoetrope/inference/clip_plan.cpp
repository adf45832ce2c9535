#include "zoetrope/inference/clip_plan.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zoetrope/core/error.h"

namespace zoetrope::inference {
namespace {

using Times = std::span<const media::FrameTime>;

double end_of(Times times) {
  return times.back().pts + times.back().duration;
}

/// Frames of the video at a rate; 0: all of them.
media::FrameIndices frames_at_rate(Times times, double fps) {
  if (fps == 0) {
    media::FrameIndices all(times.size());
    std::iota(all.begin(), all.end(), 0);
    return all;
  }
  std::vector<double> pts;
  pts.reserve(times.size());
  for (const media::FrameTime& time : times) pts.push_back(time.pts);
  return media::resample(pts, end_of(times), fps);
}

/// The frame on screen at that time, or the nearest there is.
std::int64_t played_at(Times times, double seconds) {
  const auto after = std::ranges::upper_bound(times, seconds, {}, &media::FrameTime::pts);
  return std::max<std::int64_t>(after - times.begin() - 1, 0);
}

void check_timing(const ClipTiming& timing) {
  if (timing.frames < 1 || timing.stride < 1 || !(timing.fps >= 0) || !std::isfinite(timing.fps)) {
    throw Error::usage("a clip of {} frames, {} apart, at {}/s cannot be made", timing.frames, timing.stride,
                       timing.fps);
  }
}

}  // namespace

double clip_seconds(Times times, const ClipTiming& timing) {
  check_timing(timing);
  const double mean = (end_of(times) - times.front().pts) / static_cast<double>(times.size());
  return static_cast<double>(timing.frames * timing.stride) * (timing.fps > 0 ? 1 / timing.fps : mean);
}

std::vector<PlannedClip> plan_views(Times times, const ClipTiming& timing, std::int64_t count) {
  check_timing(timing);
  const media::FrameIndices frames = frames_at_rate(times, timing.fps);
  const auto length = static_cast<std::int64_t>(frames.size());
  std::vector<media::FrameIndices> views;
  if (timing.segments) {
    const media::FrameIndices all = media::segment_centres(length, timing.frames * count);
    for (std::int64_t c = 0; c < count; ++c) {
      media::FrameIndices& view = views.emplace_back();
      for (std::int64_t t = 0; t < timing.frames; ++t)
        view.push_back(all[static_cast<std::size_t>(t * count + c)]);
    }
  } else {
    views = media::spread_clips(length, count, {.frames = timing.frames, .stride = timing.stride});
  }
  std::vector<PlannedClip> clips;
  for (const media::FrameIndices& places : views) {
    PlannedClip clip{.start = times.front().pts, .end = end_of(times), .frames = {}};
    for (const std::int64_t place : places) clip.frames.push_back(frames[static_cast<std::size_t>(place)]);
    clips.push_back(std::move(clip));
  }
  return clips;
}

std::vector<PlannedClip> plan_windows(Times times, const ClipTiming& timing, double window, double stride) {
  check_timing(timing);
  if (!(window > 0 && stride > 0) || !std::isfinite(window) || !std::isfinite(stride)) {
    throw Error::usage("windows of {} s, one each {} s, cannot be made: both are above 0", window, stride);
  }
  const double begin = times.front().pts, end = end_of(times);
  std::vector<PlannedClip> clips;
  for (std::int64_t k = 0;; ++k) {
    const double start = begin + static_cast<double>(k) * stride;
    if (start >= end || (k > 0 && end - start < window / 2)) break;
    PlannedClip clip{.start = start, .end = std::min(start + window, end), .frames = {}};
    for (std::int64_t i = 0; i < timing.frames; ++i) {
      const double share = (static_cast<double>(i) + 0.5) / static_cast<double>(timing.frames);
      clip.frames.push_back(played_at(times, start + share * window));
    }
    clips.push_back(std::move(clip));
  }
  return clips;
}

std::vector<PlannedClip> plan_neighbourhoods(Times times, double fps, std::int64_t window,
                                             std::int64_t stride) {
  check_timing({.frames = window, .stride = stride, .fps = fps});
  const media::FrameIndices frames = frames_at_rate(times, fps);
  const auto last = static_cast<std::int64_t>(frames.size()) - 1;
  std::vector<PlannedClip> clips;
  for (std::int64_t centre = 0; centre <= last; centre += stride) {
    const auto frame_time = [&](std::int64_t place) {
      return times[static_cast<std::size_t>(frames[static_cast<std::size_t>(place)])];
    };
    const bool ends = centre + stride > last;
    PlannedClip clip{.start = frame_time(centre).pts,
                     .end = ends ? end_of(times) : frame_time(centre + stride).pts,
                     .frames = {}};
    for (std::int64_t i = 0; i < window; ++i) {
      const std::int64_t place = std::clamp<std::int64_t>(centre - window / 2 + i, 0, last);
      clip.frames.push_back(frames[static_cast<std::size_t>(place)]);
    }
    clips.push_back(std::move(clip));
  }
  return clips;
}

}  // namespace zoetrope::inference
