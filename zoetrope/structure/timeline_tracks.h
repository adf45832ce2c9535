#pragma once
// The structure of a video as tracks and curves of a Timeline.
//
//   track  shots           "shot 1", "shot 2", ...; score: none
//   track  transitions     "cut", "dissolve", "fade", "wipe"; a cut has no length; score: how much the
//                          pictures on both sides differ, in [0, 1]
//   track  camera          "static", "pan left", ...; score: speed in percent of the frame's diagonal a second
//   track  parts           "part 1", ...; score: contrast to the part before, in [0, 1]; none for the first
//   track  representative  "representative 1", ... in the order of time; score: the share of the video it stands for
//   curve  motion          mean length of the optical flow, percent of the frame's diagonal a second; NaN at transitions
//   curve  brightness      mean luma, percent of full scale

#include <array>

#include "zoetrope/structure/analyzer.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::structure {

inline constexpr std::array<const char*, 5> kTrackNames = {"shots", "transitions", "camera", "parts",
                                                           "representative"};

/// Adds the tracks and curves above, those without content too, so that a reader finds them. Nothing for a
/// structure without frames. Throws Error (kUsage) if the timeline has a track or curve of one of these
/// names.
void add_to_timeline(const Structure& structure, timeline::Timeline& timeline);

}  // namespace zoetrope::structure
