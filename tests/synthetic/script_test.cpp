#include "zoetrope/synthetic/script.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>
#include <string>

#include "tests/synthetic/worlds.h"
#include "zoetrope/synthetic/actors.h"
#include "zoetrope/synthetic/grammar.h"
#include "zoetrope/synthetic/labels.h"

namespace zoetrope::synthetic {
namespace {

using ::testing::ElementsAre;

/// Spans follow one another from the first frame to the last.
void expect_no_gaps(const std::vector<LabelledSpan>& spans, std::int64_t num_frames) {
  std::int64_t at = 0;
  for (const LabelledSpan& span : spans) {
    EXPECT_EQ(span.first, at);
    EXPECT_GT(span.last, span.first);
    at = span.last;
  }
  EXPECT_EQ(at, num_frames);
}

TEST(Script, EveryActionHasAsManyClipsInEachSubset) {
  const WorldOptions world = test::small_world();
  std::map<std::pair<std::string, std::string>, int> clips;
  std::set<std::string> ids;
  for (const VideoScript& script : plan_world(world)) {
    ++clips[{script.subset, action_spans(script).front().label}];
    EXPECT_TRUE(ids.insert(script.id).second) << script.id;
    EXPECT_EQ(script.num_frames, 8);
  }
  for (const std::string& action : world.actions) {
    EXPECT_EQ((clips[{"train", action}]), 2) << action;
    EXPECT_EQ((clips[{"val", action}]), 1) << action;
    EXPECT_EQ((clips[{"test", action}]), 1) << action;
  }
}

TEST(Script, WhoAndWhereAreSpreadAlikeOverTheActions) {
  WorldOptions world = test::small_world();
  world.clips.train = 400;
  std::map<std::string, std::map<std::string, int>> seen;
  for (const VideoScript& script : plan_world(world)) {
    if (script.subset != "train") continue;
    const std::string action = action_spans(script).front().label;
    ++seen[action]["actor " + actor_kinds()[script.actor.kind]];
    ++seen[action]["colour " + actor_colours()[script.actor.colour]];
    ++seen[action]["scene " + all_scenes()[script.shots.front().scene].name];
  }
  for (const auto& [action, counts] : seen) {
    EXPECT_EQ(counts.size(), actor_kinds().size() + actor_colours().size() + all_scenes().size());
    for (const auto& [what, count] : counts) EXPECT_NEAR(count, 50, 35) << action << ": " << what;
  }
}

TEST(Script, KindsCanHaveColoursOfTheirOwn) {
  for (const auto& kinds : {std::vector<std::string>{"star", "fish", "person"}, std::vector<std::string>{}}) {
    Random random(1, "looks");
    std::map<std::size_t, std::set<std::size_t>> kinds_of_colour;
    for (int i = 0; i < 1000; ++i) {
      const ActorLook look = draw_look(random, kinds, /*own_colours=*/true);
      kinds_of_colour[look.colour].insert(look.kind);
    }
    EXPECT_EQ(kinds_of_colour.size(), actor_colours().size()) << "every colour has a kind";
    for (const auto& [colour, owners] : kinds_of_colour) EXPECT_EQ(owners.size(), 1u) << colour;
  }
}

TEST(Script, ClipsOfOneActionDoNotHangOnHowManyOthersThereAre) {
  WorldOptions few = test::small_world(), many = test::small_world();
  many.clips.train = 5;
  many.untrimmed.train = 2;
  const auto start_of = [](const WorldOptions& world) {
    for (const VideoScript& script : plan_world(world)) {
      if (script.key == "train/rise/1") return script.acts.front().start.x;
    }
    return -1.0;
  };
  EXPECT_EQ(start_of(few), start_of(many));
}

TEST(Script, SecondActionsChangeAnotherNumber) {
  WorldOptions world = test::small_world();
  world.clips.second_action = 1;
  for (const VideoScript& script : plan_world(world)) {
    const LabelledSpan span = action_spans(script).front();
    ASSERT_FALSE(span.second.empty());
    EXPECT_NE(find_action(span.label).number, find_action(span.second).number);
  }
}

TEST(Script, AnUntrimmedVideoIsCoveredWithoutGapsAndMovesWithoutJumps) {
  WorldOptions world = test::untrimmed_world();
  world.fps = 60;  // so that a step of one frame is small
  std::size_t backgrounds = 0, cuts = 0;
  for (const VideoScript& script : plan_world(world)) {
    expect_no_gaps(action_spans(script), script.num_frames);
    expect_no_gaps(scene_spans(script), script.num_frames);
    for (const LabelledSpan& span : action_spans(script)) backgrounds += span.label == kBackgroundLabel;
    cuts += script.shots.size() - 1;
    for (std::int64_t moment = 1; moment < script.num_frames; ++moment) {
      const Pose before = pose_at(script, moment - 1, world.fps), pose = pose_at(script, moment, world.fps);
      EXPECT_LT(std::abs(pose.size - before.size), 0.2);
      EXPECT_LT(std::abs(pose.open - before.open), 0.2);
      EXPECT_LT(std::abs(std::remainder(pose.x - before.x, 1)), 0.05);
      EXPECT_LT(std::abs(std::remainder(pose.y - before.y, 1)), 0.05);
      EXPECT_LT(std::abs(std::remainder(pose.angle - before.angle, 1)), 0.05);
    }
  }
  EXPECT_GT(backgrounds, 5u);
  EXPECT_GT(cuts, 3u);
}

TEST(Script, UntrimmedVideosFollowTheirGrammar) {
  WorldOptions world = test::untrimmed_world();
  world.untrimmed.activities = {{"tour", {"rise", "open | close", "fall"}},
                                {"nap", {"spin clockwise ?", "open"}}};
  world.untrimmed.swap = 0;
  world.untrimmed.train = 20;
  check_world(world, "test");
  std::set<std::string> seen;
  for (const VideoScript& script : plan_world(world)) {
    std::string steps;
    for (const LabelledSpan& span : action_spans(script)) {
      if (span.label != kBackgroundLabel) steps += span.label + ";";
    }
    seen.insert(script.activity + ": " + steps);
  }
  EXPECT_THAT(seen, ElementsAre("nap: open;", "nap: spin clockwise;open;", "tour: rise;close;fall;",
                                "tour: rise;open;fall;"));
}

TEST(Script, SwapsTradePlacesOfNeighbours) {
  Random random(1, "test");
  const ActivityOptions activity{"walk", {"rise", "fall", "open"}};
  EXPECT_THAT(draw_transcript(activity, 0, random), ElementsAre("rise", "fall", "open"));
  EXPECT_THAT(draw_transcript(activity, 1, random), ElementsAre("fall", "open", "rise"));
}

TEST(Labels, TheTruthSaysWhatTheScriptSays) {
  WorldOptions world = test::untrimmed_world();
  for (const VideoScript& script : plan_world(world)) {
    const timeline::Timeline truth = truth_of(script, world, "a.mp4");
    timeline::validate(truth);
    const timeline::Track& actions = *timeline::find_track(truth, "action");
    const std::vector<LabelledSpan> spans = action_spans(script);
    ASSERT_EQ(actions.segments.size(), spans.size());
    for (std::size_t i = 0; i < spans.size(); ++i) {
      EXPECT_EQ(actions.segments[i].label, spans[i].label);
      EXPECT_DOUBLE_EQ(actions.segments[i].start * world.fps, static_cast<double>(spans[i].first));
      EXPECT_DOUBLE_EQ(actions.segments[i].end * world.fps, static_cast<double>(spans[i].last));
    }
    EXPECT_EQ(timeline::find_track(truth, "shots")->segments.size(), script.shots.size());
    EXPECT_EQ(timeline::find_track(truth, "activity")->segments.front().label, script.activity);
    ASSERT_EQ(truth.curves.size(), 1u);
    EXPECT_EQ(truth.curves[0].values.size(), static_cast<std::size_t>(script.num_frames));
  }
}

TEST(Labels, ImportanceIsRankAndSize) {
  WorldOptions world = test::small_world();
  for (const VideoScript& script : plan_world(world)) {
    const std::string action = action_spans(script).front().label;
    const auto rank = std::find(world.actions.begin(), world.actions.end(), action) - world.actions.begin();
    const double size = pose_at(script, script.moment_of(3), world.fps).size;
    EXPECT_NEAR(importance_of(script, world, 3), 1.2 * (1 - static_cast<double>(rank) / 7) + 0.8 * size,
                1e-12);
  }
  world = test::untrimmed_world();
  for (const VideoScript& script : plan_world(world)) {
    for (const LabelledSpan& span : action_spans(script))
      EXPECT_EQ(importance_of(script, world, span.first) == 0, span.label == kBackgroundLabel);
  }
}

TEST(Labels, EveryCategoryHasTagsAndAllAreKnown) {
  for (const WorldOptions& world : {test::small_world(), test::untrimmed_world()}) {
    const Tags known = all_tags(world);
    for (const VideoScript& script : plan_world(world)) {
      const Tags tags = tags_of(script, world);
      for (std::size_t i = 0; i < tags.size(); ++i) {
        EXPECT_FALSE(tags[i].empty()) << kTagCategories[i];
        for (const std::string& tag : tags[i]) EXPECT_THAT(known[i], testing::Contains(tag));
      }
    }
  }
}

TEST(Labels, NoiseChangesTheShareThatWasAskedForInTrainingAlone) {
  WorldOptions world = test::small_world();
  world.clips.train = 200;
  world.label_noise = 0.25;
  int wrong = 0, all = 0;
  for (const VideoScript& script : plan_world(world)) {
    const std::string truth = action_spans(script).front().label,
                      told = noisy_spans(script, world).front().label;
    if (script.subset != "train") {
      EXPECT_EQ(truth, told);
      continue;
    }
    ++all;
    wrong += truth != told;
    const timeline::Timeline timeline = truth_of(script, world, "a.mp4");
    EXPECT_EQ(timeline::find_track(timeline, "action")->segments.front().label, truth);
    EXPECT_EQ(timeline::find_track(timeline, "noisy action")->segments.front().label, told);
  }
  EXPECT_NEAR(static_cast<double>(wrong) / all, 0.25, 0.04);
}

}  // namespace
}  // namespace zoetrope::synthetic
