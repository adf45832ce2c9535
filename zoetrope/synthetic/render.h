#pragma once
// The pictures and the sound of a script, before they are encoded.
//
//   const FrameRenderer renderer(script, world);
//   for (std::int64_t i = 0; i < script.num_frames; ++i) use(renderer.frame(i));
//
// A frame depends on the script and its number alone: any order and any thread give the same bytes.

#include <opencv2/core.hpp>
#include <vector>

#include "zoetrope/synthetic/script.h"
#include "zoetrope/synthetic/world.h"

namespace zoetrope::synthetic {

class FrameRenderer {
 public:
  /// Paints the scenes. Keeps references: script and world must outlive it.
  FrameRenderer(const VideoScript& script, const WorldOptions& world);

  /// RGB, uint8 [height, width].
  [[nodiscard]] cv::Mat frame(std::int64_t index) const;

 private:
  void add_grain(cv::Mat& picture, std::int64_t moment) const;

  const VideoScript& script_;
  const WorldOptions& world_;
  std::vector<cv::Mat> textures_;  // of each shot
  cv::Mat grain_;                  // int16 noise, of the shifted domain alone
};

}  // namespace zoetrope::synthetic
