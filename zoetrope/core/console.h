#pragma once
// Standard error as log lines and the progress bar share it: lines scroll, and below them stands at most one
// status line, which is wiped before a line is written and drawn again after it. Everything here may be
// called from any thread.
//
// Results never come here: they go to standard output.

#include <functional>
#include <mutex>
#include <string>
#include <string_view>

namespace zoetrope {

struct ConsoleOptions {
  std::function<void(std::string_view)> write;  ///< where the bytes go
  bool terminal = false;                        ///< a status line can be drawn
  bool color = false;
  bool unicode = false;                              ///< the terminal shows more than ASCII
  std::function<int()> columns = [] { return 80; };  ///< asked at each drawing: windows change
};

class Console {
 public:
  explicit Console(ConsoleOptions options);
  ~Console();  ///< wipes the status line
  Console(const Console&) = delete;
  Console& operator=(const Console&) = delete;

  [[nodiscard]] bool terminal() const noexcept { return options_.terminal; }
  [[nodiscard]] bool color() const noexcept { return options_.color; }
  [[nodiscard]] bool unicode() const noexcept { return options_.unicode; }
  [[nodiscard]] int columns() const;

  /// Writes text and a newline, above the status line if there is one.
  void write_line(std::string_view text);
  /// Draws the status line in place of the one that stands, cut to the terminal's width; "" wipes it. Nothing
  /// at all where the console is no terminal.
  void set_status(std::string_view status);

 private:
  ConsoleOptions options_;
  std::mutex mutex_;
  std::string status_;
};

/// Standard error. A terminal if it is one and TERM is not "dumb"; in colour if moreover NO_COLOR is unset or
/// empty; its encoding is that of the environment's locale (LC_ALL, LC_CTYPE, LANG).
[[nodiscard]] Console& standard_console();

}  // namespace zoetrope
