#include "zoetrope/core/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "zoetrope/core/text_width.h"

namespace zoetrope {
namespace {

constexpr std::string_view kWipe = "\r\x1b[2K";

std::string_view environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

bool locale_is_utf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const std::string_view value = environment(name);
    if (value.empty()) continue;
    const bool dashed =
        value.find("UTF-8") != std::string_view::npos || value.find("utf-8") != std::string_view::npos;
    return dashed || value.find("utf8") != std::string_view::npos ||
           value.find("UTF8") != std::string_view::npos;
  }
  return false;
}

/// Unbuffered: a line is one system call, so that lines of several processes do not tear.
void write_to_standard_error(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(STDERR_FILENO, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;  // nobody listens, and there is nowhere to say so
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

int terminal_columns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 80;
}

}  // namespace

Console::Console(ConsoleOptions options) : options_(std::move(options)) {}

Console::~Console() {
  set_status("");
}

int Console::columns() const {
  return options_.columns();
}

void Console::write_line(std::string_view text) {
  const std::lock_guard lock(mutex_);
  std::string bytes;
  if (!status_.empty()) bytes += kWipe;
  bytes += text;
  bytes += '\n';
  bytes += status_;
  options_.write(bytes);
}

void Console::set_status(std::string_view status) {
  if (!options_.terminal) return;
  const std::lock_guard lock(mutex_);
  if (status.empty() && status_.empty()) return;
  // A line as wide as the terminal would wrap in some, and a wrapped line cannot be wiped.
  status_ = fit_width(status, options_.columns() - 1, options_.unicode);
  options_.write(std::string(kWipe) + status_);
}

Console& standard_console() {
  static Console console = [] {
    const bool terminal = ::isatty(STDERR_FILENO) == 1 && environment("TERM") != "dumb";
    return Console({.write = write_to_standard_error,
                    .terminal = terminal,
                    .color = terminal && environment("NO_COLOR").empty(),
                    .unicode = locale_is_utf8(),
                    .columns = terminal_columns});
  }();
  return console;
}

}  // namespace zoetrope
