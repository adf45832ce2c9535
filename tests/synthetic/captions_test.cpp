// Sentences about clips: what they say is true, and their words are those of the world.
#include "zoetrope/synthetic/captions.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/synthetic/worlds.h"
#include "zoetrope/metrics/text.h"
#include "zoetrope/synthetic/labels.h"

namespace zoetrope::synthetic {
namespace {

using ::testing::ElementsAre;

std::vector<std::string> captions_of_clip(const VideoScript& script, const WorldOptions& world) {
  return captions_of(script, world, action_spans(script).front());
}

TEST(Captions, SayWhoDoesWhatWhereAndHow) {
  WorldOptions world = test::small_world();
  world.speed_variety = 0;
  VideoScript script = plan_world(world).front();
  script.backwards = false;
  script.actor = {.kind = 4, .colour = 1, .pattern = 2, .prop = 1};
  script.companions = {{.look = {.kind = 1, .colour = 4}}};
  script.shots.front().scene = 3;
  Act& act = script.acts.front();
  act.main.kind = &find_action("spin clockwise");
  act.main.speed = 2;
  act.start.size = 0.2;
  EXPECT_THAT(captions_of_clip(script, world),
              ElementsAre("an orange spotted fish spins clockwise in front of a night sky",
                          "the small fish is spinning clockwise quickly",
                          "there is an orange fish with a lantern that spins clockwise",
                          "in front of a night sky a spotted fish is spinning clockwise",
                          "a fish spins clockwise beside a blue box"));
  script.companions.clear();
  script.actor.pattern = 0;
  act.second = Performance{.kind = &find_action("rise")};
  const std::vector<std::string> captions = captions_of_clip(script, world);
  ASSERT_EQ(captions.size(), 6U);
  EXPECT_EQ(captions[0], "an orange fish spins clockwise in front of a night sky");
  EXPECT_EQ(captions[4], "a fish spins clockwise alone");
  EXPECT_EQ(captions[5], "a fish spins clockwise and rises at the same time");
}

TEST(Captions, EveryActionHasItsProgressive) {
  std::set<std::string> found;
  for (const ActionKind& action : all_actions()) {
    const std::string phrase = action.sentence.substr(action.sentence.find(' ') + 1);
    found.insert(metrics::words_of(progressive_of(phrase)).front());
  }
  EXPECT_THAT(found, ElementsAre("approaching", "clapping", "closing", "falling", "jumping", "moving",
                                 "opening", "pulsing", "receding", "rising", "rocking", "shaking", "spinning",
                                 "swinging", "waving"));
  EXPECT_EQ(progressive_of("swings its load clockwise"), "swinging its load clockwise");
}

TEST(Captions, AreTheSameOfAClipAlwaysAndSaySoBackwards) {
  const WorldOptions world = test::small_world();
  for (const VideoScript& script : plan_world(world)) {
    EXPECT_EQ(captions_of_clip(script, world), captions_of_clip(script, world));
    const std::string first = captions_of_clip(script, world).front();
    const std::string action = action_spans(script).front().label;
    const std::string sentence = find_action(action).sentence;
    EXPECT_NE(first.find(sentence.substr(sentence.find(' '))), std::string::npos) << first;
  }
}

}  // namespace
}  // namespace zoetrope::synthetic
