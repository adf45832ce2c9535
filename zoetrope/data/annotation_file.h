#pragma once
// What the readers of annotation files share: text that is checked, tables with a header, and complaints of
// one line that name file, line and mend.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/timeline/csv_rows.h"

namespace zoetrope::data {

/// Ceilings on what annotations may say.
inline constexpr std::size_t kMaxSamples = 20'000'000;
inline constexpr std::size_t kMaxPathBytes = 4096;
inline constexpr double kMaxVideoSeconds = 1e7;

/// The bytes of a file. Throws Error (kInput) where it is missing, too large, empty, or no text (a NUL byte).
[[nodiscard]] std::string read_annotations(const std::filesystem::path& path);

/// Where something stands in annotations: a line, an element of a JSON array, or a file or folder as a whole.
struct Place {
  enum class Kind { kLine, kElement, kWhole };
  const std::string* file;
  std::size_t number = 0;
  Kind kind = Kind::kLine;

  [[nodiscard]] std::string text() const;  ///< "clips.csv:7", "train.json: [7]", "videos/walk"
  /// "line 7", "[7]": for a second place of the same file.
  [[nodiscard]] static std::string short_text(std::size_t number, Kind kind);
  /// Throws Error (kInput) "CLIPS.CSV:7: WHAT".
  [[noreturn]] void fail(std::string_view what) const;
};

/// A part of a video in seconds; `end` 0: to its end.
struct TimeSpan {
  double start = 0;
  double end = 0;
};

/// A CSV file, row by row. With a header, its first row names the columns, in any order and case, and every
/// row has as many fields as it.
class AnnotationTable {
 public:
  enum class Header { kFirstRow, kNone };
  explicit AnnotationTable(const std::filesystem::path& path, Header header = Header::kFirstRow);
  AnnotationTable(const AnnotationTable&) = delete;
  AnnotationTable& operator=(const AnnotationTable&) = delete;

  /// False after the last row.
  bool next();
  [[nodiscard]] Place place() const noexcept { return {&name_, rows_.line()}; }
  [[nodiscard]] const std::vector<std::string>& fields() const noexcept { return fields_; }
  /// A field of the row without blanks around it.
  [[nodiscard]] std::string field(std::size_t column) const;

  [[nodiscard]] const std::vector<std::string>& header() const noexcept { return header_; }
  [[nodiscard]] std::optional<std::size_t> find_column(std::string_view name) const;
  /// Throws Error (kInput) where there is none of that name.
  [[nodiscard]] std::size_t column(std::string_view name) const;

  /// Seconds, not negative; nothing where the field is empty.
  [[nodiscard]] std::optional<double> seconds(std::size_t column) const;
  /// Of two columns; the start must be before the end.
  [[nodiscard]] TimeSpan span(std::size_t start, std::size_t end) const;

  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// Throws Error (kInput) "FILE:LINE: WHAT" for the row that was read last.
  [[noreturn]] void fail(std::string_view what) const { rows_.fail(what); }

 private:
  std::string name_;
  std::string text_;
  timeline::CsvRows rows_;
  std::vector<std::string> header_, fields_;
};

/// A file's own words, as they may stand in a message: of one line, and not long.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace zoetrope::data
