#pragma once
// Small worlds for tests: few frames, so that a test takes milliseconds.

#include <opencv2/core.hpp>
#include <vector>

#include "zoetrope/synthetic/render.h"
#include "zoetrope/synthetic/script.h"
#include "zoetrope/synthetic/world.h"

namespace zoetrope::test {

/// Eight actions, two clips of each to train on and one of each of the others, of eight frames.
inline synthetic::WorldOptions small_world() {
  synthetic::WorldOptions world;
  world.width = 64;
  world.height = 48;
  world.fps = 8;
  world.clips.seconds = 1;
  world.clips.train = 2;
  world.clips.val = 1;
  world.clips.test = 1;
  return world;
}

/// Untrimmed videos alone, of the same actions.
inline synthetic::WorldOptions untrimmed_world() {
  synthetic::WorldOptions world = small_world();
  world.clips.train = world.clips.val = world.clips.test = 0;
  world.untrimmed.train = 4;
  world.untrimmed.val = 1;
  world.untrimmed.test = 2;
  world.untrimmed.step_seconds = {1, 2};
  world.untrimmed.background_seconds = {0.5, 1};
  world.untrimmed.cuts_a_minute = 20;
  return world;
}

/// uint8 [frames * height, width, 3]: the frames one below the other.
inline cv::Mat all_frames(const synthetic::VideoScript& script, const synthetic::WorldOptions& world) {
  const synthetic::FrameRenderer renderer(script, world);
  std::vector<cv::Mat> frames;
  for (std::int64_t i = 0; i < script.num_frames; ++i) frames.push_back(renderer.frame(i));
  cv::Mat film;
  cv::vconcat(frames, film);
  return film;
}

inline bool same_picture(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && cv::norm(a, b, cv::NORM_INF) == 0;
}

}  // namespace zoetrope::test
