#pragma once
// SRT (SubRip), which every player reads and no standard describes: numbered cues of plain text.
//
//   1
//   00:00:00,000 --> 00:00:04,200
//   pour milk (0.91)
//
// Written are segments, as "label (score)", and captions, in the order of their starts; where the timeline
// has several tracks, "track: label (score)". Read is one text, "captions": the format says of nothing what
// it is. Markup (<i>) is left as it stands; a cue may lack its number or the blank line before it, '.' may
// stand for ','.
//
// Does not hold: anything but times and text. Times are rounded to the nearest millisecond, times before zero
// become zero; scores keep four significant digits. There is no escape: "-->" becomes "->", every line end
// becomes a line feed, and those at the end of a text are lost.

#include <string>
#include <string_view>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

[[nodiscard]] std::string to_srt(const Timeline& timeline);

/// Throws Error (kInput) "NAME:LINE: ..." on text that belongs to no cue.
[[nodiscard]] Timeline from_srt(std::string_view text, const std::string& name);

}  // namespace zoetrope::timeline
