#include "zoetrope/structure/representatives.h"

#include <gtest/gtest.h>

#include <numeric>
#include <set>

namespace zoetrope::structure {
namespace {

constexpr std::size_t kBlack = 9;  // a scene whose pictures are even

std::vector<Sample> scenes_of(const std::vector<std::pair<std::size_t, int>>& scene_seconds, float even = 0) {
  std::vector<Sample> samples;
  for (const auto& [scene, seconds] : scene_seconds) {
    for (int i = 0; i < 4 * seconds; ++i) {
      const double begin = kSampleSeconds * static_cast<double>(samples.size());
      Sample sample{.begin = begin, .end = begin + kSampleSeconds};
      sample.description[scene] = 0.8F;
      sample.even = scene == kBlack ? 1 : even;
      samples.push_back(sample);
    }
  }
  return samples;
}

std::size_t scene_at(const std::vector<Sample>& samples, double time) {
  const Description& d = samples[static_cast<std::size_t>(time / kSampleSeconds)].description;
  return static_cast<std::size_t>(std::max_element(d.begin(), d.end()) - d.begin());
}

void expect_sane(const std::vector<Representative>& chosen, double duration) {
  double share = 0, end = 0;
  for (const Representative& r : chosen) {
    EXPECT_GE(r.begin, end - 1e-9);
    EXPECT_GT(r.end, r.begin);
    EXPECT_LE(r.end - r.begin, 5 + 1e-9);
    end = r.end;
    share += r.share;
  }
  EXPECT_LE(end, duration + 1e-9);
  EXPECT_NEAR(share, 1, 1e-9);
}

TEST(Representatives, CoverEveryScene) {
  const auto samples = scenes_of({{0, 30}, {1, 10}, {2, 12}, {3, 8}, {4, 25}, {5, 9}});
  const auto chosen = choose_representatives(samples, {});
  ASSERT_EQ(chosen.size(), 6U);
  expect_sane(chosen, 94);
  std::set<std::size_t> scenes;
  for (const Representative& r : chosen) {
    EXPECT_EQ(scene_at(samples, r.begin), scene_at(samples, r.end - 0.01));
    scenes.insert(scene_at(samples, r.begin));
  }
  EXPECT_EQ(scenes.size(), 6U);
  EXPECT_NEAR(chosen[0].share, 30.0 / 94, 1e-6);
}

TEST(Representatives, DoNotRunOverACut) {
  const auto samples = scenes_of({{0, 9}, {1, 7}, {2, 11}});
  const std::vector<Transition> cuts = {{.begin = 9, .end = 9}, {.begin = 16, .end = 16}};
  for (const Representative& r : choose_representatives(samples, cuts)) {
    for (const Transition& cut : cuts) EXPECT_TRUE(r.end <= cut.begin || r.begin >= cut.end);
  }
}

TEST(Representatives, SpreadOverAVideoThatNeverChanges) {
  const auto chosen = choose_representatives(scenes_of({{0, 600}}), {});
  ASSERT_EQ(chosen.size(), 6U);
  expect_sane(chosen, 600);
  EXPECT_LT(chosen.front().begin, 200);
  EXPECT_GT(chosen.back().begin, 400);
}

TEST(Representatives, LeaveOutBlackWhereTheyCan) {
  const auto samples = scenes_of({{kBlack, 20}, {1, 8}, {kBlack, 20}});
  const std::vector<Transition> cuts = {{.begin = 20, .end = 20}, {.begin = 28, .end = 28}};
  const auto chosen = choose_representatives(samples, cuts, {.count = 1});
  ASSERT_EQ(chosen.size(), 1U);
  EXPECT_EQ(scene_at(samples, (chosen[0].begin + chosen[0].end) / 2), 1U);
}

TEST(Representatives, ShortVideosHaveFewer) {
  EXPECT_TRUE(choose_representatives({}, {}).empty());
  const auto four_seconds = choose_representatives(scenes_of({{0, 4}}), {});
  EXPECT_LT(four_seconds.size(), 6U);
  for (const Representative& r : four_seconds) EXPECT_LE(r.end - r.begin, 0.5 + 1e-9);
  EXPECT_EQ(choose_representatives(scenes_of({{0, 22}}), {}).size(), 6U);
  double taken = 0;
  for (const Representative& r : choose_representatives(scenes_of({{0, 15}, {1, 15}}), {}))
    taken += r.end - r.begin;
  EXPECT_LE(taken, 15 + 1e-9);
}

}  // namespace
}  // namespace zoetrope::structure
