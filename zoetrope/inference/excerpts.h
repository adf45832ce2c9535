#pragma once
// Spans of a video as a video of their own, with their sound: highlights, and the small previews of pages.
//
//   write_excerpts(reader, {{12.0, 17.0}, {40.5, 45.5}}, "best.mp4");

#include <filesystem>
#include <vector>

#include "zoetrope/media/video_reader.h"

namespace zoetrope::inference {

/// Seconds on the video's clock, half open.
struct Span {
  double start = 0;
  double end = 0;
};

struct ExcerptOptions {
  std::int64_t short_side = 0;  ///< pixels; 0, or more than the video has: as stored
  bool sound = true;            ///< where the video has any; one channel, the mean of the video's
};

/// Writes the spans one after the other to an MP4 file, each frame for as long as it was on screen. Throws
/// Error (kUsage) if no span holds a frame, (kFailed) if the file cannot be written.
void write_excerpts(media::VideoReader& reader, const std::vector<Span>& spans,
                    const std::filesystem::path& path, const ExcerptOptions& options = {});

}  // namespace zoetrope::inference
