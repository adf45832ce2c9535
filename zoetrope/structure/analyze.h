#pragma once
// The structure of a video file.
//
//   media::VideoReader reader("match.mp4");
//   structure::Structure structure = structure::analyze_structure(reader);
//   structure::add_to_timeline(structure, timeline);

#include <cstdint>
#include <functional>

#include "zoetrope/media/video_reader.h"
#include "zoetrope/structure/analyzer.h"

namespace zoetrope::structure {

/// Frames analysed so far, and frames of the video. Called after each frame, on the calling thread; what it
/// throws ends the analysis.
using AnalysisProgress = std::function<void(std::int64_t done, std::int64_t total)>;

/// One pass over the reader's video, decoded in threads of their own at a small size. Frames that cannot be
/// decoded are passed over and counted in `lost_frames`; a frame that is on screen for no time is passed
/// over. Throws what the reader throws.
[[nodiscard]] Structure analyze_structure(const media::VideoReader& reader, StructureOptions options = {},
                                          const AnalysisProgress& progress = {});

/// A frame's picture without copying it: 8UC3, RGB. Valid as long as the tensor, which is uint8 [H, W, 3],
/// contiguous.
[[nodiscard]] cv::Mat as_picture(const torch::Tensor& rgb);

}  // namespace zoetrope::structure
