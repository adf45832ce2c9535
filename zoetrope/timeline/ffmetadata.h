#pragma once
// FFMETADATA (FFmpeg, https://ffmpeg.org/ffmpeg-formats.html#Metadata-1): a track as the chapters of a video,
//   ffmpeg -i kitchen.mp4 -i kitchen.ffmeta -map_chapters 1 -codec copy chapters.mp4
//
// Holds the spans and labels of one track, which comes back as "chapters". Does not hold: anything else.
// Times are rounded to the nearest millisecond. Reading: any TIMEBASE (nanoseconds where there is none, as
// FFmpeg has it), sections of streams and global tags are passed over; a chapter's label is its `title`.

#include <string>
#include <string_view>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

/// Throws Error (kUsage) where the timeline has not exactly one track.
[[nodiscard]] std::string to_ffmetadata(const Timeline& timeline);

/// Throws Error (kInput) "NAME:LINE: ...".
[[nodiscard]] Timeline from_ffmetadata(std::string_view text, const std::string& name);

}  // namespace zoetrope::timeline
