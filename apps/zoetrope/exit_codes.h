#pragma once
// The exit codes of the program: one table for the man page and docs/cli.md. Error (zoetrope/core/error.h)
// maps to them by its kind.

#include <array>
#include <string_view>

namespace zoetrope::cli {

struct ExitCode {
  int code;
  std::string_view meaning;
};

inline constexpr int kSomeInputsFailed = 3;
inline constexpr int kInputUnreadable = 4;

inline constexpr std::array<ExitCode, 8> kExitCodes = {{
    {0, "done"},
    {1, "failed"},
    {2, "wrong usage"},
    {kSomeInputsFailed, "finished, but some inputs failed"},
    {kInputUnreadable, "an input is missing or cannot be read"},
    {5, "a model or checkpoint is refused"},
    {130, "interrupted (Ctrl-C)"},
    {143, "ended by SIGTERM"},
}};

}  // namespace zoetrope::cli
