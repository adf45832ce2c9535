#include "zoetrope/synthetic/render.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/synthetic/worlds.h"
#include "zoetrope/core/thread_pool.h"

namespace zoetrope::synthetic {
namespace {

using test::all_frames;
using test::same_picture;

TEST(Render, FramesAreTheSameAtEveryRunOnAnyThreadInAnyOrder) {
  for (const double shift : {0.0, 1.0}) {
    WorldOptions world = test::small_world();
    world.look.domain_shift = shift;
    const std::vector<VideoScript> scripts = plan_world(world), again = plan_world(world);
    const auto count = static_cast<std::int64_t>(scripts.size());
    const auto film = [&](std::int64_t i) { return all_frames(scripts[static_cast<std::size_t>(i)], world); };
    const std::vector<cv::Mat> parallel = parallel_map(count, film, 4);
    for (std::size_t i = 0; i < scripts.size(); ++i) {
      EXPECT_TRUE(same_picture(parallel[i], all_frames(again[i], world)));
      const FrameRenderer renderer(again[i], world);
      const cv::Mat last = renderer.frame(again[i].num_frames - 1), first = renderer.frame(0);
      EXPECT_TRUE(same_picture(first, parallel[i].rowRange(0, first.rows)));
      EXPECT_TRUE(same_picture(last, parallel[i].rowRange(parallel[i].rows - last.rows, parallel[i].rows)));
    }
  }
}

TEST(Render, AnotherSeedGivesOtherVideos) {
  WorldOptions world = test::small_world(), other = test::small_world();
  other.seed = 2;
  EXPECT_FALSE(same_picture(all_frames(plan_world(world).front(), world),
                            all_frames(plan_world(other).front(), other)));
}

TEST(Render, EveryFrameOfAClipDiffersFromTheNext) {
  WorldOptions world = test::small_world();
  for (const VideoScript& script : plan_world(world)) {
    const FrameRenderer renderer(script, world);
    for (std::int64_t i = 1; i < script.num_frames; ++i)
      EXPECT_FALSE(same_picture(renderer.frame(i - 1), renderer.frame(i))) << script.key;
  }
}

TEST(Render, TwinsShareTheirFramesInOppositeOrder) {
  for (const double shift : {0.0, 0.7}) {
    WorldOptions world = test::small_world();
    world.look.domain_shift = shift;
    std::map<std::string, std::vector<VideoScript>> twins;
    for (const VideoScript& script : plan_world(world)) twins[script.key].push_back(script);
    for (const auto& [key, pair] : twins) {
      ASSERT_EQ(pair.size(), 2u) << key;
      EXPECT_EQ(pair[0].subset, pair[1].subset);
      EXPECT_EQ(find_action(action_spans(pair[0]).front().label).reverse,
                action_spans(pair[1]).front().label);
      const FrameRenderer one(pair[0], world), other(pair[1], world);
      for (std::int64_t i = 0; i < pair[0].num_frames; ++i)
        EXPECT_TRUE(same_picture(one.frame(i), other.frame(pair[0].num_frames - 1 - i))) << key;
    }
  }
}

TEST(Render, AReversedScriptIsItsFramesBackwards) {
  const WorldOptions world = test::untrimmed_world();
  const VideoScript script = plan_world(world).front(), back = reversed(script);
  const FrameRenderer forwards(script, world), backwards(back, world);
  for (const std::int64_t i : {std::int64_t{0}, script.num_frames / 2, script.num_frames - 1})
    EXPECT_TRUE(same_picture(forwards.frame(i), backwards.frame(script.num_frames - 1 - i)));
  const std::vector<LabelledSpan> spans = action_spans(script), mirrored = action_spans(back);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const LabelledSpan& span = mirrored[mirrored.size() - 1 - i];
    EXPECT_EQ(span.first, script.num_frames - spans[i].last);
    const bool rest = spans[i].label == kBackgroundLabel;
    EXPECT_EQ(span.label, rest ? kBackgroundLabel : find_action(spans[i].label).reverse);
  }
}

// Direction is seen in the pictures: what moves right is, some frames later, further right.
TEST(Render, TheActorMovesAsItsActionSays) {
  WorldOptions world = test::small_world();
  world.look.camera = world.look.drift = 0;
  world.look.companions = 0;
  world.clips.train = 12;
  int right = 0, left = 0;
  for (const VideoScript& script : plan_world(world)) {
    const std::string action = action_spans(script).front().label;
    if (action != "move right" && action != "move left") continue;
    const FrameRenderer renderer(script, world);
    cv::Mat now, next;
    renderer.frame(2).convertTo(now, CV_32F);
    renderer.frame(3).convertTo(next, CV_32F);
    // The shift of the picture that explains the second frame best, among one to three pixels either way.
    double best = 1e18;
    int best_shift = 0;
    for (const int shift : {-3, -2, -1, 1, 2, 3}) {
      cv::Mat moved, still, changed;
      cv::hconcat(now.colRange((now.cols - shift) % now.cols, now.cols),
                  now.colRange(0, (now.cols - shift) % now.cols), moved);
      cv::absdiff(now, next, still);
      cv::absdiff(moved, next, changed);
      changed.setTo(0, still == 0);
      const double error = cv::sum(changed.mul(changed))[0];
      if (error < best) {
        best = error;
        best_shift = shift;
      }
    }
    ++((best_shift > 0) == (action == "move right") ? right : left);
  }
  EXPECT_GT(right, 4 * left) << "right " << right << ", wrong " << left;
}

TEST(Render, ADomainShiftChangesTheLookAndNotTheScript) {
  WorldOptions plain = test::small_world(), shifted = test::small_world();
  shifted.look.domain_shift = 1;
  const std::vector<VideoScript> one = plan_world(plain), other = plan_world(shifted);
  ASSERT_EQ(one.size(), other.size());
  for (std::size_t i = 0; i < one.size(); ++i) {
    EXPECT_EQ(one[i].id, other[i].id);
    EXPECT_EQ(action_spans(one[i]).front().label, action_spans(other[i]).front().label);
    EXPECT_EQ(one[i].acts.front().start.x, other[i].acts.front().start.x);
  }
  const cv::Mat a = all_frames(one[0], plain), b = all_frames(other[0], shifted);
  EXPECT_GT(cv::norm(a, b, cv::NORM_L1) / static_cast<double>(a.total() * 3), 20);
}

}  // namespace
}  // namespace zoetrope::synthetic
