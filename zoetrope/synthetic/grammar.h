#pragma once
// Activities: what follows what in an untrimmed video, as in a cooking task.
//
// A step is "rise", "rise | fall" (one of them) or either with a '?' at its end (left out half of the time).
// From an activity's steps a video draws its transcript: choices first, then, from left to right, swaps of
// neighbours; of equal neighbours one stays.

#include <string>
#include <vector>

#include "zoetrope/synthetic/random.h"
#include "zoetrope/synthetic/world.h"

namespace zoetrope::synthetic {

struct Step {
  std::vector<std::string> choices;
  bool optional = false;
};

/// Throws Error (kUsage) for a step that names no action.
[[nodiscard]] Step parse_step(const std::string& text);

/// The world's activities; where it names none, four that are made of its actions: with n of them, activity k
/// has n / 2 + 1 steps that begin at action k n / 4, every third step a choice and every fourth optional.
[[nodiscard]] std::vector<ActivityOptions> activities_of(const WorldOptions& world);

/// The actions of one video, in order; never empty.
[[nodiscard]] std::vector<std::string> draw_transcript(const ActivityOptions& activity, double swap,
                                                       Random& random);

}  // namespace zoetrope::synthetic
