#include "zoetrope/timeline/csv.h"

#include <algorithm>
#include <array>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/core/text_width.h"
#include "zoetrope/timeline/csv_rows.h"
#include "zoetrope/timeline/limits.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::timeline {
namespace {

constexpr const char* kDefaultTrack = "segments";
enum Column { kTrack, kStart, kEnd, kLabel, kLabelId, kScore, kNumColumns };
constexpr std::array<std::string_view, kNumColumns> kColumnNames = {"track", "start",    "end",
                                                                    "label", "label_id", "score"};

constexpr std::size_t kAbsent = static_cast<std::size_t>(-1);

// Where each known column stands in a row.
std::array<std::size_t, kNumColumns> read_header(CsvRows& rows) {
  std::array<std::size_t, kNumColumns> places;
  places.fill(kAbsent);
  std::vector<std::string> header;
  if (!rows.next(header)) rows.fail("no header; it is \"track,start,end,label,label_id,score\"");
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto known = std::find(kColumnNames.begin(), kColumnNames.end(), trim(header[i]));
    if (known != kColumnNames.end()) places[static_cast<std::size_t>(known - kColumnNames.begin())] = i;
  }
  for (const Column column : {kStart, kEnd, kLabel}) {
    if (places[column] == kAbsent)
      rows.fail(fmt::format("the header has no column \"{}\"", kColumnNames[column]));
  }
  return places;
}

Segment read_segment(const CsvRows& rows, const std::array<std::string_view, kNumColumns>& fields) {
  const auto number = [&](Column column) {
    const std::optional<double> value = parse_number(trim(fields[column]));
    if (!value)
      rows.fail(
          fmt::format("{}: no number: '{}'", kColumnNames[column], fit_width(fields[column], kShownColumns)));
    return *value;
  };
  Segment segment{number(kStart), number(kEnd), std::string(fields[kLabel])};
  if (!trim(fields[kScore]).empty()) segment.score = number(kScore);
  if (!trim(fields[kLabelId]).empty()) {
    const std::optional<std::int64_t> id = parse_integer(trim(fields[kLabelId]));
    if (!id) rows.fail(fmt::format("label_id: no integer: '{}'", fit_width(fields[kLabelId], kShownColumns)));
    segment.label_id = *id;
  }
  return segment;
}

}  // namespace

std::string csv_field(const std::string& field) {
  const bool plain =
      field.find_first_of(",\"\r\n") == std::string::npos && trim(field).size() == field.size();
  if (plain) return field;
  std::string out = "\"";
  for (const char c : field) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

std::string to_csv(const Timeline& timeline) {
  validate(timeline);
  std::string out = fmt::format("{}\n", fmt::join(kColumnNames, ","));
  for (const Track& track : timeline.tracks) {
    for (const Segment& segment : track.segments) {
      out += fmt::format("{},{},{},{},{},{}\n", csv_field(track.name), segment.start, segment.end,
                         csv_field(segment.label),
                         segment.label_id == -1 ? "" : std::to_string(segment.label_id),
                         segment.score ? fmt::format("{}", *segment.score) : "");
    }
  }
  return out;
}

Timeline from_csv(std::string_view text, const std::string& name) {
  Timeline timeline;
  PartIndex<Track> tracks(timeline.tracks);
  CsvRows rows(text, name);
  const std::array<std::size_t, kNumColumns> places = read_header(rows);
  std::vector<std::string> row;
  while (rows.next(row)) {
    std::array<std::string_view, kNumColumns> fields;
    for (std::size_t column = 0; column < kNumColumns; ++column) {
      if (places[column] < row.size()) fields[column] = row[places[column]];
    }
    const std::string track(fields[kTrack].empty() ? kDefaultTrack : fields[kTrack]);
    tracks[track].segments.push_back(read_segment(rows, fields));
  }
  sort_by_time(timeline);
  validate(timeline, name);
  return timeline;
}

}  // namespace zoetrope::timeline
