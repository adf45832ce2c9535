#include "zoetrope/structure/parts.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/structure/scenes.h"

namespace zoetrope::structure {
namespace {

// Quarter seconds of scenes that differ in everything: scene k fills dimension k.
std::vector<Sample> scene_samples(const std::vector<std::pair<std::size_t, double>>& scene_seconds) {
  std::vector<Sample> samples;
  double time = 0;
  for (const auto& [scene, seconds] : scene_seconds) {
    for (double at = 0; at < seconds - 1e-9; at += kSampleSeconds) {
      Sample sample{.begin = time, .end = time + kSampleSeconds};
      sample.description[scene] = 0.7F;
      samples.push_back(sample);
      time += kSampleSeconds;
    }
  }
  return samples;
}

std::vector<double> begins(const std::vector<Part>& parts) {
  std::vector<double> out;
  for (const Part& part : parts) out.push_back(part.begin);
  return out;
}

TEST(Parts, ChangesOfSceneAreBoundaries) {
  const auto parts = find_parts(scene_samples({{0, 6}, {1, 5}, {2, 9}}), {});
  EXPECT_EQ(begins(parts), (std::vector<double>{0, 6, 11}));
  EXPECT_DOUBLE_EQ(parts.back().end, 20);
  EXPECT_DOUBLE_EQ(parts[0].contrast, 0);
  EXPECT_NEAR(parts[1].contrast, 2 * 0.49, 1e-6);
}

TEST(Parts, AStillVideoIsOnePartOfAnyLength) {
  EXPECT_EQ(find_parts(scene_samples({{0, 900}}), {}).size(), 1U);
  EXPECT_EQ(find_parts(scene_samples({{0, 0.25}}), {}).size(), 1U);
  EXPECT_TRUE(find_parts({}, {}).empty());
}

TEST(Parts, NoneIsShorterThanTheShortest) {
  const auto parts = find_parts(scene_samples({{0, 5}, {1, 1}, {0, 5}}), {});
  for (const Part& part : parts) EXPECT_GE(part.end - part.begin, 2 - 1e-9);
}

TEST(Parts, BoundariesMoveToANearbyCut) {
  const auto samples = scene_samples({{0, 6}, {1, 6}});
  const std::vector<Transition> near = {{.begin = 6.12, .end = 6.12}};
  EXPECT_EQ(begins(find_parts(samples, near)), (std::vector<double>{0, 6.12}));
  const std::vector<Transition> far = {{.begin = 7, .end = 7}};
  EXPECT_EQ(begins(find_parts(samples, far)), (std::vector<double>{0, 6}));
}

TEST(Parts, AQuickInterchangeOfTwoScenesIsOnePart) {
  std::vector<std::pair<std::size_t, double>> dialogue;
  std::vector<Transition> cuts;
  for (int i = 0; i < 40; ++i) {
    dialogue.emplace_back(i % 2, 1);
    if (i > 0) cuts.push_back({.begin = static_cast<double>(i), .end = static_cast<double>(i)});
  }
  dialogue.emplace_back(5, 20);
  cuts.push_back({.begin = 40, .end = 40});
  EXPECT_EQ(begins(find_parts(scene_samples(dialogue), cuts)), (std::vector<double>{0, 40}));
}

TEST(Parts, LongVideosHaveLongerParts) {
  std::vector<std::pair<std::size_t, double>> scenes;
  for (std::size_t i = 0; i < 180; ++i) scenes.emplace_back(i % 90, 5);
  const std::vector<Sample> samples = scene_samples(scenes);
  const auto of_minutes = find_parts(std::span(samples).first(12 * 20), {});
  EXPECT_EQ(of_minutes.size(), 12U);
  PartOptions options;
  std::vector<Sample> hour = scene_samples(scenes);
  for (Sample& sample : hour) {
    sample.begin *= 4;
    sample.end *= 4;
    for (float& value : sample.description) value *= 0.4F;
  }
  EXPECT_LT(find_parts(hour, {}, options).size(), 180U);
}

TEST(Parts, ConcatenatedClipsAreTakenApart) {
  std::mt19937 generator(5);
  compose::PartScores scores;
  for (const double gradual : {0.0, 0.6}) {
    const std::vector<compose::Join> joins = {gradual > 0 ? compose::Join::kDissolve : compose::Join::kCut};
    const compose::Video video =
        compose::compose_randomly(compose::test_clips(), joins, 6, 25, 3, 8, 0.6, generator);
    scores += compose::score_parts(compose::analyze(video), video);
  }
  EXPECT_GE(scores.boundaries.f1(), 0.8);
  EXPECT_GE(scores.frames.accuracy(), 0.88);
}

}  // namespace
}  // namespace zoetrope::structure
