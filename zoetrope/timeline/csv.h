#pragma once
// CSV (RFC 4180): a segment to a row, for spreadsheets and pandas.
//
//   track,start,end,label,label_id,score
//   action,0,4.2,pour milk,7,0.91
//   action,4.2,5,"stir, ""slowly""",,
//
// Holds tracks: name, times in seconds, labels, label ids, scores; numbers have the digits that bring back
// the same double. An absent id or score is an empty field. Does not hold: the video, descriptions, sources,
// curves, texts, attachments, warnings, tracks without a segment.
//
// Fields with commas, quotes, line ends or spaces at their edges are quoted. Rows end in LF, where the RFC
// has CR LF; both are read. The first row names the columns: `start`, `end` and `label` must be there, in any
// order; others than these six are ignored; without `track`, or where it is empty, a row belongs to
// "segments".

#include <string>
#include <string_view>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

/// A field as a row has it: quoted where it must be.
[[nodiscard]] std::string csv_field(const std::string& field);

[[nodiscard]] std::string to_csv(const Timeline& timeline);

/// Throws Error (kInput) "NAME:LINE: ..."; the line is where the row begins.
[[nodiscard]] Timeline from_csv(std::string_view text, const std::string& name);

}  // namespace zoetrope::timeline
