#pragma once
// Who does it: shapes, sprites and articulated figures, all of which show every number of a pose.
//
// Kinds: ball, box, star, flower (shapes), fish, moth (sprites), person, robot (articulated figures). A shape
// or sprite opens its mouth, wags its antenna and has an eye that tells how it is turned; a figure spreads
// its legs and an arm, and wags the other arm. A prop hangs on a string at the pose's orbit.

#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "zoetrope/synthetic/actions.h"
#include "zoetrope/synthetic/random.h"

namespace zoetrope::synthetic {

/// Indices of the lists below; drawn without regard to the action.
struct ActorLook {
  std::size_t kind = 0;
  std::size_t colour = 0;
  std::size_t pattern = 0;
  std::size_t prop = 0;
};

[[nodiscard]] const std::vector<std::string>& actor_kinds();
[[nodiscard]] const std::vector<std::string>& actor_colours();
[[nodiscard]] const std::vector<std::string>& actor_patterns();  ///< plain, striped, spotted
[[nodiscard]] const std::vector<std::string>& prop_kinds();

/// Of one of these kinds; of any, if there are none. With `own_colours`, the colours are dealt out to the kinds in their
/// order, so that no two kinds share one (eight of each); else any kind has any.
[[nodiscard]] ActorLook draw_look(Random& random, const std::vector<std::string>& kinds = {},
                                  bool own_colours = false);

/// "a red striped fish"
[[nodiscard]] std::string describe_look(const ActorLook& look);

/// The radius of an actor's body, in shares of the picture's shorter side.
[[nodiscard]] double body_radius(const Pose& pose);

/// Draws the actor into an RGB picture; what leaves it on one side enters on the other. `scale` enlarges it,
/// `domain_shift` makes its body see-through, with a coloured outline in place of a dark one.
void draw_actor(cv::Mat& picture, const ActorLook& look, const Pose& pose, double scale, double domain_shift);

}  // namespace zoetrope::synthetic
