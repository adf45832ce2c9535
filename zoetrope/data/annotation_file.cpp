#include "zoetrope/data/annotation_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/core/text_width.h"
#include "zoetrope/timeline/limits.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::data {
namespace {

std::string lower(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

}  // namespace

std::string shown(std::string_view text) {
  return fit_width(text, timeline::kShownColumns);
}

std::string read_annotations(const std::filesystem::path& path) {
  std::string text = read_text_file(path, timeline::kMaxFileBytes);
  const std::size_t nul = text.find('\0');
  if (nul != std::string::npos) {
    const auto line = std::count(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(nul), '\n') + 1;
    throw Error::input("{}:{}: a NUL byte: this is no text; save the file as UTF-8", path.string(), line);
  }
  if (text.find_first_not_of(" \t\r\n") == std::string::npos)
    throw Error::input("{}: an empty file; it should hold annotations", path.string());
  return text;
}

std::string Place::short_text(std::size_t number, Kind kind) {
  return kind == Kind::kLine ? fmt::format("line {}", number) : fmt::format("[{}]", number);
}

std::string Place::text() const {
  if (kind == Kind::kWhole) return *file;
  return kind == Kind::kLine ? fmt::format("{}:{}", *file, number) : fmt::format("{}: [{}]", *file, number);
}

void Place::fail(std::string_view what) const {
  throw Error::input("{}: {}", text(), what);
}

AnnotationTable::AnnotationTable(const std::filesystem::path& path, Header header)
    : name_(path.string()), text_(read_annotations(path)), rows_(text_, name_) {
  if (header == Header::kNone) return;
  if (!rows_.next(header_)) fail("no header: the first line should name the columns");
  for (std::size_t i = 0; i < header_.size(); ++i) {
    header_[i] = std::string(timeline::trim(header_[i]));
    if (find_column(header_[i]) != i)
      fail(fmt::format("two columns are called '{}'; rename one", shown(header_[i])));
  }
}

bool AnnotationTable::next() {
  if (!rows_.next(fields_)) return false;
  if (!header_.empty() && fields_.size() != header_.size()) {
    fail(fmt::format("{} fields where the header has {}; a field with commas needs quotes", fields_.size(),
                     header_.size()));
  }
  return true;
}

std::string AnnotationTable::field(std::size_t column) const {
  return std::string(timeline::trim(fields_[column]));
}

std::optional<std::size_t> AnnotationTable::find_column(std::string_view name) const {
  const auto found =
      std::find_if(header_.begin(), header_.end(),
                   [key = lower(name)](const std::string& each) { return lower(each) == key; });
  if (found == header_.end()) return std::nullopt;
  return static_cast<std::size_t>(found - header_.begin());
}

std::size_t AnnotationTable::column(std::string_view name) const {
  if (const std::optional<std::size_t> found = find_column(name)) return *found;
  throw Error::input("{}:1: no column '{}'; the header has {}{}", name_, name,
                     shown(fmt::format("{}", fmt::join(header_, ", "))), did_you_mean(name, header_));
}

std::optional<double> AnnotationTable::seconds(std::size_t column) const {
  const std::string text = field(column);
  if (text.empty()) return std::nullopt;
  const std::optional<double> value = timeline::parse_number(text);
  if (!value || !std::isfinite(*value))
    fail(fmt::format("{}: '{}' is no number of seconds", header_[column], shown(text)));
  if (*value < 0 || *value > kMaxVideoSeconds)
    fail(fmt::format("{}: {} is outside of 0 to {} seconds", header_[column], *value, kMaxVideoSeconds));
  return value;
}

TimeSpan AnnotationTable::span(std::size_t start, std::size_t end) const {
  const TimeSpan span{seconds(start).value_or(0), seconds(end).value_or(0)};
  const bool to_the_end = field(end).empty();
  if (!to_the_end && span.start >= span.end) {
    fail(fmt::format("{} {} is not before {} {}; swap or correct them", header_[start], span.start,
                     header_[end], span.end));
  }
  return span;
}

}  // namespace zoetrope::data
