#pragma once
// What a video sounds like: each action has a voice of its own, each scene a noise.
//
// Voice: 220 Hz x 2^(i/5) for action i of all_actions, two overtones by family, a pitch that climbs half an
// octave within a cycle of the action, loud at the cycle's begin where it oscillates, else swelling evenly.
// Between actions there is the scene's noise alone: white noise through a one-pole low pass, lower the more
// it rumbles. The voice is that of the action as it is seen: a video that is played backwards has its
// reverse's voice. Sound is heard at the moments at which the frames show its cause.

#include <vector>

#include "zoetrope/synthetic/script.h"
#include "zoetrope/synthetic/world.h"

namespace zoetrope::synthetic {

/// Mono, in [-1, 1], round(num_frames / fps * sample_rate) samples.
[[nodiscard]] std::vector<float> sound_of(const VideoScript& script, const WorldOptions& world);

}  // namespace zoetrope::synthetic
