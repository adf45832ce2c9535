#pragma once
// Features made up for real label sequences, so that methods can be tried where the sequences are at hand and
// the features are not: each class has a mean, each frame is its class's mean with noise, each video drifts as
// lighting and camera would have it, and some pairs of classes lie close together.
//
//   FeatureGenerator generator(48, {.seed = 7});
//   std::vector<float> features = generator.make(labels, video);       // [D, T]
//
// Feature d of frame t of video v is
//
//   mean[label(t)][d] + drift * w_v(t, d) + noise * n(t, d)
//
// where the entries of means, n and the start of w are of mean 0 and variance 1, and w is a walk that keeps
// its variance: w(t + 1) = r w(t) + sqrt(1 - r^2) n', r = exp(-1 / drift_frames). The second class of a
// confusable pair has the first one's mean, moved by `pair_distance` of what two means differ by otherwise.
// Everything follows from the seed, the same on every platform and whatever the order of the videos.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "zoetrope/data/label_files.h"

namespace zoetrope::data {

struct GeneratorOptions {
  std::int64_t dimensions = 64;
  double noise = 2;
  double drift = 1;
  double drift_frames = 300;          ///< over which the walk forgets where it was
  std::int64_t confusable_pairs = 8;  ///< at most half the classes
  double pair_distance = 0.3;
  std::uint64_t seed = 0;
};

class FeatureGenerator {
 public:
  /// Throws Error (kUsage) for options out of range.
  FeatureGenerator(std::int64_t num_classes, const GeneratorOptions& options);

  /// [dimensions, frames]. Throws Error (kUsage) for a label that is no class.
  [[nodiscard]] std::vector<float> make(LabelSpan labels, std::uint64_t video) const;

  [[nodiscard]] std::span<const float> mean_of(std::int64_t label) const;
  [[nodiscard]] const std::vector<std::pair<std::int64_t, std::int64_t>>& pairs() const { return pairs_; }

 private:
  GeneratorOptions options_;
  std::int64_t num_classes_;
  std::vector<float> means_;  // [classes, dimensions]
  std::vector<std::pair<std::int64_t, std::int64_t>> pairs_;
};

/// How a generated set is split. K splits: the test part of each has every K-th group of videos.
struct GeneratedSplits {
  std::int64_t count = 4;
  /// Videos whose names agree before its first occurrence are a group, so that the views of a recording, or a
  /// person, lie on one side: "_" takes P16_cam01_P16_tea and P16_webcam01_P16_milk together. Empty: each alone.
  std::string group_until = {};
};

/// Writes a data set in the layout of segmentation_set.h below `root`, which is made: features, groundTruth,
/// mapping.txt, transcripts, sets, and splits/{train,test}.splitK.bundle. Throws Error: kUsage without two groups a
/// split, kFailed where the disk refuses.
void write_generated_set(const std::filesystem::path& root, const VideoLabels& videos,
                         const std::vector<std::string>& classes, const GeneratorOptions& options,
                         const GeneratedSplits& splits = {}, const std::function<void()>& on_video = {});

}  // namespace zoetrope::data
