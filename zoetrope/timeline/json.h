#pragma once
// Zoetrope's own JSON: the one format that holds a whole Timeline, without loss.
//
//   {
//     "schema": "zoetrope.timeline",
//     "version": 1,
//     "video": {"path": "kitchen.mp4", "sha256": "...", "start": 0.0, "duration": 62.5,
//               "num_frames": 1875, "fps": 30.0, "width": 1280, "height": 720},
//     "tracks": [{"name": "action", "description": "...", "source": {"name": "...", "sha256": "..."},
//                 "segments": [{"start": 0.0, "end": 4.2, "label": "pour milk", "label_id": 7,
//                               "score": 0.91}]}],
//     "curves": [{"name", "description", "unit", "source", "times": [], "values": []}],
//     "texts": [{"name", "description", "source", "captions": [{"start", "end", "text"}]}],
//     "attachments": [{"name", "media_type", "path", "shape": [], "start", "end"}],
//     "warnings": [""]
//   }
//
// Times are seconds, numbers have the digits that bring back the same double. Absent are a `score` that is
// not known, a `label_id` of -1 and every field that is empty; null in `values` is NaN; bytes that are no
// UTF-8 become U+FFFD. A reader ignores fields that it does not know; `version` changes only when a reader of
// the old one would go wrong. A segment to a line, for people and for diff.

#include <filesystem>
#include <string>
#include <string_view>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

inline constexpr int kJsonVersion = 1;

/// Throws Error where the timeline is not valid.
[[nodiscard]] std::string to_json(const Timeline& timeline);

/// `name` stands in messages, "NAME: tracks[2].segments[0].end: must be a number". Throws Error (kInput) on
/// what is no JSON, another schema, a version that is not known, or broken rules; segments out of order are
/// sorted.
[[nodiscard]] Timeline from_json(std::string_view text, const std::string& name);

void write_json(const Timeline& timeline, const std::filesystem::path& path);
[[nodiscard]] Timeline read_json(const std::filesystem::path& path);

}  // namespace zoetrope::timeline
