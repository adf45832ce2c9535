#pragma once
// How many columns of a terminal a UTF-8 text takes: wide letters two, combining marks none.

#include <string>
#include <string_view>

namespace zoetrope {

/// Columns of the text. Bytes that are no UTF-8 and control characters count one each.
[[nodiscard]] int display_width(std::string_view text);

/// The text with what a terminal would act on (control characters, broken UTF-8) as '?', and cut to at most
/// `columns` columns; where something is cut, the last column is "…" (or '~' where `unicode` is false).
[[nodiscard]] std::string fit_width(std::string_view text, int columns, bool unicode = true);

}  // namespace zoetrope
