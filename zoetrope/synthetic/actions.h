#pragma once
// What actors do: an action is how the numbers of a pose change over time, and nothing else.
//
// A pose has seven numbers in [0, 1]. Four wrap around: x and y (what leaves the picture on one side enters
// it on the other), angle, and orbit, where the prop stands around its bearer. Three do not: size, open and
// wag, a limb's swing. Every actor shows all of them.
//
// Note [A single frame says nothing]
// All numbers of a pose start uniformly distributed and independent of each other, and an action changes one
// of them: by a shift of a number that wraps, which leaves it uniform, or along a wave of random phase
// through [0, 1], whose values are uniform at any given moment. So the distribution of a frame is the same
// for every action, at every frame number. A model that looks at one frame is left with chance; so is one
// that looks at all frames without their order where actions are each other's reverse (ActionKind::reverse).

#include <string>
#include <vector>

namespace zoetrope::synthetic {

struct Pose {
  double x = 0.5;     ///< of the picture's width, to the right; wraps
  double y = 0.5;     ///< of the picture's height, downwards; wraps
  double angle = 0;   ///< turns, clockwise; wraps
  double orbit = 0;   ///< turns of the prop around the actor, clockwise; wraps
  double size = 0.5;  ///< from the smallest to the largest
  double open = 0.5;  ///< a mouth, or legs and an arm
  double wag = 0.5;   ///< the other arm, or an antenna
};

/// How the number moves: kDrift shifts it without end, kSway shifts it to and fro by a small amplitude, kHop
/// shifts it along parabolas; kRamp goes slowly through [0, 1] and back quickly, kSwing there and back alike.
enum class Course { kStill, kDrift, kSway, kHop, kRamp, kSwing };

struct ActionKind {
  std::string name;      ///< "rise"
  std::string sentence;  ///< "[something] rises", as Something-Something writes it
  std::string family;    ///< the concept: translation, rotation, scaling, articulation, oscillation
  std::string reverse;  ///< the action that this one is when played backwards; itself where it looks the same
  double Pose::*number;  ///< what it changes
  Course course = Course::kStill;
  double direction = 1;  ///< +1 or -1
  double amplitude = 1;  ///< of kSway and kHop
  double period = 2;     ///< seconds of a cycle at speed 1
};

/// All that actors can do, in a fixed order; `kBackground` is not among them.
[[nodiscard]] const std::vector<ActionKind>& all_actions();

/// Throws Error (kUsage) with the nearest name for one that is unknown.
[[nodiscard]] const ActionKind& find_action(const std::string& name);

inline constexpr const char* kBackgroundLabel = "background";
/// What is done between actions: next to nothing.
[[nodiscard]] const ActionKind& background_action();

/// One action from a pose on.
struct Performance {
  const ActionKind* kind = nullptr;
  double speed = 1;  ///< 2: twice as fast
  double phase = 0;  ///< cycles at its begin, in [0, 1)
};

/// A phase from which the action goes on from `start` without a jump. For kRamp and kSwing the pose's number
/// leaves two, on the way there and on the way back, of which `random_phase` in [0, 1) chooses one, each as
/// often as its share of the cycle; for the others it is `random_phase` itself.
[[nodiscard]] double phase_from(const ActionKind& kind, const Pose& start, double random_phase);

/// The cycle that is under way after so many seconds, and how far it is: [0, 1).
[[nodiscard]] double cycle_at(const Performance& performance, double seconds);

/// The pose after `seconds`, begun at `start`. Performances that change other numbers can follow one another
/// over the same seconds: `pose_after(b, pose_after(a, start, t), t)`.
[[nodiscard]] Pose pose_after(const Performance& performance, const Pose& start, double seconds);

}  // namespace zoetrope::synthetic
