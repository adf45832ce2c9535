#pragma once
// What a rendered world is: videos whose every label is known, as many and as hard as one likes. This is the
// file that `zoetrope render WORLD.toml` reads; recipes/worlds/ holds examples, docs/rendered-world.md
// explains.
//
//   auto world = load_config<synthetic::WorldOptions>("recipes/worlds/small.toml", {"look.domain_shift=1"});
//   synthetic::check_world(world, "small.toml");
//   synthetic::write_world(world, "out");
//
// One file and one seed give the same scripts, frames and annotations on every machine of one kind, whatever
// the number of threads.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"

namespace zoetrope::synthetic {

/// Trimmed clips of one action each.
struct ClipOptions {
  double seconds = 2;
  std::int64_t train = 40;  ///< clips an action
  std::int64_t val = 10;
  std::int64_t test = 10;
  /// Actions that are each other's reverse share their frames: clip k of the one is clip k of the other
  /// played backwards. Both must be among the actions. A model without a sense of order is then right on one
  /// of two.
  bool twins = true;
  double second_action = 0;  ///< share of clips in which another action goes on at the same time
};
void describe(ConfigFields& f, ClipOptions& o);

/// A kind of untrimmed video: its steps in order. A step names an action, several to choose from ("rise |
/// fall"), and may end in '?', which leaves it out half of the time.
struct ActivityOptions {
  std::string name;
  std::vector<std::string> steps;
};
void describe(ConfigFields& f, ActivityOptions& o);

/// Untrimmed videos: an activity's steps, with background before, after and between them.
struct UntrimmedOptions {
  std::int64_t train = 0;  ///< videos, the activities in turn
  std::int64_t val = 0;
  std::int64_t test = 0;
  std::vector<ActivityOptions> activities = {};  ///< empty: the default grammar, see grammar.h
  std::array<double, 2> step_seconds = {2, 5};   ///< shortest and longest
  std::array<double, 2> background_seconds = {1, 4};
  double background = 0.6;  ///< chance of a background stretch at each place where one may stand
  double swap = 0.2;        ///< chance that a step trades places with the next
  double cuts_a_minute =
      6;  ///< cuts of the camera on average; a cut changes the view and half of the time the scene
};
void describe(ConfigFields& f, UntrimmedOptions& o);

struct LookOptions {
  double domain_shift =
      0;                ///< 0: the plain look; 1: another palette, hollow actors, coarse dark scenes, grain
  double camera = 0.5;  ///< pan, zoom and shake of the camera: 0 stands still
  double drift = 0.5;   ///< motion of the backgrounds
  double actor_scale = 1;  ///< size of the actors: at 1 a body is 0.24 to 0.48 of the picture's shorter side
  std::vector<std::string> actors = {};  ///< kinds of actors.h that there are; empty: all
  bool own_colours = false;              ///< no two kinds share a colour; else any kind has any
  std::int64_t companions = 2;           ///< other actors that stand about, at most
};
void describe(ConfigFields& f, LookOptions& o);

struct SoundOptions {
  bool enabled = true;
  int sample_rate = 16'000;
  double noise = 0.2;  ///< how loud the scene is beside the action: 0 silent, 1 as loud
};
void describe(ConfigFields& f, SoundOptions& o);

struct EncodingOptions {
  int crf = 18;
  /// x264's presets from "veryfast" on read memory that nothing has written at some picture sizes (112x112 is
  /// one): there, two runs give files of the same pictures to the eye, but not to the bit.
  std::string preset = "superfast";
};
void describe(ConfigFields& f, EncodingOptions& o);

struct WorldOptions {
  std::uint64_t seed = 1;
  std::int64_t width = 112;
  std::int64_t height = 112;
  double fps = 15;
  /// The classes, by id. Their order is their rank of importance, the first the highest.
  std::vector<std::string> actions = {"move right",     "move left",          "rise", "fall",
                                      "spin clockwise", "spin anticlockwise", "open", "close"};
  double speed_variety = 0.4;  ///< speeds are from exp(-this) to exp(this) times the action's own
  double label_noise = 0;      ///< share of training clips and training segments with another label
  ClipOptions clips = {};
  UntrimmedOptions untrimmed = {};
  LookOptions look = {};
  SoundOptions sound = {};
  EncodingOptions encoding = {};
  std::vector<std::string> layouts = {};  ///< of layouts.h; empty: all for which there are videos
};
void describe(ConfigFields& f, WorldOptions& o);

inline constexpr std::int64_t kMaxVideos = 1'000'000;

/// What the ranges of single options cannot say. Throws Error (kUsage) that begins with `name`: an unknown or
/// doubled action or layout, a twin whose reverse is missing, a step that is none of the actions, an activity
/// named like another tag, a world without a video.
void check_world(const WorldOptions& world, const std::string& name);

}  // namespace zoetrope::synthetic
