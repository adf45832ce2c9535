#pragma once
// From a video to its Timeline: what the structure of the video tells without any label. (Bundles of trained
// models join here: their tracks stand beside these on the same timeline.)

#include <functional>

#include "zoetrope/media/video_reader.h"
#include "zoetrope/structure/analyzer.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::inference {

struct AnalysisOptions {
  structure::StructureOptions structure;
};

/// Called from time to time with the number of frames that are done; may throw to stop the work.
using ProgressCallback = std::function<void(std::int64_t frames)>;

/// The reader's video stream, once, in bounded memory. `path` and hash of the file are in the result. Throws
/// Error (kInput) where no frame can be decoded.
[[nodiscard]] timeline::Timeline analyze_video(media::VideoReader& reader,
                                               const AnalysisOptions& options = {},
                                               const ProgressCallback& progress = {});

}  // namespace zoetrope::inference
