#pragma once
// The one exception type of Zoetrope. Its message is a single line for the person who runs the program: what
// went wrong, in which file or field, and what would mend it. Its kind says whose fault it is, and so the
// exit code.

#include <fmt/format.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace zoetrope {

/// What failed; `exit_code` turns it into the program's documented exit codes (docs/cli.md).
enum class ErrorKind {
  kFailed,      ///< a failure that is none of the below (exit code 1)
  kUsage,       ///< a wrong flag, option, key or value (2)
  kInput,       ///< an input file that is missing, unreadable or damaged beyond use (4)
  kModel,       ///< a model, bundle or checkpoint that is refused (5)
  kInterrupted  ///< a signal asked to stop (130 for SIGINT, 143 for SIGTERM)
};

class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  /// Of work that a signal stopped: SIGINT or SIGTERM.
  static Error interrupted(int signal);

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] int exit_code() const noexcept;

  /// `Error::input("{}: no video stream", path)`; the arguments are fmt's.
  template <typename... Args>
  static Error failed(fmt::format_string<Args...> format, Args&&... args) {
    return {ErrorKind::kFailed, fmt::format(format, std::forward<Args>(args)...)};
  }
  template <typename... Args>
  static Error usage(fmt::format_string<Args...> format, Args&&... args) {
    return {ErrorKind::kUsage, fmt::format(format, std::forward<Args>(args)...)};
  }
  template <typename... Args>
  static Error input(fmt::format_string<Args...> format, Args&&... args) {
    return {ErrorKind::kInput, fmt::format(format, std::forward<Args>(args)...)};
  }
  template <typename... Args>
  static Error model(fmt::format_string<Args...> format, Args&&... args) {
    return {ErrorKind::kModel, fmt::format(format, std::forward<Args>(args)...)};
  }

 private:
  ErrorKind kind_;
  int signal_ = 0;  // of kInterrupted
};

}  // namespace zoetrope
