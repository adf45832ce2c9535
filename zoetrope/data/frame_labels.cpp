#include "zoetrope/data/frame_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <unordered_map>

#include "zoetrope/core/error.h"
#include "zoetrope/data/annotation_file.h"
#include "zoetrope/data/labels.h"
#include "zoetrope/timeline/limits.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::data {
namespace {

using timeline::trim;

struct MappingLine {
  std::int64_t id = 0;
  std::string name;
};

MappingLine parse_mapping_line(std::string_view line, const Place& place) {
  const std::size_t blank = line.find_first_of(" \t");
  const std::optional<std::int64_t> id = timeline::parse_integer(line.substr(0, blank));
  if (blank == std::string_view::npos || !id)
    place.fail(fmt::format("'{}' should be an id and a name, as in '0 background'", shown(line)));
  if (*id < 0 || *id >= static_cast<std::int64_t>(kMaxLabels))
    place.fail(fmt::format("id {} is outside of 0 to {}", *id, kMaxLabels - 1));
  const std::string_view name = trim(line.substr(blank));
  if (name.size() > kMaxLabelBytes)
    place.fail(fmt::format("a name of {} bytes; at most {} are read", name.size(), kMaxLabelBytes));
  return {*id, std::string(name)};
}

void check_stride(std::int64_t stride) {
  if (stride < 1) throw Error::usage("a stride of {} frames; it must be 1 or more", stride);
}

}  // namespace

std::vector<std::string> read_mapping(const std::filesystem::path& path) {
  const std::string file = path.string(), text = read_annotations(path);
  std::unordered_map<std::int64_t, std::size_t> line_of_id;
  std::unordered_map<std::string, std::size_t> line_of_name;
  std::vector<MappingLine> entries;
  timeline::LineReader lines(text, file);
  for (std::string_view line; lines.next(line);) {
    line = trim(line);
    if (line.empty()) continue;
    const Place place{&file, lines.number()};
    MappingLine entry = parse_mapping_line(line, place);
    const auto [id, new_id] = line_of_id.emplace(entry.id, lines.number());
    if (!new_id) place.fail(fmt::format("id {} stands in line {} too; remove one", entry.id, id->second));
    const auto [name, new_name] = line_of_name.emplace(entry.name, lines.number());
    if (!new_name)
      place.fail(fmt::format("'{}' stands in line {} too; remove one", shown(entry.name), name->second));
    entries.push_back(std::move(entry));
  }
  std::vector<std::string> names(entries.size());
  for (MappingLine& entry : entries) {
    if (entry.id >= static_cast<std::int64_t>(entries.size())) {
      const Place place{&file, line_of_id.at(entry.id)};
      place.fail(
          fmt::format("id {} of {} classes; ids ascend from 0 without a gap", entry.id, entries.size()));
    }
    names[static_cast<std::size_t>(entry.id)] = std::move(entry.name);
  }
  return names;
}

std::vector<std::int64_t> read_label_lines(const std::filesystem::path& path, Vocabulary& classes) {
  const std::string file = path.string(), text = read_annotations(path);
  const std::size_t last = text.find_last_not_of(" \t\r\n");
  timeline::LineReader lines(std::string_view(text).substr(0, last + 1), file);
  std::vector<std::int64_t> ids;
  std::string name;
  for (std::string_view line; lines.next(line);) {
    const Place place{&file, lines.number()};
    line = trim(line);
    if (line.empty()) place.fail("a blank line; each should name a class");
    if (ids.size() == static_cast<std::size_t>(timeline::kMaxFrames))
      place.fail(fmt::format("more than {} frames", timeline::kMaxFrames));
    // Neighbours are mostly equal: the name is looked up once a segment.
    if (ids.empty() || name != line) {
      name = line;
      ids.push_back(classes.id_of(name, place));
    } else {
      ids.push_back(ids.back());
    }
  }
  return ids;
}

std::vector<std::int64_t> transcript_of(LabelSpan labels) {
  std::vector<std::int64_t> transcript(labels.begin(), labels.end());
  transcript.erase(std::unique(transcript.begin(), transcript.end()), transcript.end());
  return transcript;
}

std::vector<std::int64_t> set_of(LabelSpan labels) {
  std::vector<std::int64_t> ids = transcript_of(labels);
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

std::vector<std::int64_t> sample_labels(LabelSpan labels, std::int64_t stride) {
  check_stride(stride);
  std::vector<std::int64_t> sampled;
  for (std::size_t t = 0; t < labels.size(); t += static_cast<std::size_t>(stride))
    sampled.push_back(labels[t]);
  return sampled;
}

std::vector<std::int64_t> spread_labels(LabelSpan sampled, std::int64_t stride, std::int64_t num_frames) {
  check_stride(stride);
  const std::int64_t needed = (num_frames + stride - 1) / stride;
  if (static_cast<std::int64_t>(sampled.size()) != needed) {
    throw Error::usage("{} labels for {} frames at a stride of {}, which makes {}", sampled.size(),
                       num_frames, stride, needed);
  }
  std::vector<std::int64_t> labels(static_cast<std::size_t>(num_frames));
  for (std::size_t t = 0; t < labels.size(); ++t) labels[t] = sampled[t / static_cast<std::size_t>(stride)];
  return labels;
}

}  // namespace zoetrope::data
