#pragma once
// Parts: the whole video divided where its appearance and motion change for good, without labels.
//
// Kernel temporal segmentation (Potapov, Douze, Harchaoui and Schmid, "Category-specific video
// summarization", ECCV 2014) in the linear case on the descriptions of samples.h: the parts minimise
//   sum over parts of the scatter about the part's mean, in (squared distance) x seconds  +  penalty x parts
// exactly, by dynamic programming over all places of the boundaries. The number of parts follows: a boundary
// stands where it saves more scatter than it costs. Two scenes of a and b seconds at squared distance d save
// d a b / (a + b). The cost of a boundary is `penalty` where the video has a shot transition and
// `free_penalty` elsewhere, so that parts begin at cuts if they can, may span many shots, and may divide a
// shot that changes; it grows with the square root of the duration beyond a minute, so that an hour has
// chapters rather than shots (a minute's parts some seconds long, an hour's some minutes).
//
// Boundaries within `snap` of a transition move to it: a cut's time, the middle of a gradual one.

#include <span>
#include <vector>

#include "zoetrope/structure/samples.h"
#include "zoetrope/structure/shots.h"

namespace zoetrope::structure {

struct PartOptions {
  double penalty = 0.25;      ///< squared distance x seconds
  double free_penalty = 0.6;  ///< the same, away from transitions
  double shortest = 2;        ///< seconds
  double snap = 0.5;          ///< seconds
};

struct Part {
  double begin = 0;
  double end = 0;
  /// Squared distance of its mean description to that of the part before, in [0, 2]; 0 for the first.
  double contrast = 0;
};

/// Parts without gaps from the first sample's begin to the last one's end; none for no samples.
[[nodiscard]] std::vector<Part> find_parts(std::span<const Sample> samples,
                                           std::span<const Transition> transitions, PartOptions options = {});

}  // namespace zoetrope::structure
