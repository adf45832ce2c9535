#pragma once
// What verbs for networks of feature sequences are given: features, or videos to compute them of.
//
//   InputBatch batch(options.on_error);
//   for (const fs::path& input : feature_inputs(options.inputs, options.output, batch))
//     batch.run(input, [&] { run.add(input); });
//   return batch.exit_code();

#include <filesystem>
#include <string>
#include <vector>

#include "apps/zoetrope/input_batch.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/progress.h"
#include "zoetrope/media/video_reader.h"

namespace zoetrope::cli {

/// Whether a path names features (.npy) and no video.
[[nodiscard]] bool is_features(const std::filesystem::path& path);

/// Files as given; a folder stands for the features in it, or, where it holds none, for the videos below it
/// but those in the folder of results. A folder with neither is a failure of the batch.
[[nodiscard]] std::vector<std::filesystem::path> feature_inputs(const std::vector<std::string>& inputs,
                                                                const std::filesystem::path& results,
                                                                InputBatch& batch);

/// Throws Error (kUsage) where two files would share a result, NAME.json; `hint` ends its line.
void refuse_equal_names(const std::vector<std::filesystem::path>& files, const std::string& hint = "");

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
