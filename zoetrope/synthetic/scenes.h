#pragma once
// Where it happens: textures that tile, made of noise and waves, seen through a moving camera.
//
//   cv::Mat texture = paint_scene(shot.scene, side, domain_shift, random);  // RGB, side x side, tiles
//   cv::Mat picture = look_at(texture, view_at(shot, seconds), width, height);
//
// A scene is drawn without regard to the action. Its texture drifts, the camera pans, zooms and shakes, so
// that the picture moves also where nothing is done.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "zoetrope/synthetic/random.h"

namespace zoetrope::synthetic {

struct SceneKind {
  std::string name;      ///< "meadow"
  bool outdoors = true;  ///< else indoors: a concept
  double rumble = 0.5;   ///< its sound: 0 hiss to 1 a low rumble
};

[[nodiscard]] const std::vector<SceneKind>& all_scenes();

/// A stretch between two cuts: a scene and how the camera moves before it. Lengths are shares of the picture,
/// times seconds since the shot began.
struct Shot {
  std::int64_t first = 0;  ///< frames [first, last)
  std::int64_t last = 0;
  std::size_t scene = 0;            ///< index of all_scenes
  double x = 0, y = 0;              ///< where the camera looks at first
  double pan_x = 0, pan_y = 0;      ///< a second
  double drift_x = 0, drift_y = 0;  ///< of the texture alone, a second
  double zoom = 1;                  ///< of the texture at first
  double zoom_swing = 0;            ///< of texture and actors, to and fro
  double shake = 0;
  double phase = 0;  ///< of swing and shake, turns
};

/// Of one moment: the shift of everything and its magnification; the texture's own in addition.
struct View {
  double x = 0, y = 0;
  double zoom = 1;
  double texture_x = 0, texture_y = 0;
  double texture_zoom = 1;
};

[[nodiscard]] View view_at(const Shot& shot, double seconds);

/// A shot of a random scene; `camera` and `drift` as in LookOptions.
[[nodiscard]] Shot draw_shot(double camera, double drift, Random& random);

/// RGB, uint8, of this many pixels each way (a multiple of 64); it tiles.
[[nodiscard]] cv::Mat paint_scene(std::size_t scene, int side, double domain_shift, Random& random);

[[nodiscard]] cv::Mat look_at(const cv::Mat& texture, const View& view, int width, int height);

}  // namespace zoetrope::synthetic
