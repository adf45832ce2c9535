#include "zoetrope/data/clip_source.h"

#include <algorithm>
#include <iterator>

#include <utility>

#include "zoetrope/data/sample_frames.h"
#include "zoetrope/media/transforms.h"

namespace zoetrope::data {
namespace {

// For each exclusive label set the class that each becomes in a mirror; empty where nothing is swapped.
std::vector<std::vector<std::int64_t>> mirrors_of(const Dataset& dataset, const AugmentOptions& options) {
  std::vector<std::vector<std::int64_t>> mirrors(dataset.label_sets.size());
  std::vector<std::string> all;
  for (std::size_t set = 0; set < mirrors.size(); ++set) {
    const std::vector<std::string>& names = dataset.label_sets[set].names;
    all.insert(all.end(), names.begin(), names.end());
    // A pair is of the sets that know one of its names.
    std::vector<std::string> pairs;
    std::ranges::copy_if(options.flip_pairs, std::back_inserter(pairs), [&](const std::string& pair) {
      const std::size_t colon = std::min(pair.find(':'), pair.size() - 1);
      return std::ranges::count(names, pair.substr(0, colon)) +
                 std::ranges::count(names, pair.substr(colon + 1)) >
             0;
    });
    if (!pairs.empty()) mirrors[set] = mirror_labels(names, pairs);
  }
  (void)mirror_labels(all, options.flip_pairs);  // refuses a pair that no set knows
  return mirrors;
}

}  // namespace

SampleSource training_source(const Dataset& dataset, const ClipSourceOptions& options) {
  return [options, mirrors = mirrors_of(dataset, options.augment)](const Sample& sample,
                                                                   RandomGenerator& random) {
    SampleFrames frames(sample.path);
    const media::FrameIndices drawn =
        draw_frames(frames.times(), sample, options.timing, options.augment, random);
    bool mirrored = false;
    LoadedSample made{.clip = media::augment_clip(frames.read(drawn), options.size, options.augment.picture,
                                                  random, &mirrored)};
    if (!mirrored) return made;
    made.labels = sample.labels;
    for (std::size_t set = 0; set < mirrors.size() && set < made.labels->size(); ++set) {
      if (mirrors[set].empty() || !(*made.labels)[set]) continue;
      for (std::int64_t& label : *(*made.labels)[set]) label = mirrors[set][static_cast<std::size_t>(label)];
      std::ranges::sort(*(*made.labels)[set]);
    }
    return made;
  };
}

SampleSource centre_source(const ClipSourceOptions& options) {
  return [options](const Sample& sample, RandomGenerator&) {
    SampleFrames frames(sample.path);
    const media::FrameIndices all = frames_of(frames.times(), sample, options.timing.fps);
    const ClipTiming& timing = options.timing;
    media::FrameIndices clip =
        timing.segments
            ? media::segment_centres(std::ssize(all), timing.frames)
            : media::spread_clips(std::ssize(all), 1, {.frames = timing.frames, .stride = timing.stride})
                  .front();
    for (std::int64_t& frame : clip) frame = all[static_cast<std::size_t>(frame)];
    const torch::Tensor resized = media::resize_short_side(frames.read(clip), options.size);
    const torch::Tensor centre =
        media::center_crop(resized, options.size, options.size, media::CropRounding::kEven);
    return LoadedSample{.clip = media::frames_to_clip(centre)};
  };
}

}  // namespace zoetrope::data
