#pragma once
// What the program says beside its results, on standard error, one line each, in the manner of compilers:
//
//   log_info("{}: {} frames", path, count);       ->  match.mp4: 142 frames
//   log_warning("{}: 3 frames are lost", path);   ->  warning: match.mp4: 3 frames are lost
//
// Lines are written above a progress bar, if one is drawn. Any thread may log. The arguments are fmt's.

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace zoetrope {

class Console;

enum class LogLevel { kTrace, kDebug, kInfo, kWarning, kError };

/// The level of `-q` (verbosity -1: errors alone), of neither flag (0: information and worse), of `-v` (1:
/// debug) and `-vv` (2: trace); beyond them, the nearest.
[[nodiscard]] LogLevel log_level_of(int verbosity) noexcept;

/// Lines below this level are dropped. At the start: kInfo.
void set_log_level(LogLevel level);
[[nodiscard]] bool log_enabled(LogLevel level);

/// Where the lines go: at the start, standard_console(). The console must outlive its use; tests set their
/// own.
void set_log_console(Console& console);

/// One line; what is not a level's turn is dropped. Newlines within the text become spaces: a message is one
/// line.
void log_line(LogLevel level, std::string_view text);

template <typename... Args>
void log(LogLevel level, fmt::format_string<Args...> format, Args&&... args) {
  if (log_enabled(level)) log_line(level, fmt::format(format, std::forward<Args>(args)...));
}
template <typename... Args>
void log_trace(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kTrace, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_debug(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kDebug, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_info(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kInfo, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_warning(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kWarning, format, std::forward<Args>(args)...);
}
template <typename... Args>
void log_error(fmt::format_string<Args...> format, Args&&... args) {
  log(LogLevel::kError, format, std::forward<Args>(args)...);
}

}  // namespace zoetrope
