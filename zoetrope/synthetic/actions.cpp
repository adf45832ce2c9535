#include "zoetrope/synthetic/actions.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/core/nearest.h"

namespace zoetrope::synthetic {
namespace {

// The share of a ramp's cycle that its way back takes.
constexpr double kReturnShare = 0.2;

double fraction(double value) {
  const double rest = value - std::floor(value);
  return rest < 1 ? rest : 0;  // of -1e-20 it is 1 in doubles
}

/// Up during (1 - kReturnShare) of the cycle, then down: uniform in [0, 1] for a uniform phase.
double ramp(double phase) {
  const double way = 1 - kReturnShare;
  return phase < way ? phase / way : (1 - phase) / kReturnShare;
}

double swing(double phase) {
  return phase < 0.5 ? 2 * phase : 2 - 2 * phase;
}

/// 0 at both ends of the cycle, 1 in its middle: a ball that is thrown.
double hop(double phase) {
  return 4 * phase * (1 - phase);
}

double wave(double phase) {
  return std::sin(2 * M_PI * phase);
}

std::vector<ActionKind> make_actions() {
  using enum Course;
  return {
      {"move right", "[something] moves right", "translation", "move left", &Pose::x, kDrift, 1, 1, 2.4},
      {"move left", "[something] moves left", "translation", "move right", &Pose::x, kDrift, -1, 1, 2.4},
      {"rise", "[something] rises", "translation", "fall", &Pose::y, kDrift, -1, 1, 2.4},
      {"fall", "[something] falls", "translation", "rise", &Pose::y, kDrift, 1, 1, 2.4},
      {"spin clockwise", "[something] spins clockwise", "rotation", "spin anticlockwise", &Pose::angle,
       kDrift, 1, 1, 2},
      {"spin anticlockwise", "[something] spins anticlockwise", "rotation", "spin clockwise", &Pose::angle,
       kDrift, -1, 1, 2},
      {"approach", "[something] approaches", "scaling", "recede", &Pose::size, kRamp, 1, 1, 1.6},
      {"recede", "[something] recedes", "scaling", "approach", &Pose::size, kRamp, -1, 1, 1.6},
      {"open", "[something] opens", "articulation", "close", &Pose::open, kRamp, 1, 1, 1.4},
      {"close", "[something] closes", "articulation", "open", &Pose::open, kRamp, -1, 1, 1.4},
      {"carry clockwise", "[something] swings its load clockwise", "rotation", "carry anticlockwise",
       &Pose::orbit, kDrift, 1, 1, 1.6},
      {"carry anticlockwise", "[something] swings its load anticlockwise", "rotation", "carry clockwise",
       &Pose::orbit, kDrift, -1, 1, 1.6},
      {"shake", "[something] shakes", "oscillation", "shake", &Pose::x, kSway, 1, 0.07, 0.5},
      {"jump", "[something] jumps", "oscillation", "jump", &Pose::y, kHop, -1, 0.22, 0.8},
      {"wave", "[something] waves", "articulation", "wave", &Pose::wag, kSwing, 1, 1, 0.7},
      {"rock", "[something] rocks", "oscillation", "rock", &Pose::angle, kSway, 1, 0.1, 0.9},
      {"pulse", "[something] pulses", "scaling", "pulse", &Pose::size, kSwing, 1, 1, 0.8},
      {"clap", "[something] claps", "articulation", "clap", &Pose::open, kSwing, 1, 1, 0.6},
  };
}

}  // namespace

const std::vector<ActionKind>& all_actions() {
  static const std::vector<ActionKind> actions = make_actions();
  return actions;
}

const ActionKind& background_action() {
  static const ActionKind background{.name = kBackgroundLabel,
                                     .sentence = "[something] idles",
                                     .family = "rest",
                                     .reverse = kBackgroundLabel,
                                     .number = &Pose::angle,
                                     .course = Course::kSway,
                                     .amplitude = 0.015,
                                     .period = 3};
  return background;
}

const ActionKind& find_action(const std::string& name) {
  std::vector<std::string> names;
  for (const ActionKind& action : all_actions()) {
    if (action.name == name) return action;
    names.push_back(action.name);
  }
  throw Error::usage("unknown action '{}'{}", name, did_you_mean(name, names));
}

double phase_from(const ActionKind& kind, const Pose& start, double random_phase) {
  const double value = std::clamp(start.*kind.number, 0.0, 1.0);
  if (kind.course == Course::kRamp) {
    // Mostly on the slow way, in the proportion of time: otherwise the value would say where the cycle
    // stands.
    const double up = kind.direction > 0 ? value : 1 - value;
    return fraction(random_phase < 1 - kReturnShare ? up * (1 - kReturnShare) : 1 - up * kReturnShare);
  }
  if (kind.course == Course::kSwing) return fraction(random_phase < 0.5 ? value / 2 : 1 - value / 2);
  return random_phase;
}

double cycle_at(const Performance& performance, double seconds) {
  const double cycles = performance.phase + seconds * performance.speed / performance.kind->period;
  return fraction(cycles);
}

Pose pose_after(const Performance& performance, const Pose& start, double seconds) {
  const ActionKind& kind = *performance.kind;
  Pose pose = start;
  double& value = pose.*kind.number;
  const double cycle = cycle_at(performance, seconds), begin = performance.phase;
  switch (kind.course) {
    case Course::kStill:
      break;
    case Course::kDrift:
      value = fraction(value + kind.direction * seconds * performance.speed / kind.period);
      break;
    case Course::kSway:
      value = fraction(value + kind.amplitude * (wave(cycle) - wave(begin)));
      break;
    case Course::kHop:
      value = fraction(value + kind.direction * kind.amplitude * (hop(cycle) - hop(begin)));
      break;
    case Course::kRamp:
      value = kind.direction > 0 ? ramp(cycle) : 1 - ramp(cycle);
      break;
    case Course::kSwing:
      value = swing(cycle);
      break;
  }
  return pose;
}

}  // namespace zoetrope::synthetic
