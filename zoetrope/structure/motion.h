#pragma once
// How much moves in the picture, and how the camera moves, from dense optical flow.
//
// The flow is OpenCV's DIS (Kroeger, Timofte, Dai and Van Gool, ECCV 2016) between frames some kFlowInterval
// apart, so that neither the cost nor the precision depends on the frame rate. The camera's share of it is
// the similarity
//   u = pan + zoom x - roll y,   v = tilt + roll x + zoom y     (x, y from the centre, pixels a pair)
// that fits most of the picture: iteratively reweighted least squares with Tukey's biweight (Holland and
// Welsch, 1977), scale from the median absolute residual, points weighted by texture, begun from the median
// flow. Objects that cover less than about half of the textured picture do not disturb it.
//
// Everything is a rate a second and relative to the picture, so that it depends neither on resolution nor
// frame rate.

#include <opencv2/core.hpp>
#include <optional>

#include "zoetrope/structure/dissimilarity.h"
#include "zoetrope/structure/frame_features.h"

namespace zoetrope::structure {

/// Seconds between the two frames of a flow; of slower videos, neighbouring frames.
inline constexpr double kFlowInterval = 0.1;

/// The camera's motion in the terms of film: of the camera, not of the picture, which moves the other way.
struct CameraMotion {
  double pan = 0;   ///< frame widths a second, positive to the right
  double tilt = 0;  ///< frame heights a second, positive up
  double zoom = 0;  ///< natural logarithm of the magnification a second, positive in
  double roll = 0;  ///< degrees a second, positive clockwise
};

struct MotionSample {
  double begin = 0;   ///< seconds: when the first frame of the pair appears
  double end = 0;     ///< seconds: when the second does
  double motion = 0;  ///< mean length of the flow, percent of the frame's diagonal a second
  CameraMotion camera;
  double support = 0;  ///< share of the textured picture that moves with the camera, in [0, 1]

  /// The mean rates of both, weighted by time.
  void merge(const MotionSample& next);
};

/// `flow` is CV_32FC2 in pixels over `seconds`, `luma` the grey frame that it starts from.
[[nodiscard]] MotionSample measure_motion(const cv::Mat& flow, const cv::Mat& luma, double seconds);

class MotionEstimator {
 public:
  /// A sample whenever kFlowInterval has passed since the last one's second frame.
  std::optional<MotionSample> push(const FrameFeatures& features, double pts);

 private:
  FlowEstimator flow_;
  cv::Mat reference_;
  double reference_pts_ = 0;
};

}  // namespace zoetrope::structure
