#pragma once
// How different two frames are as scenes: whether a camera that moves, pictures that move and light that
// changes could lead from one to the other within a shot.
//
// Two cues, combined so that both must speak:
//   colour      colour_distance of frame_features.h: blind to where within a cell things are
//   structure   1 - the mean correlation of 10 x 10 pixel blocks of one frame with the other frame after compensation
//               of motion by dense inverse search optical flow (Kroeger, Timofte, Dai and Van Gool, "Fast optical flow
//               using dense inverse search", ECCV 2016; OpenCV's DISOpticalFlow). Correlation ignores a block's gain and
//               offset, so that a flash or a change of exposure does not count; flow takes out pans and shakes.
// The dissimilarity is their geometric mean, in [0, 1]. On the development clips (bench/structure_eval.cpp)
// the frames on both sides of a cut between different scenes lie at 0.45 to 0.8, neighbouring frames of a
// shot at 0.01 to 0.2, and below 0.4 even in the fastest shakes.

#include <opencv2/core.hpp>
#include <opencv2/video/tracking.hpp>

#include "zoetrope/structure/frame_features.h"

namespace zoetrope::structure {

/// Dense flow between small grey frames. The result depends on the two frames alone, not on how many threads
/// OpenCV may use: spatial propagation, which does depend on it, is off.
class FlowEstimator {
 public:
  FlowEstimator();
  /// CV_32FC2 in pixels: what is at p in `from` is at p + flow(p) in `to`. Valid until the next call.
  const cv::Mat& operator()(const cv::Mat& from, const cv::Mat& to);

 private:
  cv::Ptr<cv::DISOpticalFlow> dis_;
  cv::Mat flow_;
};

class SceneComparer {
 public:
  /// 1 - the mean block correlation after motion compensation, in [0, 1]. Blocks that are flat and alike in
  /// both frames (letterbox bars, sky) do not count; where hardly any block is left, `without_texture` is
  /// returned.
  float structure_distance(const cv::Mat& a, const cv::Mat& b, float without_texture);
  float dissimilarity(const FrameFeatures& a, const FrameFeatures& b);

 private:
  FlowEstimator flow_;
  cv::Mat map_, warped_;
};

}  // namespace zoetrope::structure
