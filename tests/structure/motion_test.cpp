#include "zoetrope/structure/motion.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/structure/scenes.h"
#include "zoetrope/structure/camera.h"

namespace zoetrope::structure {
namespace {

struct Move {
  double right = 0;    // frame widths a second
  double up = 0;       // frame heights a second
  double zoom = 0;     // logarithm a second
  double degrees = 0;  // of the camera, clockwise, a second
};

// Three seconds of a camera over a large still.
Structure film(const Move& move, cv::Size size = {160, 120}, double fps = 30) {
  const cv::Mat still = compose::panorama();
  const double scale = size.width / 320.0;
  const compose::Video video = compose::one_scene(
      compose::clip_named("two_men"), static_cast<int>(3 * fps), fps, [&](const cv::Mat&, int i) {
        const double t = i / fps - 1.5;
        const cv::Point2d centre(640 + move.right * t * 320, 480 - move.up * t * 240);
        return compose::view_of(still, centre, scale * std::exp(move.zoom * t), move.degrees * t, size);
      });
  return compose::analyze(video);
}

CameraMotion mean_camera(const Structure& structure) {
  MotionSample mean = structure.motion.at(0);
  for (std::size_t i = 1; i < structure.motion.size(); ++i) mean.merge(structure.motion[i]);
  return mean.camera;
}

double mean_motion(const Structure& structure) {
  MotionSample mean = structure.motion.at(0);
  for (std::size_t i = 1; i < structure.motion.size(); ++i) mean.merge(structure.motion[i]);
  return mean.motion;
}

TEST(Motion, DoesNotDependOnResolutionOrFrameRate) {
  const double reference = mean_motion(film({.right = 0.2}));
  EXPECT_NEAR(reference, 100 * 0.2 * 160 / 200, 1.6);  // 0.2 widths of 160 pixels, diagonal 200
  EXPECT_NEAR(mean_motion(film({.right = 0.2}, {320, 240})), reference, 0.1 * reference);
  EXPECT_NEAR(mean_motion(film({.right = 0.2}, {160, 120}, 12)), reference, 0.1 * reference);
  EXPECT_NEAR(mean_motion(film({.right = 0.2}, {160, 120}, 60)), reference, 0.1 * reference);
}

TEST(Motion, TheCameraIsMeasuredInTheTermsOfFilm) {
  const CameraMotion pan = mean_camera(film({.right = 0.2}));
  EXPECT_NEAR(pan.pan, 0.2, 0.02);
  EXPECT_NEAR(pan.tilt, 0, 0.01);
  EXPECT_NEAR(pan.zoom, 0, 0.01);
  EXPECT_NEAR(pan.roll, 0, 0.5);

  EXPECT_NEAR(mean_camera(film({.up = 0.15})).tilt, 0.15, 0.02);
  // Flow of less than a pixel a frame over a still as smooth as this one (enlarged fourfold) is
  // underestimated.
  EXPECT_NEAR(mean_camera(film({.zoom = 0.2})).zoom, 0.2, 0.05);
  EXPECT_NEAR(mean_camera(film({.zoom = -0.2})).zoom, -0.2, 0.05);
  EXPECT_NEAR(mean_camera(film({.degrees = 15})).roll, 15, 3);
}

TEST(Motion, AStillPictureDoesNotMove) {
  const Structure structure = film({});
  EXPECT_LT(mean_motion(structure), 0.2);
  ASSERT_EQ(structure.camera.size(), 1U);
  EXPECT_EQ(structure.camera[0].label, "static");
}

TEST(Motion, ObjectsOnAStandingBackgroundAreNotTheCamera) {
  const Structure structure = compose::analyze(compose::one_scene(
      compose::clip_named("two_men"), 72, 25, [](const cv::Mat& frame, int) { return frame; }));
  const CameraMotion camera = mean_camera(structure);
  EXPECT_NEAR(camera.pan, 0, 0.01);
  EXPECT_NEAR(camera.tilt, 0, 0.01);
  EXPECT_GT(mean_motion(structure), 0.1);
}

TEST(Camera, MovesAreLabelled) {
  const std::vector<std::pair<Move, std::string>> moves = {{{.right = 0.2}, "pan right"},
                                                           {{.right = -0.2}, "pan left"},
                                                           {{.up = 0.2}, "tilt up"},
                                                           {{.up = -0.2}, "tilt down"},
                                                           {{.zoom = 0.25}, "zoom in"},
                                                           {{.zoom = -0.25}, "zoom out"},
                                                           {{.degrees = 20}, "roll clockwise"},
                                                           {{.degrees = -20}, "roll counter-clockwise"}};
  for (const auto& [move, label] : moves) {
    const Structure structure = film(move);
    ASSERT_EQ(structure.camera.size(), 1U) << label;
    EXPECT_EQ(structure.camera[0].label, label);
    EXPECT_DOUBLE_EQ(structure.camera[0].begin, structure.begin);
    EXPECT_DOUBLE_EQ(structure.camera[0].end, structure.end);
  }
}

// A tenth of a second each, of a camera that moves like this.
std::vector<MotionSample> samples_of(const std::vector<std::pair<int, CameraMotion>>& runs) {
  std::vector<MotionSample> samples;
  for (const auto& [count, camera] : runs) {
    for (int i = 0; i < count; ++i) {
      const double begin = 0.1 * static_cast<double>(samples.size());
      samples.push_back({.begin = begin, .end = begin + 0.1, .motion = 0, .camera = camera, .support = 1});
    }
  }
  return samples;
}

TEST(Camera, SegmentsHaveNoGapsAndNoneCrossesACut) {
  const auto samples = samples_of({{30, {.pan = 0.2}}, {30, {.pan = 0.2}}, {40, {}}});
  const std::vector<Transition> cuts = {{.begin = 3.0, .end = 3.0}};
  const auto segments = label_camera(samples, cuts, 0, 10.2, 1.5);
  ASSERT_EQ(segments.size(), 3U);
  EXPECT_EQ(segments[0].label, "pan right");
  EXPECT_EQ(segments[1].label, "pan right");
  EXPECT_EQ(segments[2].label, "static");
  EXPECT_DOUBLE_EQ(segments[0].end, 3.0);
  EXPECT_DOUBLE_EQ(segments[1].begin, 3.0);
  EXPECT_NEAR(segments[1].end, 6.0, 0.3);
  EXPECT_DOUBLE_EQ(segments[2].end, 10.2);
}

TEST(Camera, AShakeThatGoesNowhereIsHandheld) {
  std::vector<MotionSample> samples = samples_of({{60, {}}});
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i].camera.pan = i % 2 ? 0.1 : -0.1;
  const auto segments = label_camera(samples, {}, 0, 6, 1.5);
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].label, "handheld");
}

TEST(Camera, AVideoWithoutFlowIsStatic) {
  const auto segments = label_camera({}, {}, 2, 3, 1);
  ASSERT_EQ(segments.size(), 1U);
  EXPECT_EQ(segments[0].label, "static");
}

}  // namespace
}  // namespace zoetrope::structure
