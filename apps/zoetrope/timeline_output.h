#pragma once
// How a timeline of long video is left on the disk: the page for people and the JSON for programs.

#include <string>

#include "zoetrope/media/video_reader.h"
#include "zoetrope/tasks/scoring.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::cli {

/// STEM.json of the timeline and STEM.html of what is `shown` of it. With a reader, the page plays its video;
/// nullptr where there are features alone.
void write_timeline(const timeline::Timeline& timeline, const timeline::Timeline& shown,
                    media::VideoReader* reader, const std::string& stem);

/// Throws Error (kFailed) where it cannot be made.
void make_output_folder(const std::string& folder);

/// A line for the videos that had truth, in percent, and `how` they were measured; nothing without any.
void print_means(const tasks::HeadMetrics& metrics, const std::string& how = "");

}  // namespace zoetrope::cli
