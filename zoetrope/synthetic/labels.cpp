#include "zoetrope/synthetic/labels.h"

#include <algorithm>
#include <set>

#include "zoetrope/synthetic/grammar.h"

namespace zoetrope::synthetic {
namespace {

using timeline::Segment;
using timeline::Timeline;
using timeline::Track;

constexpr double kRankShare = 1.2, kSizeShare = 0.8;
constexpr std::size_t kScene = 0, kObject = 1, kAction = 2, kEvent = 3, kAttribute = 4, kConcept = 5;

std::int64_t id_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) - names.begin();
}

double mean_size(const VideoScript& script, const WorldOptions& world) {
  double sum = 0;
  for (std::int64_t moment = 0; moment < script.num_frames; ++moment)
    sum += pose_at(script, moment, world.fps).size;
  return sum / static_cast<double>(script.num_frames);
}

double mean_speed(const VideoScript& script) {
  double sum = 0, count = 0;
  for (const Act& act : script.acts) {
    if (act.main.kind == &background_action()) continue;
    sum += act.main.speed;
    ++count;
  }
  return count > 0 ? sum / count : 0;
}

void add_scene_tags(const SceneKind& scene, std::array<std::set<std::string>, 6>& tags) {
  tags[kScene].insert(scene.name);
  tags[kConcept].insert(scene.outdoors ? "outdoors" : "indoors");
}

void add_action_tags(const std::string& action, std::array<std::set<std::string>, 6>& tags) {
  if (action.empty() || action == kBackgroundLabel) return;
  tags[kAction].insert(action);
  tags[kConcept].insert(find_action(action).family);
}

Tags sorted(const std::array<std::set<std::string>, 6>& tags) {
  Tags lists;
  for (std::size_t i = 0; i < lists.size(); ++i) lists[i].assign(tags[i].begin(), tags[i].end());
  return lists;
}

/// The spans as a track; ids are places in `names`, background comes after the last.
Track track_of(const std::string& name, const std::string& description,
               const std::vector<LabelledSpan>& spans, const std::vector<std::string>& names, double fps) {
  Track track{.name = name, .description = description};
  for (const LabelledSpan& span : spans) {
    for (const std::string& label : {span.label, span.second}) {
      if (label.empty()) continue;
      track.segments.push_back({.start = static_cast<double>(span.first) / fps,
                                .end = static_cast<double>(span.last) / fps,
                                .label = label,
                                .label_id = id_in(names, label)});
    }
  }
  return track;
}

void add_tags(const Tags& tags, double duration, Timeline& truth) {
  for (const std::size_t category : {kObject, kEvent, kAttribute, kConcept}) {
    Track track{.name = kTagCategories[category], .description = "tags of the whole video"};
    for (const std::string& tag : tags[category])
      track.segments.push_back({.start = 0, .end = duration, .label = tag});
    truth.tracks.push_back(std::move(track));
  }
}

}  // namespace

double importance_of(const VideoScript& script, const WorldOptions& world, std::int64_t frame) {
  const std::int64_t moment = script.moment_of(frame);
  const ActionKind& kind = *act_at(script, moment).main.kind;
  if (&kind == &background_action()) return 0;
  const std::int64_t place = id_in(world.actions, script.backwards ? kind.reverse : kind.name);
  const auto last = static_cast<double>(world.actions.size() - 1);
  const double rank = last > 0 ? 1 - static_cast<double>(place) / last : 1;
  return kRankShare * rank + kSizeShare * pose_at(script, moment, world.fps).size;
}

std::string main_label(const std::vector<LabelledSpan>& spans, std::int64_t first, std::int64_t last) {
  std::map<std::string, std::int64_t> frames;
  std::string best;
  for (const LabelledSpan& span : spans) {
    const std::int64_t common = std::min(span.last, last) - std::max(span.first, first);
    if (common > 0) frames[span.label] += common;
  }
  for (const LabelledSpan& span : spans) {
    if (frames.contains(span.label) && (best.empty() || frames[span.label] > frames[best])) best = span.label;
  }
  return best;
}

Tags tags_of(const VideoScript& script, const WorldOptions& world) {
  return tags_of(script, world, action_spans(script));
}

Tags tags_of(const VideoScript& script, const WorldOptions& world, const std::vector<LabelledSpan>& actions) {
  std::array<std::set<std::string>, 6> tags;
  for (const Shot& shot : script.shots) add_scene_tags(all_scenes()[shot.scene], tags);
  tags[kObject] = {actor_kinds()[script.actor.kind], prop_kinds()[script.actor.prop]};
  for (const Companion& companion : script.companions)
    tags[kObject].insert(actor_kinds()[companion.look.kind]);
  for (const LabelledSpan& span : actions) {
    add_action_tags(span.label, tags);
    add_action_tags(span.second, tags);
  }
  const std::size_t company = script.companions.size();
  tags[kEvent].insert(company == 0 ? "solo" : company == 1 ? "duet" : "gathering");
  if (script.untrimmed()) tags[kEvent].insert(script.activity);
  tags[kAttribute] = {actor_colours()[script.actor.colour], actor_patterns()[script.actor.pattern],
                      mean_size(script, world) > 0.5 ? "large" : "small",
                      mean_speed(script) > 1 ? "fast" : "slow"};
  return sorted(tags);
}

Tags all_tags(const WorldOptions& world) {
  std::array<std::set<std::string>, 6> tags;
  for (const SceneKind& scene : all_scenes()) add_scene_tags(scene, tags);
  for (const std::vector<std::string>& names :
       {world.look.actors.empty() ? actor_kinds() : world.look.actors, prop_kinds()})
    tags[kObject].insert(names.begin(), names.end());
  for (const std::string& action : world.actions) add_action_tags(action, tags);
  tags[kEvent] = {"solo", "duet", "gathering"};
  const UntrimmedOptions& untrimmed = world.untrimmed;
  if (untrimmed.train + untrimmed.val + untrimmed.test > 0) {
    for (const ActivityOptions& activity : activities_of(world)) tags[kEvent].insert(activity.name);
  }
  tags[kAttribute] = {"large", "small", "fast", "slow"};
  for (const std::vector<std::string>& names : {actor_colours(), actor_patterns()})
    tags[kAttribute].insert(names.begin(), names.end());
  return sorted(tags);
}

std::vector<LabelledSpan> noisy_spans(const VideoScript& script, const WorldOptions& world) {
  std::vector<LabelledSpan> spans = action_spans(script);
  if (script.subset != "train" || world.label_noise <= 0) return spans;
  Random random(world.seed, script.id + "/label noise");  // of each twin its own
  for (LabelledSpan& span : spans) {
    if (span.label == kBackgroundLabel || !random.chance(world.label_noise)) continue;
    std::vector<std::string> others = world.actions;
    std::erase(others, span.label);
    std::erase(others, span.second);
    if (!others.empty()) span.label = random.pick(others);
  }
  return spans;
}

Timeline truth_of(const VideoScript& script, const WorldOptions& world, const std::string& path) {
  const double fps = world.fps, duration = static_cast<double>(script.num_frames) / fps;
  Timeline truth;
  truth.video = {.path = path,
                 .duration = duration,
                 .num_frames = script.num_frames,
                 .fps = fps,
                 .width = world.width,
                 .height = world.height};
  const Tags tags = tags_of(script, world);
  std::vector<std::string> scenes;
  for (const SceneKind& scene : all_scenes()) scenes.push_back(scene.name);
  truth.tracks.push_back(track_of("action", "what is done", action_spans(script), world.actions, fps));
  if (world.label_noise > 0) {
    truth.tracks.push_back(track_of("noisy action", "what the noisy annotations say is done",
                                    noisy_spans(script, world), world.actions, fps));
  }
  truth.tracks.push_back(track_of("scene", "where", scene_spans(script), scenes, fps));
  Track shots{.name = "shots", .description = "stretches between two cuts"};
  for (const Shot& shot : script.shots) {
    const std::int64_t first = script.backwards ? script.num_frames - shot.last : shot.first;
    shots.segments.push_back({.start = static_cast<double>(first) / fps,
                              .end = static_cast<double>(first + shot.last - shot.first) / fps,
                              .label = "shot"});
  }
  truth.tracks.push_back(std::move(shots));
  if (script.untrimmed()) {
    truth.tracks.push_back({.name = "activity",
                            .description = "what the steps are part of",
                            .segments = {{.start = 0, .end = duration, .label = script.activity}}});
  }
  add_tags(tags, duration, truth);
  timeline::Curve importance{.name = "importance",
                             .description = "0 in background, up to 2; see docs/rendered-world.md"};
  for (std::int64_t frame = 0; frame < script.num_frames; ++frame) {
    importance.times.push_back(static_cast<double>(frame) / fps);
    importance.values.push_back(importance_of(script, world, frame));
  }
  truth.curves.push_back(std::move(importance));
  timeline::sort_by_time(truth);
  return truth;
}

}  // namespace zoetrope::synthetic
