#pragma once
// What is true of a video, by stated rules from its script alone.
//
// Importance of a frame, from 0 to 2 as in CoVieW: 0 in background; else 1.2 r + 0.8 s, where r is the rank
// of the action in the world's list (1 for the first, 0 for the last) and s the actor's size at that frame,
// from 0 to 1. A segment has the mean of its frames.
//
// Tags, in HVU's six categories, of a whole video:
//   scene      the scene of each shot
//   object     the kind of the actor, of each companion, and the actor's prop
//   action     each action that is seen
//   event      "solo", "duet" or "gathering" by the number of companions; the activity of an untrimmed video
//   attribute  the actor's colour and pattern; "large" where its mean size is above 0.5, else "small"; "fast"
//              where the mean speed of its actions is above 1, else "slow"
//   concept    the family of each action; "outdoors" or "indoors" of each scene

#include <array>
#include <string>
#include <vector>

#include "zoetrope/synthetic/script.h"
#include "zoetrope/synthetic/world.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::synthetic {

inline constexpr std::array<const char*, 6> kTagCategories = {"scene", "object",    "action",
                                                              "event", "attribute", "concept"};

/// Of frame `frame`.
[[nodiscard]] double importance_of(const VideoScript& script, const WorldOptions& world, std::int64_t frame);

/// The label of most of the frames [first, last); of several, the one that comes first.
[[nodiscard]] std::string main_label(const std::vector<LabelledSpan>& spans, std::int64_t first,
                                     std::int64_t last);

/// The tags of each category, in the order of kTagCategories, each once, sorted.
using Tags = std::array<std::vector<std::string>, kTagCategories.size()>;
[[nodiscard]] Tags tags_of(const VideoScript& script, const WorldOptions& world);
/// With these, perhaps noisy, actions in place of the true ones.
[[nodiscard]] Tags tags_of(const VideoScript& script, const WorldOptions& world,
                           const std::vector<LabelledSpan>& actions);

/// Every tag that videos of this world can have.
[[nodiscard]] Tags all_tags(const WorldOptions& world);

/// Labels as a careless annotator gives them: `world.label_noise` of the spans of a training video have
/// another action of the world, drawn evenly, instead of their own. Background stays, and so do other
/// subsets.
[[nodiscard]] std::vector<LabelledSpan> noisy_spans(const VideoScript& script, const WorldOptions& world);

/// Everything that is true of the video at `path`: tracks "action" and "scene", which cover it without gaps
/// (ids of actions as in the world, background after the last), "shots", "activity", the tags of the other
/// categories, the curve "importance" with a value a frame; where labels are noisy, the track "noisy action"
/// beside the true.
[[nodiscard]] timeline::Timeline truth_of(const VideoScript& script, const WorldOptions& world,
                                          const std::string& path);

}  // namespace zoetrope::synthetic
