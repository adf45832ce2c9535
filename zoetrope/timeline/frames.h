#pragma once
// Frame text, the layout of MS-TCN and the data sets of action segmentation: one class name a line, a line a
// frame.
//
//   SIL
//   pour_milk
//   pour_milk
//
// The format knows no times: they come from the frame rate, or from the presentation time of every frame.
// Frame i is shown during [edge(i), edge(i + 1)), edge(i) = start + i / fps; and it is labelled by the
// segment that covers the middle of that. So boundaries go to the nearest frame, and a segmentation that was
// read from frames gives the same frames again. Where segments overlap, the one that starts last has the
// frame, of equal starts the first in the track. Frames that no segment covers are background, and background
// is read as a gap.
//
// Holds the spans and labels of one track, which comes back as "segments". Does not hold: anything else.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

/// When frames are shown: at a rate, or at given times, which ascend. After the last of those, that one lasts
/// as long as the one before it, or 1 / fps.
struct FrameClock {
  double start = 0;             ///< seconds: when the first frame is shown
  double fps = 0;               ///< frames a second
  std::vector<double> times{};  ///< seconds, one a frame; where given, `start` is not used

  /// When frame i begins and frame i - 1 ends.
  [[nodiscard]] double edge(std::int64_t i) const;
};

/// For each of `num_frames` frames the index of its segment in the track, or -1.
[[nodiscard]] std::vector<std::int64_t> segments_of_frames(const Track& track, const FrameClock& clock,
                                                           std::int64_t num_frames);

inline constexpr const char* kBackground = "background";

/// A clock with neither rate nor times stands for the video's start and rate. The number of frames is that of
/// the clock's times, else the video's, else its duration at that rate. Throws Error (kUsage) where it is not
/// known or the timeline has not exactly one track; Error (kInput) where a label is no line of its own
/// (empty, or with a line end).
[[nodiscard]] std::string to_frames(const Timeline& timeline, const FrameClock& clock = {},
                                    const std::string& background = kBackground);

/// Frames of the name `background` ("SIL" in Breakfast) are gaps; where it is "", every label is a segment.
/// The timeline's video has the clock's start and rate, the number of frames and their duration. Throws Error
/// (kUsage) where the clock has neither rate nor times; Error (kInput) "NAME:LINE: ..." on a line without a
/// name, and where the number of lines is not that of the clock's times.
[[nodiscard]] Timeline from_frames(std::string_view text, const std::string& name, const FrameClock& clock,
                                   const std::string& background = kBackground);

}  // namespace zoetrope::timeline
