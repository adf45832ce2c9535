#pragma once
// What verbs for networks of feature sequences are given: features, or videos to compute them of.

#include <filesystem>
#include <string>
#include <vector>

#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/progress.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::cli {

/// Whether a path names features (.npy) and no video.
[[nodiscard]] bool is_features(const std::filesystem::path& path);

/// Files as given; a folder stands for the features in it, or, where it holds none, for the videos below it but those in
/// the folder of results. Throws Error (kInput) for a folder with neither.
[[nodiscard]] std::vector<std::filesystem::path> feature_inputs(const std::vector<std::string>& inputs,
                                                                const std::filesystem::path& results);

/// What `run` makes of a video's features, which it computes with the progress that it is given.
template <typename Run>
auto with_progress(const media::VideoReader& reader, ProgressMode mode, Run&& run) {
  const std::string name = std::filesystem::path(reader.info().path).filename().string();
  Progress progress({.label = name + ", features", .total = reader.num_frames(), .mode = mode});
  return run([&progress](std::int64_t done, std::int64_t) {
    throw_if_interrupted();
    progress.advance(done - progress.done());
  });
}

}  // namespace zoetrope::cli
