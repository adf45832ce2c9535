#include "zoetrope/synthetic/script.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "zoetrope/synthetic/grammar.h"

namespace zoetrope::synthetic {
namespace {

using Subset = std::pair<const char*, std::int64_t>;  // name and number of videos

Pose draw_pose(Random& random) {
  Pose pose;
  for (double Pose::*number :
       {&Pose::x, &Pose::y, &Pose::angle, &Pose::orbit, &Pose::size, &Pose::open, &Pose::wag})
    pose.*number = random.uniform();
  return pose;
}

Performance draw_performance(const ActionKind& kind, const Pose& start, double speed_variety,
                             Random& random) {
  Performance performance;
  performance.kind = &kind;
  performance.speed = std::exp(random.uniform(-speed_variety, speed_variety));
  performance.phase = phase_from(kind, start, random.uniform());
  return performance;
}

Pose pose_within(const Act& act, double seconds) {
  const Pose pose = pose_after(act.main, act.start, seconds);
  return act.second ? pose_after(*act.second, pose, seconds) : pose;
}

/// Actor, companions, subset and key: what does not depend on the actions.
VideoScript draw_cast(const WorldOptions& world, const char* subset, std::string key) {
  VideoScript script;
  script.subset = subset;
  script.key = std::move(key);
  Random random(world.seed, script.key + "/cast");
  script.actor = draw_look(random, world.look.actors, world.look.own_colours);
  const std::size_t companions = random.below(static_cast<std::size_t>(world.look.companions) + 1);
  for (std::size_t i = 0; i < companions; ++i) {
    Companion companion;
    companion.look = draw_look(random, world.look.actors, world.look.own_colours);
    companion.pose = draw_pose(random);
    companion.scale = random.uniform(0.4, 0.6);
    script.companions.push_back(companion);
  }
  return script;
}

/// A second action of another number than the first one changes, if there is any.
const ActionKind* draw_second(const WorldOptions& world, const ActionKind& first, Random& random) {
  std::vector<const ActionKind*> others;
  for (const std::string& name : world.actions) {
    const ActionKind& kind = find_action(name);
    if (kind.number != first.number) others.push_back(&kind);
  }
  return others.empty() ? nullptr : random.pick(others);
}

VideoScript draw_clip(const WorldOptions& world, const char* subset, const ActionKind& kind, std::int64_t k) {
  VideoScript script = draw_cast(world, subset, fmt::format("{}/{}/{}", subset, kind.name, k));
  script.num_frames = std::max<std::int64_t>(1, std::llround(world.clips.seconds * world.fps));
  Random random(world.seed, script.key + "/action");
  Act act;
  act.last = script.num_frames;
  act.start = draw_pose(random);
  act.main = draw_performance(kind, act.start, world.speed_variety, random);
  const ActionKind* second = draw_second(world, kind, random);
  if (random.chance(world.clips.second_action) && second)
    act.second = draw_performance(*second, act.start, world.speed_variety, random);
  script.acts = {act};
  Random camera(world.seed, script.key + "/camera");
  Shot shot = draw_shot(world.look.camera, world.look.drift, camera);
  shot.last = script.num_frames;
  script.shots = {shot};
  return script;
}

/// Of twins, the one that comes first in all_actions is performed, the other is it played backwards.
bool is_performed(const WorldOptions& world, const ActionKind& kind) {
  return !world.clips.twins || &kind <= &find_action(kind.reverse);
}

void add_clips(const WorldOptions& world, const Subset& subset, std::vector<VideoScript>& scripts) {
  for (std::int64_t k = 0; k < subset.second; ++k) {
    for (const std::string& name : world.actions) {
      const ActionKind& kind = find_action(name);
      scripts.push_back(is_performed(world, kind)
                            ? draw_clip(world, subset.first, kind, k)
                            : reversed(draw_clip(world, subset.first, find_action(kind.reverse), k)));
    }
  }
}

/// Acts of the transcript with background between them, each beginning where the one before ended.
void draw_acts(const WorldOptions& world, const std::vector<std::string>& transcript, VideoScript& script) {
  const UntrimmedOptions& options = world.untrimmed;
  Random random(world.seed, script.key + "/acts");
  Pose pose = draw_pose(random);
  const auto add = [&](const ActionKind& kind, const std::array<double, 2>& seconds) {
    Act act;
    act.first = script.num_frames;
    const double length = random.uniform(seconds[0], seconds[1]) * world.fps;
    act.last = act.first + std::max<std::int64_t>(1, std::llround(length));
    act.start = pose;
    act.main = draw_performance(kind, pose, world.speed_variety, random);
    pose = pose_within(act, static_cast<double>(act.last - act.first) / world.fps);
    script.num_frames = act.last;
    script.acts.push_back(act);
  };
  for (const std::string& action : transcript) {
    if (random.chance(options.background)) add(background_action(), options.background_seconds);
    add(find_action(action), options.step_seconds);
  }
  if (random.chance(options.background)) add(background_action(), options.background_seconds);
}

/// Cuts at the steps of a Poisson process, a second apart at least.
void draw_shots(const WorldOptions& world, VideoScript& script) {
  Random random(world.seed, script.key + "/camera");
  const auto least = static_cast<std::int64_t>(std::ceil(world.fps));
  const double rate = world.untrimmed.cuts_a_minute / 60 / world.fps;  // a frame
  std::int64_t first = 0;
  while (first < script.num_frames) {
    Shot shot = draw_shot(world.look.camera, world.look.drift, random);
    if (!script.shots.empty() && random.chance(0.5)) shot.scene = script.shots.back().scene;
    const double wait = rate > 0 ? -std::log(1 - random.uniform()) / rate : 1e9;
    const double last = static_cast<double>(first + least) + wait;
    const bool ends = last > static_cast<double>(script.num_frames - least);
    shot.first = first;
    shot.last = ends ? script.num_frames : static_cast<std::int64_t>(last);
    first = shot.last;
    script.shots.push_back(shot);
  }
}

void add_untrimmed(const WorldOptions& world, const Subset& subset, std::vector<VideoScript>& scripts) {
  const std::vector<ActivityOptions> activities = activities_of(world);
  for (std::int64_t k = 0; k < subset.second; ++k) {
    const ActivityOptions& activity = activities[static_cast<std::size_t>(k) % activities.size()];
    VideoScript script = draw_cast(world, subset.first, fmt::format("{}/untrimmed/{}", subset.first, k));
    script.activity = activity.name;
    Random random(world.seed, script.key + "/transcript");
    draw_acts(world, draw_transcript(activity, world.untrimmed.swap, random), script);
    draw_shots(world, script);
    scripts.push_back(std::move(script));
  }
}

/// Clips are numbered in random order, so that neither a name nor the order of names tells the action.
void name_videos(const WorldOptions& world, std::vector<VideoScript>& scripts) {
  std::vector<std::size_t> clips;
  std::size_t untrimmed = 0;
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    if (scripts[i].untrimmed())
      scripts[i].id = fmt::format("video_{:05}", untrimmed++);
    else
      clips.push_back(i);
  }
  Random random(world.seed, "names");
  random.shuffle(clips);
  for (std::size_t n = 0; n < clips.size(); ++n) scripts[clips[n]].id = fmt::format("clip_{:05}", n);
}

/// Spans of moments as spans of frames, in the order of playing.
void to_frames(const VideoScript& script, std::vector<LabelledSpan>& spans) {
  if (!script.backwards) return;
  for (LabelledSpan& span : spans) {
    span = {script.num_frames - span.last, script.num_frames - span.first, span.label, span.second};
  }
  std::reverse(spans.begin(), spans.end());
}

template <typename Stretch>
const Stretch& stretch_at(const std::vector<Stretch>& stretches, std::int64_t moment) {
  const auto after = std::upper_bound(stretches.begin(), stretches.end(), moment,
                                      [](std::int64_t at, const Stretch& s) { return at < s.first; });
  return *std::prev(after);
}

}  // namespace

std::vector<LabelledSpan> action_spans(const VideoScript& script) {
  const auto seen = [&](const ActionKind& kind) { return script.backwards ? kind.reverse : kind.name; };
  std::vector<LabelledSpan> spans;
  for (const Act& act : script.acts) {
    LabelledSpan span{act.first, act.last, seen(*act.main.kind)};
    if (act.second) span.second = seen(*act.second->kind);
    spans.push_back(std::move(span));
  }
  to_frames(script, spans);
  return spans;
}

std::vector<LabelledSpan> scene_spans(const VideoScript& script) {
  std::vector<LabelledSpan> spans;
  for (const Shot& shot : script.shots) {
    const std::string& name = all_scenes()[shot.scene].name;
    if (!spans.empty() && spans.back().label == name)
      spans.back().last = shot.last;
    else
      spans.push_back({shot.first, shot.last, name});
  }
  to_frames(script, spans);
  return spans;
}

const Act& act_at(const VideoScript& script, std::int64_t moment) {
  return stretch_at(script.acts, moment);
}

const Shot& shot_at(const VideoScript& script, std::int64_t moment) {
  return stretch_at(script.shots, moment);
}

Pose pose_at(const VideoScript& script, std::int64_t moment, double fps) {
  const Act& act = act_at(script, moment);
  return pose_within(act, static_cast<double>(moment - act.first) / fps);
}

VideoScript reversed(VideoScript script) {
  script.backwards = !script.backwards;
  return script;
}

std::vector<VideoScript> plan_world(const WorldOptions& world) {
  const ClipOptions& clips = world.clips;
  const UntrimmedOptions& untrimmed = world.untrimmed;
  std::vector<VideoScript> scripts;
  for (const Subset& subset :
       {Subset{"train", clips.train}, Subset{"val", clips.val}, Subset{"test", clips.test}})
    add_clips(world, subset, scripts);
  for (const Subset& subset :
       {Subset{"train", untrimmed.train}, Subset{"val", untrimmed.val}, Subset{"test", untrimmed.test}})
    add_untrimmed(world, subset, scripts);
  name_videos(world, scripts);
  return scripts;
}

}  // namespace zoetrope::synthetic
