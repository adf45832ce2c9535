#pragma once
// What people might say of a clip, by fixed sentences over what is true of it: who (colour, pattern, kind, load), what is
// done, where, how (large or small, fast or slow) and beside whom. The same of every clip: no number is drawn.
//
//   a red striped fish rises in front of a meadow
//   the small fish is rising slowly
//   there is a red fish with a lantern that rises
//   in front of a meadow a striped fish is rising
//   a fish rises beside a blue box                (alone; among two others)
//   a fish rises and shakes at the same time      where there is a second action
//
// A plain pattern is not told.

#include <string>
#include <vector>

#include "zoetrope/synthetic/script.h"
#include "zoetrope/synthetic/world.h"

namespace zoetrope::synthetic {

/// Five or six sentences, of lower-case words, that differ. `action` is the clip's, true or noisy.
[[nodiscard]] std::vector<std::string> captions_of(const VideoScript& script, const WorldOptions& world,
                                                   const LabelledSpan& action);

/// "rising" of "rises", "swinging its load clockwise" of "swings its load clockwise".
[[nodiscard]] std::string progressive_of(const std::string& phrase);

}  // namespace zoetrope::synthetic
