#include "zoetrope/timeline/webvtt.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::timeline {
namespace {

constexpr const char* kDefaultTrack = "segments";
constexpr const char* kDefaultText = "captions";
constexpr std::string_view kArrow = "-->";

// ---- writing
// -------------------------------------------------------------------------------------------------------

// A single line feed within the text may stand; at its edges, or next to another, it would end the cue.
std::string escape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inner = i > 0 && i + 1 < text.size() && text[i - 1] != '\n' && text[i + 1] != '\n';
    switch (text[i]) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '\r':
        out += "&#13;";
        break;
      case '\n':
        out += inner ? "\n" : "&#10;";
        break;
      case '\0':
        out += "\xef\xbf\xbd";
        break;
      default:
        out += text[i];
    }
  }
  return out;
}

// In an identifier every line feed would end the line.
std::string identifier(std::string_view name, std::size_t number) {
  std::string out = escape(name);
  for (std::size_t at = out.find('\n'); at != std::string::npos; at = out.find('\n', at))
    out.replace(at, 1, "&#10;");
  return fmt::format("{} #{}", out, number);
}

struct Cue {
  double start = 0;
  double end = 0;
  std::string identifier, payload;
};

std::string payload_of(const Segment& segment) {
  const std::string id = segment.label_id == -1 ? "" : fmt::format(".id-{}", segment.label_id);
  std::string payload = fmt::format("<c.label{}>{}</c>", id, escape(segment.label));
  if (segment.score) payload += fmt::format(" <c.score>{:.4g}</c>", *segment.score);
  return payload;
}

// ---- reading
// -------------------------------------------------------------------------------------------------------

void append_utf8(std::uint32_t code, std::string& out) {
  const bool is_character = code != 0 && code <= 0x10ffff && (code < 0xd800 || code > 0xdfff);
  if (!is_character) code = 0xfffd;
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (code >> shift & 0x3f)); };
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | code >> 6);
    tail(0);
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | code >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xf0 | code >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

// Resolves the reference at the front of `text`, "&...;", and takes it off; what is none stays as it is.
void take_reference(std::string_view& text, std::string& out) {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 8> kNamed = {
      {{"&amp;", "&"},
       {"&lt;", "<"},
       {"&gt;", ">"},
       {"&quot;", "\""},
       {"&apos;", "'"},
       {"&nbsp;", "\xc2\xa0"},
       {"&lrm;", "\xe2\x80\x8e"},
       {"&rlm;", "\xe2\x80\x8f"}}};
  for (const auto& [reference, character] : kNamed) {
    if (!text.starts_with(reference)) continue;
    out += character;
    text.remove_prefix(reference.size());
    return;
  }
  const std::size_t end = text.substr(0, 12).find(';');
  if (text.starts_with("&#") && end != std::string_view::npos) {
    const bool hexadecimal = text.starts_with("&#x") || text.starts_with("&#X");
    const std::string_view digits = text.substr(hexadecimal ? 3 : 2, end - (hexadecimal ? 3 : 2));
    if (const std::optional<std::int64_t> code = parse_integer(digits, hexadecimal ? 16 : 10);
        code && *code >= 0) {
      append_utf8(static_cast<std::uint32_t>(std::min<std::int64_t>(*code, 0x110000)), out);
      text.remove_prefix(end + 1);
      return;
    }
  }
  out += '&';
  text.remove_prefix(1);
}

std::string unescape(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    if (text[0] == '&') {
      take_reference(text, out);
      continue;
    }
    const std::size_t plain = std::min(text.find('&'), text.size());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
  }
  return out;
}

struct Payload {
  std::string text;  // all of it
  bool is_segment = false;
  std::string label, score;
  std::int64_t label_id = -1;
};

// Takes a cue's text apart. The spans of our own are never nested, so an end tag ends the one that is open.
Payload parse_payload(std::string_view raw) {
  Payload payload;
  std::string* span = nullptr;
  while (!raw.empty()) {
    if (raw[0] != '<') {
      const std::size_t plain = std::min(raw.find('<'), raw.size());
      const std::string piece = unescape(raw.substr(0, plain));
      payload.text += piece;
      if (span) *span += piece;
      raw.remove_prefix(plain);
      continue;
    }
    const std::size_t end = std::min(raw.find('>'), raw.size());
    const std::string_view tag = raw.substr(1, end - 1);
    if (tag == "/c") span = nullptr;
    if (tag == "c.score") span = &payload.score;
    if (tag == "c.label" || tag.starts_with("c.label.id-")) {
      span = &payload.label;
      payload.is_segment = true;
      payload.label_id = parse_integer(tag.substr(std::min<std::size_t>(tag.size(), 11))).value_or(-1);
    }
    raw.remove_prefix(std::min(raw.size(), end + 1));
  }
  return payload;
}

// "NAME #NUMBER" names the track; anything else is an identifier of someone else's.
std::string track_name(std::string_view identifier, const char* otherwise) {
  const std::size_t mark = identifier.rfind(" #");
  if (mark == std::string_view::npos || mark == 0 || !parse_integer(identifier.substr(mark + 2)))
    return otherwise;
  return unescape(identifier.substr(0, mark));
}

class Reader {
 public:
  Reader(std::string_view text, const std::string& name) : lines_(text, name), name_(name) {}

  Timeline read() {
    std::string_view line;
    const bool is_webvtt = lines_.next(line) && line.starts_with("WEBVTT") &&
                           (line.size() == 6 || line[6] == ' ' || line[6] == '\t');
    if (!is_webvtt) throw Error::input("{}: no WebVTT: the first line is not \"WEBVTT\"", name_);
    bool has_line = lines_.next(line);
    while (has_line && !line.empty() && !is_timing(line)) has_line = lines_.next(line);
    while (has_line) has_line = read_block(line);
    sort_by_time(timeline_);
    validate(timeline_, name_);
    return std::move(timeline_);
  }

 private:
  static bool is_timing(std::string_view line) { return line.find(kArrow) != std::string_view::npos; }

  // Reads the block whose first line is `line`, and leaves the line after it there. False at the end.
  bool read_block(std::string_view& line) {
    if (line.empty()) return lines_.next(line);
    std::string_view identifier;
    if (!is_timing(line)) {
      identifier = line;
      if (!lines_.next(line)) return false;
      if (!is_timing(line)) return skip_block(line);
    }
    const std::optional<Timing> timing = parse_timing(line);
    if (!timing) lines_.fail("no times of a cue, as in \"00:01.000 --> 00:04.000\"");
    if (timing->end < timing->start) lines_.fail("the cue ends before it starts");
    std::string payload;
    bool has_line = lines_.next(line);
    for (; has_line && !line.empty() && !is_timing(line); has_line = lines_.next(line)) {
      if (!payload.empty()) payload += '\n';
      payload += line;
    }
    add_cue(identifier, *timing, parse_payload(payload));
    return has_line;
  }

  // A comment, a style sheet or a region.
  bool skip_block(std::string_view& line) {
    bool has_line = true;
    while (has_line && !line.empty() && !is_timing(line)) has_line = lines_.next(line);
    return has_line;
  }

  void add_cue(std::string_view identifier, const Timing& timing, const Payload& payload) {
    if (!payload.is_segment) {
      texts_[track_name(identifier, kDefaultText)].captions.push_back(
          {timing.start, timing.end, payload.text});
      return;
    }
    Segment segment{timing.start, timing.end, payload.label, payload.label_id};
    if (!payload.score.empty()) {
      segment.score = parse_number(payload.score);
      if (!segment.score) lines_.fail("no number in the cue's score");
    }
    tracks_[track_name(identifier, kDefaultTrack)].segments.push_back(std::move(segment));
  }

  LineReader lines_;
  const std::string& name_;
  Timeline timeline_;
  PartIndex<Track> tracks_{timeline_.tracks};
  PartIndex<TextTrack> texts_{timeline_.texts};
};

}  // namespace

std::string to_webvtt(const Timeline& timeline) {
  validate(timeline);
  std::vector<Cue> cues;
  for (const Track& track : timeline.tracks) {
    std::size_t number = 0;
    for (const Segment& segment : track.segments) {
      cues.push_back({segment.start, segment.end, identifier(track.name, ++number), payload_of(segment)});
    }
  }
  for (const TextTrack& text : timeline.texts) {
    std::size_t number = 0;
    for (const Caption& caption : text.captions) {
      cues.push_back({caption.start, caption.end, identifier(text.name, ++number), escape(caption.text)});
    }
  }
  std::stable_sort(cues.begin(), cues.end(), [](const Cue& a, const Cue& b) { return a.start < b.start; });
  std::string out = "WEBVTT\n";
  for (const Cue& cue : cues) {
    out += fmt::format("\n{}\n{} --> {}\n", cue.identifier, format_clock(cue.start, '.'),
                       format_clock(cue.end, '.'));
    if (!cue.payload.empty()) out += cue.payload + "\n";
  }
  return out;
}

Timeline from_webvtt(std::string_view text, const std::string& name) {
  return Reader(text, name).read();
}

}  // namespace zoetrope::timeline
