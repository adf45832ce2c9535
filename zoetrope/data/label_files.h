#pragma once
// Segmentations of many videos as people hand them over: folders of label files, or a table of segments. For
// scoring anybody's predictions.
//
//   Vocabulary classes("action", true);                                    // collects the names
//   VideoLabels truth = read_label_folder("groundTruth", classes);
//   VideoLabels predicted = read_label_folder("results/split_1", classes);
//
// A folder has a file a video, NAME.txt or NAME alone: a class name a line, or as MS-TCN's code writes it, the
// line "### Frame level recognition: ###" and then all names, with blanks between. A table is a CSV with the
// columns video, start, end (frames; the end exclusive) and label, and a row a segment.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "zoetrope/data/frame_labels.h"

namespace zoetrope::data {

/// Class ids of the frames, by the video's name.
using VideoLabels = std::map<std::string, std::vector<std::int64_t>>;

/// Hidden files are passed over, and so are .json and .html, which `zoetrope segment` writes beside its labels. Throws
/// Error (kInput) for a folder without files, for two files of one video, and as read_label_lines does.
[[nodiscard]] VideoLabels read_label_folder(const std::filesystem::path& folder, Vocabulary& classes);

/// Segments of a video follow one another from frame 0 on; frames between them have the label `filler`, where
/// one is given. Throws Error (kInput) "FILE:LINE: ..." for a gap without filler and for an overlap.
[[nodiscard]] VideoLabels read_label_table(const std::filesystem::path& path, Vocabulary& classes,
                                           const std::string& filler = "");

}  // namespace zoetrope::data
