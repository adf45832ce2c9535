#pragma once
// The camera's motion as a labelled track in the terms of film, from the rates of motion.h.

#include <span>
#include <string>
#include <vector>

#include "zoetrope/structure/motion.h"
#include "zoetrope/structure/shots.h"

namespace zoetrope::structure {

/// "static", "handheld", "pan left", "pan right", "tilt up", "tilt down", "zoom in", "zoom out", "roll
/// clockwise", "roll counter-clockwise".
struct CameraSegment {
  double begin = 0;
  double end = 0;
  std::string label;
  /// Mean speed that the labelled motion gives the picture, percent of the diagonal a second.
  double speed = 0;
};

struct CameraOptions {
  /// The median over so many seconds is labelled: shakes go, moves stay.
  double smoothing = 1.0;
  /// A motion slower than this is none; percent of the diagonal a second (3: a pan across the frame takes 29
  /// s at 16:9).
  double slowest = 3.0;
  /// A camera whose unsmoothed speed has this median, but does not go anywhere, is handheld.
  double shaking = 4.0;
  /// A label that holds for less than this many seconds is given to its neighbour.
  double shortest = 0.5;
};

/// Segments without gaps over [begin, end), seconds. None crosses a transition: what lies within a gradual
/// one is divided at its middle, and its flow does not count. `aspect` is the frame's width over its height.
[[nodiscard]] std::vector<CameraSegment> label_camera(std::span<const MotionSample> samples,
                                                      std::span<const Transition> transitions, double begin,
                                                      double end, double aspect, CameraOptions options = {});

}  // namespace zoetrope::structure
