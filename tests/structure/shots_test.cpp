#include "zoetrope/structure/shots.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/structure/scenes.h"

namespace zoetrope::structure {
namespace {

using compose::Join;

// Two scenes of two seconds at 25 frames a second, joined in the middle.
compose::Video two_scenes(const std::string& from, const std::string& to, Join join, int length) {
  return compose::compose({{&compose::clip_named(from), 0, 50 + length / 2, join, length},
                           {&compose::clip_named(to), 0, 50 + length / 2, Join::kCut, 0}},
                          25);
}

std::vector<TransitionKind> kinds_of(const Structure& structure) {
  std::vector<TransitionKind> kinds;
  for (const Transition& t : structure.transitions) kinds.push_back(t.kind);
  return kinds;
}

TEST(Shots, CutsAreFoundToTheFrame) {
  std::mt19937 generator(1);
  const compose::Video video =
      compose::compose_randomly(compose::test_clips(), {Join::kCut}, 12, 25, 1, 3, 0.5, generator);
  const Structure structure = compose::analyze(video);
  const auto counts = metrics::match_transitions(compose::predicted_transitions(structure),
                                                 compose::true_transitions(video), 1e-6);
  EXPECT_GE(counts.cuts.f1(), 0.95);
  EXPECT_EQ(structure.shots.size(), structure.transitions.size() + 1);
}

TEST(Shots, DissolvesOfManyLengthsAreFoundWithTheirExtent) {
  for (const int length : {8, 15, 25, 50}) {
    const compose::Video video = two_scenes("two_men", "test.avi", Join::kDissolve, length);
    const Structure structure = compose::analyze(video);
    ASSERT_THAT(kinds_of(structure), testing::ElementsAre(TransitionKind::kDissolve)) << length;
    EXPECT_NEAR(structure.transitions[0].begin, video.transitions[0].begin / 25.0, 0.15 + length / 200.0)
        << length;
    EXPECT_NEAR(structure.transitions[0].end, video.transitions[0].end / 25.0, 0.15 + length / 200.0)
        << length;
  }
}

TEST(Shots, FadesThroughBlackAndWhiteAreOneTransition) {
  for (const Join join : {Join::kFadeToBlack, Join::kFadeToWhite}) {
    const compose::Video video = two_scenes("test.avi", "arm_wrestling", join, 30);
    const Structure structure = compose::analyze(video);
    ASSERT_THAT(kinds_of(structure), testing::ElementsAre(TransitionKind::kFade));
    EXPECT_NEAR(structure.transitions[0].begin, video.transitions[0].begin / 25.0, 0.25);
    EXPECT_NEAR(structure.transitions[0].end, video.transitions[0].end / 25.0, 0.25);
  }
}

TEST(Shots, AWipeBetweenStillScenesIsFound) {
  const Structure structure = compose::analyze(two_scenes("two_men", "test.avi", Join::kWipe, 25));
  EXPECT_THAT(kinds_of(structure), testing::ElementsAre(TransitionKind::kWipe));
}

TEST(Shots, ShotsMeetAtCutsAndInTheMiddleOfGradualTransitions) {
  const Structure cut = compose::analyze(two_scenes("test.avi", "part_0", Join::kCut, 0));
  ASSERT_EQ(cut.shots.size(), 2U);
  EXPECT_DOUBLE_EQ(cut.shots[0].begin, 0);
  EXPECT_DOUBLE_EQ(cut.shots[0].end, 2);
  EXPECT_DOUBLE_EQ(cut.shots[1].begin, 2);
  EXPECT_DOUBLE_EQ(cut.shots[1].end, 4);

  const Structure dissolve = compose::analyze(two_scenes("test.avi", "two_men", Join::kDissolve, 20));
  ASSERT_EQ(dissolve.shots.size(), 2U);
  EXPECT_NEAR(dissolve.shots[0].end, 2, 0.15);
  EXPECT_DOUBLE_EQ(dissolve.shots[0].end, dissolve.shots[1].begin);
}

TEST(Shots, AFadeInAtTheBeginningIsATransitionButNoShotOfBlack) {
  compose::Video video = two_scenes("test.avi", "two_men", Join::kCut, 0);
  for (int i = 0; i < 20; ++i) {
    cv::Mat& frame = video.frames[static_cast<std::size_t>(i)];
    frame = cv::Mat(frame * (i / 20.0));  // a picture of its own: the clip shares its own
  }
  const Structure structure = compose::analyze(video);
  EXPECT_THAT(kinds_of(structure), testing::ElementsAre(TransitionKind::kFade, TransitionKind::kCut));
  EXPECT_EQ(structure.shots.size(), 2U);
}

TEST(Shots, LetterboxBarsDoNotHideACut) {
  compose::Video video = two_scenes("test.avi", "arm_wrestling", Join::kCut, 0);
  for (cv::Mat& frame : video.frames) {
    frame = frame.clone();
    frame.rowRange(0, 20).setTo(0);
    frame.rowRange(100, 120).setTo(0);
  }
  EXPECT_THAT(kinds_of(compose::analyze(video)), testing::ElementsAre(TransitionKind::kCut));
}

TEST(Shots, OneMixedFrameIsACut) {
  const Structure structure = compose::analyze(two_scenes("two_men", "test.avi", Join::kDissolve, 1));
  EXPECT_THAT(kinds_of(structure), testing::ElementsAre(TransitionKind::kCut));
}

class NoTransition : public testing::TestWithParam<const char*> {
 protected:
  template <typename Make>
  static void expect_one_shot(int count, Make make) {
    const Structure structure =
        compose::analyze(compose::one_scene(compose::clip_named(GetParam()), count, 25, make));
    EXPECT_THAT(kinds_of(structure), testing::IsEmpty());
    EXPECT_EQ(structure.shots.size(), 1U);
  }
};

TEST_P(NoTransition, InFlashes) {
  expect_one_shot(100, [](const cv::Mat& frame, int i) -> cv::Mat {
    const bool flash = i == 30 || i == 31 || i == 60;
    return flash ? cv::Mat(frame * 0.4 + cv::Scalar::all(150)) : frame;
  });
}

TEST_P(NoTransition, InExposureThatChangesSlowlyOrAtOnce) {
  expect_one_shot(100, [](const cv::Mat& frame, int i) -> cv::Mat {
    const double slow = i < 30 ? 1 : i < 60 ? 1 - (i - 30) / 60.0 : 0.5;
    return cv::Mat(frame * (i < 80 ? slow : 0.8));
  });
}

TEST_P(NoTransition, InFrozenFramesAndNoise) {
  const cv::Mat still = compose::clip_named(GetParam()).frames[5];
  cv::RNG noise(7);
  expect_one_shot(80, [&](const cv::Mat& frame, int i) -> cv::Mat {
    if (i < 40) return i < 20 ? frame : still;
    cv::Mat grain(still.size(), CV_16SC3), sum;
    noise.fill(grain, cv::RNG::NORMAL, 0, 12);
    cv::add(still, grain, sum, cv::noArray(), CV_8U);
    return sum;
  });
}

INSTANTIATE_TEST_SUITE_P(Scenes, NoTransition, testing::Values("two_men", "test.avi"), [](const auto& info) {
  return std::string(info.param, 4) == "test" ? "test" : info.param;
});

TEST(Shots, NoTransitionInFastPansAndZooms) {
  const cv::Mat still = compose::panorama();
  const compose::Clip& any = compose::clip_named("two_men");
  const Structure pan = compose::analyze(compose::one_scene(any, 75, 25, [&](const cv::Mat&, int i) {
    return compose::view_of(still, {200.0 + 12 * i, 300}, 1, 0, {320, 240});  // 94 % of the width a second
  }));
  EXPECT_THAT(kinds_of(pan), testing::IsEmpty());
  const Structure zoom = compose::analyze(compose::one_scene(any, 75, 25, [&](const cv::Mat&, int i) {
    return compose::view_of(still, {640, 480}, 0.4 * std::exp(0.02 * i), 0, {320, 240});
  }));
  EXPECT_THAT(kinds_of(zoom), testing::IsEmpty());
}

}  // namespace
}  // namespace zoetrope::structure
