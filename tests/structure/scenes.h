#pragma once
// Clips and measures that several tests share.

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <string>
#include <vector>

#include "tests/structure/compose.h"

namespace zoetrope::structure::compose {

inline const std::vector<Clip>& test_clips() {
  static const std::vector<Clip> clips = [] {
    std::vector<Clip> all = load_clips(ZOETROPE_TEST_DATA, "dev", {160, 120});
    for (Clip& clip : load_clips(ZOETROPE_TEST_DATA, "report", {160, 120})) all.push_back(std::move(clip));
    return all;
  }();
  return clips;
}

/// The clip whose file has this in its name.
inline const Clip& clip_named(const std::string& part) {
  for (const Clip& clip : test_clips()) {
    if (clip.name.find(part) != std::string::npos) return clip;
  }
  throw std::runtime_error("no clip " + part);
}

/// A video of one scene, each frame made from a frame of the clip by `make(frame, index)`.
template <typename Make>
Video one_scene(const Clip& clip, int count, double fps, Make make) {
  Video video{.fps = fps, .frames = {}, .transitions = {}};
  for (int i = 0; i < count; ++i) {
    const cv::Mat& frame = clip.frames[static_cast<std::size_t>(i) % clip.frames.size()];
    video.frames.push_back(make(frame, i));
  }
  return video;
}

/// The window of this size about `centre` of a large still, sampled with bilinear weights.
inline cv::Mat view_of(const cv::Mat& still, cv::Point2d centre, double zoom, double degrees, cv::Size size) {
  cv::Mat turn = cv::getRotationMatrix2D(
      cv::Point2f(static_cast<float>(centre.x), static_cast<float>(centre.y)), degrees, zoom);
  turn.at<double>(0, 2) += size.width / 2.0 - centre.x;
  turn.at<double>(1, 2) += size.height / 2.0 - centre.y;
  cv::Mat view;
  cv::warpAffine(still, view, turn, size, cv::INTER_LINEAR, cv::BORDER_REFLECT);
  return view;
}

/// A still of many real scenes side by side, large enough for a camera to move over.
inline cv::Mat panorama() {
  cv::Mat still;
  cv::resize(clip_named("arm_wrestling").frames[10], still, {1280, 960}, 0, 0, cv::INTER_CUBIC);
  return still;
}

}  // namespace zoetrope::structure::compose
