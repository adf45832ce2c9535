#include "zoetrope/structure/timeline_tracks.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::structure {
namespace {

using timeline::Curve;
using timeline::Segment;
using timeline::Track;

Track shots_track(const Structure& structure) {
  Track track{.name = "shots",
              .description = "Shots, divided at cuts and in the middle of gradual transitions.",
              .source = {.name = "shots", .sha256 = ""},
              .segments = {}};
  for (const Shot& shot : structure.shots) {
    track.segments.push_back({.start = shot.begin,
                              .end = shot.end,
                              .label = fmt::format("shot {}", track.segments.size() + 1),
                              .label_id = -1,
                              .score = {}});
  }
  return track;
}

Track transitions_track(const Structure& structure) {
  Track track{.name = "transitions",
              .description =
                  "Changes between shots; the score is how much the pictures on both sides differ (0 to 1).",
              .source = {.name = "shots", .sha256 = ""},
              .segments = {}};
  for (const Transition& transition : structure.transitions) {
    track.segments.push_back({.start = transition.begin,
                              .end = transition.end,
                              .label = transition_name(transition.kind),
                              .label_id = static_cast<std::int64_t>(transition.kind),
                              .score = transition.score});
  }
  return track;
}

Track camera_track(const Structure& structure) {
  Track track{.name = "camera",
              .description =
                  "How the camera moves; the score is the speed in percent of the frame's diagonal a second.",
              .source = {.name = "camera", .sha256 = ""},
              .segments = {}};
  for (const CameraSegment& segment : structure.camera) {
    track.segments.push_back({.start = segment.begin,
                              .end = segment.end,
                              .label = segment.label,
                              .label_id = -1,
                              .score = segment.speed});
  }
  return track;
}

Track parts_track(const Structure& structure) {
  Track track{
      .name = "parts",
      .description =
          "Parts of like appearance and motion; the score is the contrast to the part before (0 to 1).",
      .source = {.name = "parts", .sha256 = ""},
      .segments = {}};
  for (const Part& part : structure.parts) {
    const bool first = track.segments.empty();
    track.segments.push_back(
        {.start = part.begin,
         .end = part.end,
         .label = fmt::format("part {}", track.segments.size() + 1),
         .label_id = -1,
         .score = first ? std::nullopt : std::optional(std::min(part.contrast / 2, 1.0))});
  }
  return track;
}

Track representatives_track(const Structure& structure) {
  Track track{.name = "representative",
              .description =
                  "Segments that represent the video; the score is the share of the video each stands for.",
              .source = {.name = "representatives", .sha256 = ""},
              .segments = {}};
  for (const Representative& representative : structure.representatives) {
    track.segments.push_back({.start = representative.begin,
                              .end = representative.end,
                              .label = fmt::format("representative {}", track.segments.size() + 1),
                              .label_id = -1,
                              .score = representative.share});
  }
  return track;
}

/// A NaN between two samples that a transition divides keeps a plot from joining them.
Curve motion_curve(const Structure& structure) {
  Curve curve{.name = "motion",
              .description = "How fast the picture moves: the mean length of the optical flow.",
              .unit = "% of the diagonal/s",
              .source = {.name = "motion", .sha256 = ""},
              .times = {},
              .values = {}};
  double last_end = structure.begin;
  for (const MotionSample& sample : structure.motion) {
    if (sample.begin > last_end && !curve.times.empty()) {
      curve.times.push_back((last_end + sample.begin) / 2);
      curve.values.push_back(std::numeric_limits<double>::quiet_NaN());
    }
    curve.times.push_back((sample.begin + sample.end) / 2);
    curve.values.push_back(sample.motion);
    last_end = sample.end;
  }
  return curve;
}

Curve brightness_curve(const Structure& structure) {
  Curve curve{.name = "brightness",
              .description = "Mean luma of the picture.",
              .unit = "% of full scale",
              .source = {.name = "brightness", .sha256 = ""},
              .times = {},
              .values = {}};
  for (const Sample& sample : structure.samples) {
    curve.times.push_back((sample.begin + sample.end) / 2);
    curve.values.push_back(sample.brightness / 2.55);
  }
  return curve;
}

template <typename Item>
void append(std::vector<Item>& items, Item added) {
  if (std::any_of(items.begin(), items.end(), [&](const Item& item) { return item.name == added.name; })) {
    throw Error::usage("timeline: has '{}' already; add the structure of a video once", added.name);
  }
  items.push_back(std::move(added));
}

}  // namespace

void add_to_timeline(const Structure& structure, timeline::Timeline& timeline) {
  if (structure.num_frames == 0) return;
  append(timeline.tracks, shots_track(structure));
  append(timeline.tracks, transitions_track(structure));
  append(timeline.tracks, camera_track(structure));
  append(timeline.tracks, parts_track(structure));
  append(timeline.tracks, representatives_track(structure));
  append(timeline.curves, motion_curve(structure));
  append(timeline.curves, brightness_curve(structure));
}

}  // namespace zoetrope::structure
