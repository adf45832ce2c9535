#include "zoetrope/timeline/ffmetadata.h"

#include <cmath>
#include <optional>

#include "zoetrope/core/error.h"
#include "zoetrope/core/text_width.h"
#include "zoetrope/timeline/limits.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::timeline {
namespace {

constexpr std::string_view kMagic = ";FFMETADATA";

std::string escape_tag(const std::string& text) {
  std::string out;
  for (const char c : text) {
    // FFmpeg needs no escape before a carriage return, but whoever takes CR LF for one line end does.
    if (std::string_view("=;#\\\n\r").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

// A line's two sides of the first '=' that is not escaped, without escapes.
struct Tag {
  std::string key, value;
  bool has_value = false;
};

Tag parse_tag(std::string_view line) {
  Tag tag;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '=' && !tag.has_value) {
      tag.has_value = true;
      continue;
    }
    if (line[i] == '\\' && i + 1 < line.size()) ++i;
    (tag.has_value ? tag.value : tag.key) += line[i];
  }
  return tag;
}

// Lines of FFMETADATA end in a line feed that no backslash stands before.
class TagReader {
 public:
  TagReader(std::string_view text, const std::string& name) : rest_(checked_text(text, name)), name_(name) {}

  bool next(std::string_view& line) {
    if (rest_.empty()) return false;
    number_ += 1 + line_feeds_within_;
    line_feeds_within_ = 0;
    std::size_t end = 0;
    for (; end < rest_.size() && rest_[end] != '\n'; ++end) {
      if (rest_[end] != '\\' || end + 1 == rest_.size()) continue;
      ++end;
      if (rest_[end] == '\n') ++line_feeds_within_;
    }
    line = rest_.substr(0, end);
    const bool bare_return = line.ends_with('\r') && !line.ends_with("\\\r");
    rest_.remove_prefix(std::min(rest_.size(), end + 1));
    if (bare_return) line.remove_suffix(1);
    return true;
  }

  [[noreturn]] void fail(std::string_view what) const {
    throw Error::input("{}:{}: {}", name_, number_, what);
  }

 private:
  std::string_view rest_;
  const std::string& name_;
  std::size_t number_ = 0;
  std::size_t line_feeds_within_ = 0;
};

struct Chapter {
  std::int64_t numerator = 1;
  std::int64_t denominator = 1'000'000'000;
  std::optional<std::int64_t> start, end;
  std::string title;

  [[nodiscard]] double seconds(std::int64_t ticks) const {
    return static_cast<double>(ticks) * static_cast<double>(numerator) / static_cast<double>(denominator);
  }
};

void read_chapter_tag(const TagReader& lines, const Tag& tag, Chapter& chapter) {
  const auto integer = [&](std::string_view digits) {
    const std::optional<std::int64_t> value = parse_integer(digits);
    if (!value) lines.fail(fmt::format("{}: no integer: '{}'", tag.key, fit_width(digits, kShownColumns)));
    return *value;
  };
  if (tag.key == "title") chapter.title = tag.value;
  if (tag.key == "START") chapter.start = integer(tag.value);
  if (tag.key == "END") chapter.end = integer(tag.value);
  if (tag.key != "TIMEBASE") return;
  const std::size_t slash = tag.value.find('/');
  if (slash == std::string::npos) lines.fail("TIMEBASE must be a fraction, as in 1/1000");
  chapter.numerator = integer(std::string_view(tag.value).substr(0, slash));
  chapter.denominator = integer(std::string_view(tag.value).substr(slash + 1));
  if (chapter.numerator <= 0 || chapter.denominator <= 0) lines.fail("TIMEBASE must be above zero");
}

void add_chapter(const TagReader& lines, const Chapter& chapter, Timeline& timeline) {
  if (!chapter.start || !chapter.end) lines.fail("the chapter that ends here has no START or no END");
  if (*chapter.end < *chapter.start) lines.fail("the chapter that ends here has its END before its START");
  if (timeline.tracks.empty()) timeline.tracks.push_back({.name = "chapters"});
  timeline.tracks[0].segments.push_back(
      {chapter.seconds(*chapter.start), chapter.seconds(*chapter.end), chapter.title});
}

}  // namespace

std::string to_ffmetadata(const Timeline& timeline) {
  validate(timeline);
  std::string out = ";FFMETADATA1\n";
  for (const Segment& segment : only_track(timeline, "FFMETADATA").segments) {
    out += fmt::format("[CHAPTER]\nTIMEBASE=1/1000\nSTART={}\nEND={}\ntitle={}\n",
                       std::llround(segment.start * 1000), std::llround(segment.end * 1000),
                       escape_tag(segment.label));
  }
  return out;
}

Timeline from_ffmetadata(std::string_view text, const std::string& name) {
  TagReader lines(text, name);
  std::string_view line;
  if (!lines.next(line) || !line.starts_with(kMagic)) {
    throw Error::input("{}: no FFMETADATA: the first line is not \";FFMETADATA1\"", name);
  }
  Timeline timeline;
  std::optional<Chapter> chapter;
  while (lines.next(line)) {
    if (line.empty() || line[0] == ';' || line[0] == '#') continue;
    if (line[0] == '[') {
      if (chapter) add_chapter(lines, *chapter, timeline);
      chapter.reset();
      if (line == "[CHAPTER]") chapter.emplace();
      continue;
    }
    const Tag tag = parse_tag(line);
    if (!tag.has_value) lines.fail("neither a section nor a tag, as in \"title=Opening\"");
    if (chapter) read_chapter_tag(lines, tag, *chapter);
  }
  if (chapter) add_chapter(lines, *chapter, timeline);
  sort_by_time(timeline);
  validate(timeline, name);
  return timeline;
}

}  // namespace zoetrope::timeline
