#pragma once
// What the text formats share: lines, times of day and numbers. For the readers and writers of this folder.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace zoetrope::timeline {

/// The lines of a text, one by one; ends in LF, CR LF or CR, a byte order mark before the first is skipped.
class LineReader {
 public:
  /// Throws Error (kInput) where the text is larger than kMaxFileBytes.
  LineReader(std::string_view text, const std::string& name);

  /// False after the last line; a line end at the end of the text makes no further line.
  bool next(std::string_view& line);

  /// Of the line that was read last, from 1.
  [[nodiscard]] std::size_t number() const noexcept { return number_; }

  /// Throws Error "NAME:LINE: WHAT" for the line that was read last.
  [[noreturn]] void fail(std::string_view what) const;

 private:
  std::string_view rest_;
  const std::string* name_;
  std::size_t number_ = 0;
};

/// Throws where it is larger than kMaxFileBytes; without the byte order mark.
[[nodiscard]] std::string_view checked_text(std::string_view text, const std::string& name);

struct Timing {
  double start = 0;
  double end = 0;
};

/// "00:00:01.000 --> 00:00:04.200", as WebVTT and SRT have it: hours may be missing or of any length, the
/// decimal sign is '.' or ',', settings may follow.
[[nodiscard]] std::optional<Timing> parse_timing(std::string_view line);

/// "HH:MM:SS" and milliseconds after `decimal_sign`; hours take as many digits as they need. Rounded to the
/// nearest millisecond; times before zero become zero.
[[nodiscard]] std::string format_clock(double seconds, char decimal_sign);

/// A whole field as a number; nothing where it is none.
[[nodiscard]] std::optional<double> parse_number(std::string_view field);
[[nodiscard]] std::optional<std::int64_t> parse_integer(std::string_view field, int base = 10);

[[nodiscard]] std::string_view trim(std::string_view text);

/// Finds a track or text by its name and makes it, at the end, where there is none.
template <typename Part>
class PartIndex {
 public:
  explicit PartIndex(std::vector<Part>& parts) : parts_(&parts) {}

  Part& operator[](const std::string& name) {
    const auto [entry, is_new] = index_.try_emplace(name, parts_->size());
    if (is_new) parts_->push_back({.name = name});
    return (*parts_)[entry->second];
  }

 private:
  std::vector<Part>* parts_;
  std::unordered_map<std::string, std::size_t> index_;
};

}  // namespace zoetrope::timeline
