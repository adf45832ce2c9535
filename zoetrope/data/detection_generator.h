#pragma once
// Untrimmed videos and trimmed clips made up as two-stream features, so that detectors that learn from the
// labels of whole videos can be tried without a data set.
//
//   data::write_generated_detection_set("made", {.seed = 7});
//   data::read_detection_set({.annotations = "made/untrimmed.json", .subset = "training",
//                             .features = "made/untrimmed"});
//   data::read_detection_set({.annotations = "made/trimmed.json", .features = "made/trimmed"});
//
// An untrimmed video has one class or two. Actions of 2 to 6 seconds alternate with background, which is a
// scene: one that goes with the video's class, with the probability `context` (in test videos
// `test_context`), or any at all, that one among them. So a scene tells the class where the training videos
// are biased, and the action tells it everywhere. A trimmed clip is action from end to end, from another
// domain. In each stream, a frame's feature is
//
//   mean of its class + what all actions have in common + noise * n        of an action
//   mean of its scene + noise * n                                           of background
//   + shift * a direction                                                   in trimmed clips
//
// with entries of mean 0 and variance 1; RGB has more noise than flow. Trimmed clips have the first
// `overlapping` of the classes and `trimmed_only` others. Everything follows from the seed, the same on every
// platform.

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>

#include "zoetrope/core/config.h"

namespace zoetrope::data {

struct DetectionGeneratorOptions {
  std::int64_t classes = 8;
  std::int64_t overlapping = 8;   ///< of them, those that the trimmed clips have too
  std::int64_t trimmed_only = 4;  ///< other classes of the trimmed clips
  std::int64_t train = 64;        ///< untrimmed videos
  std::int64_t test = 48;
  std::int64_t clips = 120;
  std::int64_t dimensions = 64;  ///< of each stream
  double fps = 5;                ///< features a second
  double seconds = 60;           ///< of an untrimmed video, from a half to one and a half of it
  double clip_seconds = 5;
  double action_share = 0.3;             ///< of a video's time
  std::array<double, 2> noise = {3, 2};  ///< RGB, flow
  double context = 0.7;
  double test_context = 0.2;
  double shift = 0.5;
  std::uint64_t seed = 0;
};
void describe(ConfigFields& fields, DetectionGeneratorOptions& options);

/// Below `root`, which is made: untrimmed.json (subsets "training" and "testing"),
/// untrimmed/{rgb,flow}/NAME.npy, trimmed.json and trimmed/{rgb,flow}/NAME.npy. Throws Error: kUsage for
/// options out of range, kFailed where the disk refuses. `on_video` is called after each video and clip.
void write_generated_detection_set(const std::filesystem::path& root,
                                   const DetectionGeneratorOptions& options,
                                   const std::function<void()>& on_video = {});

}  // namespace zoetrope::data
