#include "zoetrope/timeline/text_input.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/timeline/limits.h"

namespace zoetrope::timeline {
namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Takes digits off the front: at least one, at most `most`.
std::optional<std::int64_t> take_digits(std::string_view& text, std::size_t most) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  const auto count = static_cast<std::size_t>(end - text.begin());
  if (count == 0 || count > most) return std::nullopt;
  const std::optional<std::int64_t> value = parse_integer(text.substr(0, count));
  text.remove_prefix(count);
  return value;
}

bool take(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

void skip_blanks(std::string_view& text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
}

// [hours:]minutes:seconds[.milliseconds] off the front, in seconds.
std::optional<double> take_clock(std::string_view& text) {
  std::int64_t hours = 0;
  std::optional<std::int64_t> minutes = take_digits(text, 9);
  if (!minutes || !take(text, ':')) return std::nullopt;
  std::optional<std::int64_t> seconds = take_digits(text, 2);
  if (!seconds) return std::nullopt;
  if (take(text, ':')) {
    hours = *minutes;
    minutes = seconds;
    seconds = take_digits(text, 2);
  }
  if (!seconds || *minutes > 59 || *seconds > 59) return std::nullopt;
  std::int64_t milliseconds = 0;
  if (take(text, '.') || take(text, ',')) {
    const std::size_t before = text.size();
    const std::optional<std::int64_t> fraction = take_digits(text, 3);
    if (!fraction) return std::nullopt;
    milliseconds = *fraction;
    for (std::size_t digits = before - text.size(); digits < 3; ++digits) milliseconds *= 10;
  }
  return static_cast<double>(((hours * 60 + *minutes) * 60 + *seconds) * 1000 + milliseconds) / 1000;
}

}  // namespace

std::string_view checked_text(std::string_view text, const std::string& name) {
  if (text.size() > kMaxFileBytes) throw Error::input("{}: larger than {} bytes", name, kMaxFileBytes);
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return text;
}

LineReader::LineReader(std::string_view text, const std::string& name)
    : rest_(checked_text(text, name)), name_(&name) {}

bool LineReader::next(std::string_view& line) {
  if (rest_.empty()) return false;
  ++number_;
  const std::size_t end = rest_.find_first_of("\r\n");
  line = rest_.substr(0, end);
  rest_.remove_prefix(line.size());
  const bool two = rest_.starts_with("\r\n");
  rest_.remove_prefix(std::min<std::size_t>(rest_.size(), two ? 2 : 1));
  return true;
}

void LineReader::fail(std::string_view what) const {
  throw Error::input("{}:{}: {}", *name_, number_, what);
}

std::optional<Timing> parse_timing(std::string_view line) {
  skip_blanks(line);
  const std::optional<double> start = take_clock(line);
  skip_blanks(line);
  if (!start || !line.starts_with("-->")) return std::nullopt;
  line.remove_prefix(3);
  skip_blanks(line);
  const std::optional<double> end = take_clock(line);
  if (!end || (!line.empty() && line[0] != ' ' && line[0] != '\t')) return std::nullopt;
  return Timing{*start, *end};
}

std::string format_clock(double seconds, char decimal_sign) {
  const std::int64_t total = std::max<std::int64_t>(0, std::llround(seconds * 1000));
  return fmt::format("{:02}:{:02}:{:02}{}{:03}", total / 3'600'000, total / 60'000 % 60, total / 1000 % 60,
                     decimal_sign, total % 1000);
}

std::optional<double> parse_number(std::string_view field) {
  double value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

std::optional<std::int64_t> parse_integer(std::string_view field, int base) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(field.data(), field.data() + field.size(), value, base);
  if (error != std::errc() || end != field.data() + field.size()) return std::nullopt;
  return value;
}

std::string_view trim(std::string_view text) {
  const std::size_t start = text.find_first_not_of(" \t");
  if (start == std::string_view::npos) return {};
  return text.substr(start, text.find_last_not_of(" \t") - start + 1);
}

}  // namespace zoetrope::timeline
