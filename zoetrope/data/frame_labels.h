#pragma once
// Labels of frames as the data of temporal segmentation has them: text files of one class name a line, and
// what weak supervision leaves of them.
//
//   std::vector<std::string> names = data::read_mapping("mapping.txt");           // "0 SIL", "1 pour_milk"
//   data::Vocabulary classes("action", true, names, "mapping.txt");
//   std::vector<std::int64_t> labels = data::read_label_lines("groundTruth/P03.txt", classes);
//   data::transcript_of(labels);                                                  // SIL, pour_milk, SIL
//   data::spread_labels(data::sample_labels(labels, 15), 15, labels.size());      // for evaluation
//
// Lines end in LF, CR LF or CR; a byte order mark, blanks around a name and blank lines at the end do not
// count.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "zoetrope/data/dataset_builder.h"

namespace zoetrope::data {

using LabelSpan = std::span<const std::int64_t>;

/// Class names by id from lines `ID NAME` in any order; the ids are 0, 1, ... without a gap. Throws Error
/// (kInput) "mapping.txt:7: ..." for an id or a name that stands twice and for what is no such line.
[[nodiscard]] std::vector<std::string> read_mapping(const std::filesystem::path& path);

/// The ids of the names of a file, line by line. Throws Error (kInput) "P03.txt:212: ..." for a blank line
/// within and for a name that is no class, with the nearest one that is.
[[nodiscard]] std::vector<std::int64_t> read_label_lines(const std::filesystem::path& path,
                                                         Vocabulary& classes);

/// Equal neighbours become one: the classes of the segments in order, background included.
[[nodiscard]] std::vector<std::int64_t> transcript_of(LabelSpan labels);

/// The distinct ids, ascending.
[[nodiscard]] std::vector<std::int64_t> set_of(LabelSpan labels);

/// Frames 0, stride, 2 stride, ... Throws Error (kUsage) for a stride below 1, as spread_labels does.
[[nodiscard]] std::vector<std::int64_t> sample_labels(LabelSpan labels, std::int64_t stride);

/// Undoes the sampling: frame t takes the label of sample t / stride. Throws Error (kUsage) where there are
/// not ceil(num_frames / stride) samples.
[[nodiscard]] std::vector<std::int64_t> spread_labels(LabelSpan sampled, std::int64_t stride,
                                                      std::int64_t num_frames);

}  // namespace zoetrope::data
