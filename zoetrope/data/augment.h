#pragma once
// Which frames a training clip has, and what a mirror does to labels.
//
//   media::FrameIndices frames = data::draw_frames(times, sample, {.frames = 16, .stride = 4}, options, random);

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/core/random.h"
#include "zoetrope/data/dataset.h"
#include "zoetrope/media/augment.h"
#include "zoetrope/media/reader_options.h"
#include "zoetrope/media/sampling.h"

namespace zoetrope::data {

struct AugmentOptions {
  media::AugmentOptions picture = {};
  double drop_frames = 0;            ///< probability that a frame is replaced by the one before it
  std::int64_t temporal_jitter = 0;  ///< frames of the video by which each frame may be off its place
  /// Labels that a mirror swaps, "turn left:turn right". A clip whose label has none keeps it.
  std::vector<std::string> flip_pairs = {};
};
/// All in one table.
void describe(ConfigFields& fields, AugmentOptions& options);

/// Which frames a clip has: as many, `stride` apart, of the video brought to `fps` a second (0: as it is).
struct ClipTiming {
  std::int64_t frames = 16;
  std::int64_t stride = 1;
  double fps = 0;
  bool segments = false;  ///< one frame of each of as many equal parts of the sample (TSN, TSM); no stride
};

/// The frames of the video that are on screen between a sample's start and end, brought to `fps`.
/// Throws Error (kInput) where there are none.
[[nodiscard]] media::FrameIndices frames_of(std::span<const media::FrameTime> times, const Sample& sample,
                                            double fps);

/// The frames of one random clip of the sample, ascending; a sample that is too short repeats its last frame.
[[nodiscard]] media::FrameIndices draw_frames(std::span<const media::FrameTime> times, const Sample& sample,
                                              const ClipTiming& timing, const AugmentOptions& options,
                                              RandomGenerator& random);

/// For each class the class that it becomes in a mirror, by `flip_pairs`. Throws Error (kUsage) for a pair that
/// is not "a:b" of two of the labels, each once.
[[nodiscard]] std::vector<std::int64_t> mirror_labels(const std::vector<std::string>& labels,
                                                      const std::vector<std::string>& pairs);

}  // namespace zoetrope::data
