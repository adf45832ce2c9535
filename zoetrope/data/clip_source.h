#pragma once
// Samples from video files and folders of pictures: what a Loader's workers do.

#include <cstdint>

#include "zoetrope/data/augment.h"
#include "zoetrope/data/loader.h"

namespace zoetrope::data {

struct ClipSourceOptions {
  ClipTiming timing = {};
  std::int64_t size = 112;  ///< height and width of a clip
  AugmentOptions augment = {};
};

/// Random clips, augmented, uint8 [3, T, size, size]. Labels that a mirror swaps are swapped with it (flip_pairs, of
/// the label sets that have them). Throws Error (kUsage) where flip_pairs do not fit.
[[nodiscard]] SampleSource training_source(const Dataset& dataset, const ClipSourceOptions& options);

/// The clip in the middle of each sample, its centre square: the same at every call. Pixels are those of an evaluation
/// of the trained bundle (inference/preprocess.h with an antialiased resize).
[[nodiscard]] SampleSource centre_source(const ClipSourceOptions& options);

}  // namespace zoetrope::data
