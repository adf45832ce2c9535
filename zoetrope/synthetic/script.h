#pragma once
// What happens when in one video, exactly: drawn from the world's seed, before any picture is.
//
//   for (const VideoScript& script : plan_world(world)) render(script);
//
// Everything is measured in frames, so that segments end where frames do. What is drawn for a video hangs on
// the seed, its subset and its number there (for clips, its action and number), never on another video.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/synthetic/actions.h"
#include "zoetrope/synthetic/actors.h"
#include "zoetrope/synthetic/random.h"
#include "zoetrope/synthetic/scenes.h"
#include "zoetrope/synthetic/world.h"

namespace zoetrope::synthetic {

/// One action over a stretch of moments; background is an act as well.
struct Act {
  std::int64_t first = 0;  ///< moments [first, last)
  std::int64_t last = 0;
  Pose start = {};
  Performance main = {};
  std::optional<Performance> second = {};  ///< at the same time, of another number of the pose
};

/// An actor that stands about.
struct Companion {
  ActorLook look = {};
  Pose pose = {};
  double scale = 0.5;
};

/// A moment is a frame's place in the performance: frame i shows moment i, or, where the video is played
/// `backwards`, moment num_frames - 1 - i. Acts and shots are in moments.
struct VideoScript {
  std::string id;
  std::string subset;    ///< "train", "val", "test"
  std::string activity;  ///< of an untrimmed video; empty: a clip
  std::string key;       ///< what its random numbers hang on, beside the seed; twins share it
  std::int64_t num_frames = 0;
  bool backwards = false;
  ActorLook actor = {};
  std::vector<Companion> companions = {};
  std::vector<Shot> shots = {};  ///< one after another, without gaps
  std::vector<Act> acts = {};    ///< likewise

  [[nodiscard]] bool untrimmed() const { return !activity.empty(); }
  [[nodiscard]] std::int64_t moment_of(std::int64_t frame) const {
    return backwards ? num_frames - 1 - frame : frame;
  }
};

/// A stretch of frames with one label, in the order of playing.
struct LabelledSpan {
  std::int64_t first = 0;  ///< frames [first, last)
  std::int64_t last = 0;
  std::string label;
  std::string second = {};  ///< the other action at the same time; mostly none
};

/// The actions as they are seen: of a video that is played backwards, each is its reverse.
[[nodiscard]] std::vector<LabelledSpan> action_spans(const VideoScript& script);
[[nodiscard]] std::vector<LabelledSpan> scene_spans(const VideoScript& script);

[[nodiscard]] Pose pose_at(const VideoScript& script, std::int64_t moment, double fps);
[[nodiscard]] const Act& act_at(const VideoScript& script, std::int64_t moment);
[[nodiscard]] const Shot& shot_at(const VideoScript& script, std::int64_t moment);

/// The same performance played the other way round: its frames are the script's in opposite order, its
/// actions their reverses.
[[nodiscard]] VideoScript reversed(VideoScript script);

/// Every video of a world: clips of train, val and test, then untrimmed videos. The world is one that
/// check_world takes.
[[nodiscard]] std::vector<VideoScript> plan_world(const WorldOptions& world);

}  // namespace zoetrope::synthetic
