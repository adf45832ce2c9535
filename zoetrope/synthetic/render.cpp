#include "zoetrope/synthetic/render.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace zoetrope::synthetic {
namespace {

constexpr double kGrain = 16;  // grey levels of the shifted domain's grain, at most

/// A texture is about twice as large as the picture, in steps that its noise can tile.
int texture_side(const WorldOptions& world) {
  const auto longer = static_cast<int>(std::max(world.width, world.height));
  return (2 * longer + 63) / 64 * 64;
}

/// The pose as the camera sees it.
Pose seen_from(const View& view, Pose pose) {
  pose.x = pose.x + view.x - std::floor(pose.x + view.x);
  pose.y = pose.y + view.y - std::floor(pose.y + view.y);
  return pose;
}

}  // namespace

FrameRenderer::FrameRenderer(const VideoScript& script, const WorldOptions& world)
    : script_(script), world_(world) {
  const int side = texture_side(world);
  for (std::size_t i = 0; i < script.shots.size(); ++i) {
    Random random(world.seed, fmt::format("{}/texture/{}", script.key, i));
    textures_.push_back(paint_scene(script.shots[i].scene, side, world.look.domain_shift, random));
  }
  if (world.look.domain_shift <= 0) return;
  Random random(world.seed, script.key + "/grain");
  grain_.create(2 * static_cast<int>(world.height), 2 * static_cast<int>(world.width), CV_16SC1);
  const double strength = kGrain * world.look.domain_shift;
  for (int y = 0; y < grain_.rows; ++y) {
    for (int x = 0; x < grain_.cols; ++x)
      grain_.at<short>(y, x) = static_cast<short>(std::lround(random.uniform(-strength, strength)));
  }
}

void FrameRenderer::add_grain(cv::Mat& picture, std::int64_t moment) const {
  Random random(world_.seed, fmt::format("{}/grain/{}", script_.key, moment));
  const int x = static_cast<int>(random.below(static_cast<std::size_t>(grain_.cols - picture.cols + 1)));
  const int y = static_cast<int>(random.below(static_cast<std::size_t>(grain_.rows - picture.rows + 1)));
  for (int row = 0; row < picture.rows; ++row) {
    const short* grain = grain_.ptr<short>(y + row) + x;
    cv::Vec3b* pixels = picture.ptr<cv::Vec3b>(row);
    for (int column = 0; column < picture.cols; ++column) {
      for (int c = 0; c < 3; ++c)
        pixels[column][c] = cv::saturate_cast<std::uint8_t>(pixels[column][c] + grain[column]);
    }
  }
}

cv::Mat FrameRenderer::frame(std::int64_t index) const {
  const std::int64_t moment = script_.moment_of(index);
  const Shot& shot = shot_at(script_, moment);
  const View view = view_at(shot, static_cast<double>(moment - shot.first) / world_.fps);
  const cv::Mat& texture = textures_[static_cast<std::size_t>(&shot - script_.shots.data())];
  cv::Mat picture = look_at(texture, view, static_cast<int>(world_.width), static_cast<int>(world_.height));
  const double shift = world_.look.domain_shift, scale = world_.look.actor_scale * view.zoom;
  for (const Companion& companion : script_.companions)
    draw_actor(picture, companion.look, seen_from(view, companion.pose), companion.scale * scale, shift);
  const Pose pose = seen_from(view, pose_at(script_, moment, world_.fps));
  draw_actor(picture, script_.actor, pose, scale, shift);
  if (shift > 0) add_grain(picture, moment);
  return picture;
}

}  // namespace zoetrope::synthetic
