#pragma once
// The segments that represent the video best, as in the CoVieW challenges: up to six of about five seconds.
//
// Candidates are windows of `length` seconds, a second or half their length apart, and at every shot's
// beginning; one that would run over a transition ends there if at least `shortest` seconds are left. The set
// S maximises the facility location objective
//   sum over moments t of the video of  max over s in S of  quality(s) x similarity(t, s)
//   similarity(t, s) = exp(-squared distance of descriptions / kScale) x (1 - kNearness |time between| / duration)
// (coverage; a second segment of the same content gains little, which is diversity; the factor of time
// spreads the segments over a video that never changes). Quality lowers segments that are partly black or
// cross a cut. The objective is monotone and submodular, so that choosing greedily reaches at least 1 - 1/e
// of the best (Nemhauser, Wolsey and Fisher, 1978; for video: Gygli, Grabner and Van Gool, "Video
// summarization by learning submodular mixtures of objectives", CVPR 2015). Segments do not overlap and take
// at most half of the video, but there is always one.

#include <span>
#include <vector>

#include "zoetrope/structure/samples.h"
#include "zoetrope/structure/shots.h"

namespace zoetrope::structure {

/// Seconds: a moment that one can still take in.
inline constexpr double kLeastLength = 0.5;

struct RepresentativeOptions {
  int count = 6;
  double length = 5;  ///< seconds; less where six of them would take more than `share`, down to kLeastLength
  double shortest = 2.5;  ///< seconds, of one that ends at a transition; never more than half of the length
  double share = 0.5;     ///< of the video that they may take together
};

struct Representative {
  double begin = 0;
  double end = 0;
  /// Of the video's time that resembles this segment more than any other one; they sum to 1.
  double share = 0;
};

/// In the order of time; none for no samples. A video of up to kLeastLength seconds is one segment.
[[nodiscard]] std::vector<Representative> choose_representatives(std::span<const Sample> samples,
                                                                 std::span<const Transition> transitions,
                                                                 RepresentativeOptions options = {});

}  // namespace zoetrope::structure
