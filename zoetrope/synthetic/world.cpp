#include "zoetrope/synthetic/world.h"

#include <algorithm>
#include <set>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/synthetic/actions.h"
#include "zoetrope/synthetic/actors.h"
#include "zoetrope/synthetic/grammar.h"
#include "zoetrope/synthetic/labels.h"
#include "zoetrope/synthetic/layouts.h"

namespace zoetrope::synthetic {
namespace {

constexpr double kMaxCount = 100'000;  // videos of one kind

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

void check_actions(const WorldOptions& world) {
  if (world.actions.empty()) throw Error::usage("'actions': at least one is needed");
  std::set<std::string> seen;
  for (const std::string& action : world.actions) {
    const ActionKind& kind = find_action(action);
    if (!seen.insert(action).second) throw Error::usage("'actions': '{}' stands twice", action);
    if (world.clips.twins && !contains(world.actions, kind.reverse)) {
      throw Error::usage("'clips.twins': '{}' needs its reverse '{}' among 'actions', or twins = false",
                         action, kind.reverse);
    }
  }
}

void check_activity(const WorldOptions& world, const ActivityOptions& activity) {
  if (activity.name.empty() || activity.steps.empty())
    throw Error::usage("'untrimmed.activities': each has a name and steps");
  if (activity.name.find_first_of("|,\"\n\r") != std::string::npos)
    throw Error::usage("activity '{}': its name is a tag, which has no '|', ',' or '\"'", activity.name);
  for (const std::string& text : activity.steps) {
    for (const std::string& action : parse_step(text).choices) {
      if (!contains(world.actions, action))
        throw Error::usage("activity '{}': '{}' is not among 'actions'", activity.name, action);
    }
  }
}

void check_untrimmed(const WorldOptions& world) {
  const UntrimmedOptions& untrimmed = world.untrimmed;
  for (const auto& [key, span] : {std::pair{"step_seconds", untrimmed.step_seconds},
                                  std::pair{"background_seconds", untrimmed.background_seconds}}) {
    if (span[0] * world.fps < 1 || span[1] < span[0])
      throw Error::usage("'untrimmed.{}': the shortest, of a frame at least, comes before the longest", key);
  }
  WorldOptions bare = world;
  bare.untrimmed.activities = {};
  bare.untrimmed.train = bare.untrimmed.val = bare.untrimmed.test = 0;
  std::set<std::string> taken;
  for (const std::vector<std::string>& tags : all_tags(bare)) taken.insert(tags.begin(), tags.end());
  for (const ActivityOptions& activity : untrimmed.activities) {
    check_activity(world, activity);
    if (!taken.insert(activity.name).second)
      throw Error::usage("activity '{}': there is a tag of this name already; choose another", activity.name);
  }
}

void check_all(const WorldOptions& world) {
  check_actions(world);
  check_untrimmed(world);
  for (const std::string& kind : world.look.actors) {
    if (!contains(actor_kinds(), kind))
      throw Error::usage("'look.actors': unknown kind '{}'{}", kind, did_you_mean(kind, actor_kinds()));
  }
  for (const std::string& layout : world.layouts) {
    if (!contains(layout_names(), layout))
      throw Error::usage("'layouts': unknown layout '{}'{}", layout, did_you_mean(layout, layout_names()));
  }
  if (world.label_noise > 0 && world.actions.size() < 2)
    throw Error::usage("'label_noise': a wrong label needs a second action");
  const auto actions = static_cast<std::int64_t>(world.actions.size());
  const std::int64_t clips = (world.clips.train + world.clips.val + world.clips.test) * actions;
  const std::int64_t videos = clips + world.untrimmed.train + world.untrimmed.val + world.untrimmed.test;
  if (videos == 0) throw Error::usage("no video is asked for; set 'clips.train' or 'untrimmed.train'");
  if (videos > kMaxVideos) throw Error::usage("{} videos; at most {} are written", videos, kMaxVideos);
}

}  // namespace

void describe(ConfigFields& f, ClipOptions& o) {
  f.field("seconds", o.seconds, "length of a clip").range(0.1, 60);
  f.field("train", o.train, "training clips of each action").range(0, kMaxCount);
  f.field("val", o.val, "validation clips of each action").range(0, kMaxCount);
  f.field("test", o.test, "test clips of each action").range(0, kMaxCount);
  f.field("twins", o.twins, "actions that are each other's reverse share their frames, in opposite order");
  f.field("second_action", o.second_action, "share of clips with another action at the same time")
      .range(0, 1);
}

void describe(ConfigFields& f, ActivityOptions& o) {
  f.field("name", o.name, "what the activity is called").required();
  f.field("steps", o.steps,
          "its steps in order: \"rise\", \"rise | fall\" (one of them), \"wave ?\" (or not)")
      .required();
}

void describe(ConfigFields& f, UntrimmedOptions& o) {
  f.field("train", o.train, "untrimmed training videos").range(0, kMaxCount);
  f.field("val", o.val, "untrimmed validation videos").range(0, kMaxCount);
  f.field("test", o.test, "untrimmed test videos").range(0, kMaxCount);
  f.field("activities", o.activities, "what follows what; empty: four made of the world's actions");
  f.field("step_seconds", o.step_seconds, "shortest and longest step").range(0.01, 600);
  f.field("background_seconds", o.background_seconds, "shortest and longest background stretch")
      .range(0.01, 600);
  f.field("background", o.background, "chance of background before, between and after the steps").range(0, 1);
  f.field("swap", o.swap, "chance that a step trades places with the next").range(0, 1);
  f.field("cuts_a_minute", o.cuts_a_minute, "cuts of the camera, on average").range(0, 60);
}

void describe(ConfigFields& f, LookOptions& o) {
  f.field("domain_shift", o.domain_shift,
          "how far the look is from the plain one, the actions being the same")
      .range(0, 1);
  f.field("camera", o.camera, "how much the camera pans, zooms and shakes").range(0, 1);
  f.field("drift", o.drift, "how much the backgrounds move").range(0, 1);
  f.field("actors", o.actors, "which kinds of actors there are; empty: all");
  f.field("actor_scale", o.actor_scale, "size of the actors; 1: bodies of 0.24 to 0.48 of the shorter side")
      .range(0.25, 2);
  f.field("own_colours", o.own_colours, "no two kinds of actors share a colour; else any kind has any");
  f.field("companions", o.companions, "other actors that stand about, at most").range(0, 8);
}

void describe(ConfigFields& f, SoundOptions& o) {
  f.field("enabled", o.enabled, "whether the videos have sound");
  f.field("sample_rate", o.sample_rate, "hertz; one that AAC knows").range(8'000, 48'000);
  f.field("noise", o.noise, "how loud the scene is beside the action").range(0, 1);
}

void describe(ConfigFields& f, EncodingOptions& o) {
  f.field("crf", o.crf, "H.264's quality: 0 (lossless) to 51").range(0, 51);
  f.field("preset", o.preset,
          "H.264's effort; up to superfast, files are the same at every run, beyond at some sizes not")
      .choices({"ultrafast", "superfast", "veryfast", "faster", "fast", "medium", "slow", "slower"});
}

void describe(ConfigFields& f, WorldOptions& o) {
  f.field("seed", o.seed, "another seed, other videos");
  f.field("width", o.width, "pixels").range(32, 1024);
  f.field("height", o.height, "pixels").range(32, 1024);
  f.field("fps", o.fps, "frames a second").range(2, 60);
  f.field("actions", o.actions, "the classes, the most important first");
  f.field("speed_variety", o.speed_variety, "speeds are from exp(-this) to exp(this) times the action's own")
      .range(0, 1.5);
  f.field("label_noise", o.label_noise, "share of training labels that are wrong in the noisy annotations")
      .range(0, 1);
  f.field("clips", o.clips, "trimmed clips");
  f.field("untrimmed", o.untrimmed, "untrimmed videos");
  f.field("look", o.look, "appearance");
  f.field("sound", o.sound, "sound");
  f.field("encoding", o.encoding, "the files");
  f.field("layouts", o.layouts, "annotation layouts; empty: all for which there are videos");
}

void check_world(const WorldOptions& world, const std::string& name) {
  try {
    check_all(world);
  } catch (const Error& error) {
    throw Error(error.kind(), name + ": " + error.what());
  }
}

}  // namespace zoetrope::synthetic
