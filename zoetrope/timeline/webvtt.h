#pragma once
// WebVTT (W3C, https://www.w3.org/TR/webvtt1/): tracks and texts as cues that a player shows over the video.
//
//   action #1
//   00:00:00.000 --> 00:00:04.200
//   <c.label.id-7>pour milk</c> <c.score>0.91</c>
//
// Holds tracks and texts: name (as the cue's identifier), times, labels, label ids, scores, captions. A
// player shows the label and the score; a style sheet can reach them as ::cue(.label) and ::cue(.score). Cues
// stand in the order of their starts, so tracks come back in the order of their first cue.
//
// Does not hold: the video, descriptions, sources, curves, attachments, warnings, tracks without a segment.
// Times are rounded to the nearest millisecond, times before zero become zero; scores keep four significant
// digits.
//
// Text is escaped (& < > and what would end a line), so that every string comes back, a NUL excepted, which
// the specification turns into U+FFFD. Reading others' files: hours of any length, settings, NOTE, STYLE and
// REGION blocks are passed over; tags are dropped and character references resolved; a cue without a .label
// span is a caption of the text "captions", or of the name in its identifier where that ends in " #" and a
// number.

#include <string>
#include <string_view>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

[[nodiscard]] std::string to_webvtt(const Timeline& timeline);

/// Throws Error (kInput) "NAME:LINE: ..." on what is no WebVTT, and on a cue whose times cannot be read.
[[nodiscard]] Timeline from_webvtt(std::string_view text, const std::string& name);

}  // namespace zoetrope::timeline
