#include "zoetrope/timeline/srt.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::timeline {
namespace {

std::string words_of(const Segment& segment) {
  if (!segment.score) return segment.label;
  return fmt::format("{}{}({:.4g})", segment.label, segment.label.empty() ? "" : " ", *segment.score);
}

// What SRT can hold of a text.
std::string plain_text(const std::string& text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_two = text.compare(i, 2, "\r\n") == 0;
    if (!is_two) out += text[i] == '\r' ? '\n' : text[i];
    while (out.ends_with("-->")) out.replace(out.size() - 3, 3, "->");
  }
  out.erase(out.find_last_not_of('\n') + 1);
  return out;
}

bool is_counter(std::string_view line) {
  const std::string_view digits = trim(line);
  return !digits.empty() &&
         std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// The lines since the last cue's times are its text and, before another cue, that one's number.
void drop_counter(std::string& text) {
  const std::size_t last_line = text.rfind('\n', text.size() - 2);
  const std::size_t start = last_line == std::string::npos ? 0 : last_line + 1;
  if (text.size() >= 2 && is_counter(std::string_view(text).substr(start, text.size() - 1 - start)))
    text.erase(start);
}

}  // namespace

std::string to_srt(const Timeline& timeline) {
  validate(timeline);
  std::vector<Caption> cues;
  for (const Track& track : timeline.tracks) {
    const std::string prefix = timeline.tracks.size() > 1 ? track.name + ": " : "";
    for (const Segment& segment : track.segments) {
      cues.push_back({segment.start, segment.end, prefix + words_of(segment)});
    }
  }
  for (const TextTrack& text : timeline.texts)
    cues.insert(cues.end(), text.captions.begin(), text.captions.end());
  std::stable_sort(cues.begin(), cues.end(),
                   [](const Caption& a, const Caption& b) { return a.start < b.start; });
  std::string out;
  for (std::size_t i = 0; i < cues.size(); ++i) {
    out += fmt::format("{}{}\n{} --> {}\n{}\n", i == 0 ? "" : "\n", i + 1, format_clock(cues[i].start, ','),
                       format_clock(cues[i].end, ','), plain_text(cues[i].text));
  }
  return out;
}

Timeline from_srt(std::string_view text, const std::string& name) {
  LineReader lines(text, name);
  std::vector<Caption> captions;
  std::string_view line;
  while (lines.next(line)) {
    if (const std::optional<Timing> timing = parse_timing(line)) {
      if (timing->end < timing->start) lines.fail("the cue ends before it starts");
      if (!captions.empty()) drop_counter(captions.back().text);
      captions.push_back({timing->start, timing->end, ""});
    } else if (!captions.empty()) {
      captions.back().text.append(line).append("\n");
    } else if (!trim(line).empty() && !is_counter(line)) {
      lines.fail("no SRT: text before the first cue's times, as in \"00:00:01,000 --> 00:00:04,000\"");
    }
  }
  for (Caption& caption : captions) caption.text.erase(caption.text.find_last_not_of('\n') + 1);
  Timeline timeline;
  if (!captions.empty()) timeline.texts.push_back({.name = "captions", .captions = std::move(captions)});
  sort_by_time(timeline);
  validate(timeline, name);
  return timeline;
}

}  // namespace zoetrope::timeline
