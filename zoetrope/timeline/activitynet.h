#pragma once
// The JSON of ActivityNet (Caba Heilbron et al., CVPR 2015; github.com/activitynet/ActivityNet), which
// THUMOS14 and most detectors share. One file speaks of many videos, by name, in one of two forms:
//
//   results  {"version": "VERSION 1.3",
//             "results": {"video": [{"label": "Diving", "score": 0.9, "segment": [1.5, 4.0]}]},
//             "external_data": {"used": false, "details": ""}}
//   truth    {"version": "VERSION 1.3", "database": {"video": {"duration": 62.5, "subset": "validation",
//             "annotations": [{"label": "Diving", "segment": [1.5, 4.0]}]}}}
//
// Holds one track a video: spans, labels, scores (results) with the digits that bring back the same double,
// and in truth the video's duration, subset and, as in THUMOS14, fps. The track comes back as "detections" or
// "annotations", sorted by time, not in the file's order. Does not hold: label ids, other tracks,
// descriptions, sources, curves, texts, attachments, warnings. Every result must have a score for the
// evaluators: one that has none is written with 1.

#include <map>
#include <string>
#include <string_view>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

struct ActivityNetVideo {
  Timeline timeline{};
  std::string subset{};  ///< truth only: "training", "validation", "testing"
};

struct ActivityNetFile {
  std::string version = "VERSION 1.3";
  bool external_data = false;  ///< results only: whether more than the data set's own data was trained on
  std::map<std::string, ActivityNetVideo> videos{};
};

/// Throws Error (kUsage) where a timeline has not exactly one track.
[[nodiscard]] std::string to_activitynet_results(const ActivityNetFile& file);
[[nodiscard]] std::string to_activitynet_truth(const ActivityNetFile& file);

/// Either form, whichever the text has. Throws Error (kInput) "NAME: results.video[3].segment: ...". Segments
/// that reach beyond the video's duration are kept, as published annotations have them.
[[nodiscard]] ActivityNetFile from_activitynet(std::string_view text, const std::string& name);

}  // namespace zoetrope::timeline
