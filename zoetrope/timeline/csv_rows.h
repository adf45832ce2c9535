#pragma once
// The rows of a CSV text (RFC 4180), whatever they hold: for csv.h, and for the annotation files of data/.
//
//   CsvRows rows(text, "clips.csv");
//   std::vector<std::string> fields;
//   while (rows.next(fields)) { if (fields.size() != 2) rows.fail("needs two fields"); }
//
// Quoted fields may hold commas, quotes (doubled) and line ends. Rows end in LF, CR LF or CR; a byte order
// mark before the first is skipped, and so are blank rows.

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace zoetrope::timeline {

class CsvRows {
 public:
  /// Both must outlive this. Throws Error (kInput) where the text is larger than kMaxFileBytes.
  CsvRows(std::string_view text, const std::string& name);

  /// The fields of the next row that is not blank; false after the last. Throws Error (kInput) where a quoted
  /// field has no end, or goes on after it.
  bool next(std::vector<std::string>& fields);

  /// The line on which the row that was read last begins, from 1.
  [[nodiscard]] std::size_t line() const noexcept { return row_line_; }

  /// Throws Error (kInput) "NAME:LINE: WHAT" for that row.
  [[noreturn]] void fail(std::string_view what) const;

 private:
  bool take_field(std::vector<std::string>& fields);
  void take_quoted(std::string& field);

  std::string_view rest_;
  const std::string* name_;
  std::size_t line_ = 1;      // of what comes next
  std::size_t row_line_ = 1;  // of the row that was read last
};

}  // namespace zoetrope::timeline
