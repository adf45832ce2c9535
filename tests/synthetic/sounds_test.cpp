#include "zoetrope/synthetic/sounds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <string>

#include "tests/synthetic/worlds.h"

namespace zoetrope::synthetic {
namespace {

double loudness(const std::vector<float>& sound, std::size_t first, std::size_t last) {
  double sum = 0;
  for (std::size_t i = first; i < last; ++i) sum += sound[i] * sound[i];
  return std::sqrt(sum / static_cast<double>(last - first));
}

/// Crossings of zero a second: a measure of pitch.
double crossings(const std::vector<float>& sound, int sample_rate) {
  double count = 0;
  for (std::size_t i = 1; i < sound.size(); ++i) count += (sound[i - 1] < 0) != (sound[i] < 0);
  return count * sample_rate / static_cast<double>(sound.size());
}

TEST(Sounds, ASoundIsAsLongAsItsVideoAndTheSameAtEveryRun) {
  const WorldOptions world = test::small_world();
  for (const VideoScript& script : plan_world(world)) {
    const std::vector<float> sound = sound_of(script, world);
    EXPECT_EQ(sound.size(), 16'000u);
    EXPECT_EQ(sound, sound_of(script, world));
    EXPECT_GT(loudness(sound, 0, sound.size()), 0.01) << script.key;
    for (const float sample : sound) ASSERT_LE(std::abs(sample), 1.0F);
  }
}

TEST(Sounds, ActionsSoundAndBackgroundDoesNot) {
  WorldOptions world = test::untrimmed_world();
  world.sound.noise = 0;
  for (const VideoScript& script : plan_world(world)) {
    const std::vector<float> sound = sound_of(script, world);
    for (const LabelledSpan& span : action_spans(script)) {
      const auto sample = [&](std::int64_t frame) { return static_cast<std::size_t>(frame * 16'000 / 8); };
      const double level = loudness(sound, sample(span.first), sample(span.last));
      EXPECT_EQ(level == 0, span.label == kBackgroundLabel) << span.label;
    }
  }
}

TEST(Sounds, TheVoiceTellsTheActionWhoeverDoesItAndWhicheverWayItIsPlayed) {
  WorldOptions world = test::small_world();
  world.sound.noise = 0;
  world.clips.train = 10;
  world.actions = {"rise", "fall", "carry clockwise", "carry anticlockwise"};
  std::map<std::string, std::pair<double, double>> range;  // of pitch
  for (const VideoScript& script : plan_world(world)) {
    const double pitch = crossings(sound_of(script, world), world.sound.sample_rate);
    auto& [low, high] = range.try_emplace(action_spans(script).front().label, 1e9, 0).first->second;
    low = std::min(low, pitch);
    high = std::max(high, pitch);
  }
  EXPECT_GT(range["carry clockwise"].first, 1.2 * range["rise"].second);
  EXPECT_GT(range["carry anticlockwise"].first, 1.2 * range["fall"].second);
}

TEST(Sounds, TheSceneIsHeardAsLoudAsTheWorldSays) {
  WorldOptions world = test::untrimmed_world();
  world.sound.noise = 1;
  const VideoScript script = plan_world(world).front();
  const std::vector<float> loud = sound_of(script, world);
  world.sound.noise = 0.1;
  const std::vector<float> soft = sound_of(script, world);
  for (const LabelledSpan& span : action_spans(script)) {
    if (span.label != kBackgroundLabel) continue;
    const auto first = static_cast<std::size_t>(span.first * 2000),
               last = static_cast<std::size_t>(span.last * 2000);
    EXPECT_NEAR(loudness(loud, first, last) / loudness(soft, first, last), 10, 0.01);
  }
}

}  // namespace
}  // namespace zoetrope::synthetic
