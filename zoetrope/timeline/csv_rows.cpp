#include "zoetrope/timeline/csv_rows.h"

#include <algorithm>

#include "zoetrope/core/error.h"
#include "zoetrope/timeline/text_input.h"

namespace zoetrope::timeline {
namespace {

std::size_t count_line_ends(std::string_view text) {
  std::size_t ends = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool begins_pair = text[i] == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    ends += text[i] == '\n' || (text[i] == '\r' && !begins_pair);
  }
  return ends;
}

}  // namespace

CsvRows::CsvRows(std::string_view text, const std::string& name)
    : rest_(checked_text(text, name)), name_(&name) {}

bool CsvRows::next(std::vector<std::string>& fields) {
  do {
    if (rest_.empty()) return false;
    row_line_ = line_;
    fields.clear();
    while (take_field(fields)) continue;
  } while (fields.size() == 1 && fields[0].empty());
  return true;
}

void CsvRows::fail(std::string_view what) const {
  throw Error::input("{}:{}: {}", *name_, row_line_, what);
}

// Takes a field and what ends it off the text. True where the row goes on.
bool CsvRows::take_field(std::vector<std::string>& fields) {
  fields.emplace_back();
  if (rest_.starts_with('"')) {
    take_quoted(fields.back());
  } else {
    const std::size_t end = std::min(rest_.find_first_of(",\r\n"), rest_.size());
    fields.back() = rest_.substr(0, end);
    rest_.remove_prefix(end);
  }
  if (rest_.empty()) return false;
  const char separator = rest_[0];
  const bool known = separator == ',' || separator == '\r' || separator == '\n';
  if (!known) fail("a quoted field goes on after its closing quote");
  if (separator != ',') ++line_;
  rest_.remove_prefix(rest_.starts_with("\r\n") ? 2 : 1);
  return separator == ',';
}

void CsvRows::take_quoted(std::string& field) {
  rest_.remove_prefix(1);
  while (true) {
    const std::size_t end = rest_.find('"');
    if (end == std::string_view::npos) fail("a quoted field has no closing quote");
    line_ += count_line_ends(rest_.substr(0, end));
    field += rest_.substr(0, end);
    rest_.remove_prefix(end + 1);
    if (!rest_.starts_with('"')) return;
    field += '"';
    rest_.remove_prefix(1);
  }
}

}  // namespace zoetrope::timeline
