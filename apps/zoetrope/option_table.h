#pragma once
// The options of a command as rows: what help, completion and the man page print.

#include <string>
#include <vector>

#include "apps/zoetrope/program.h"

namespace zoetrope::cli {

struct OptionRow {
  std::vector<std::string> names;  ///< "-o", "--output"; empty for a positional argument
  std::string argument;            ///< "FILE", or the words of a choice "bar|json|none"; empty for a flag
  std::string help;
  std::string default_value;
  std::string group;  ///< "Options" or "Common options"
  std::vector<std::string> choices;
  bool required = false;
  bool repeats = false;  ///< takes several values
  [[nodiscard]] bool positional() const { return names.empty(); }
  [[nodiscard]] bool takes_path() const;
};

[[nodiscard]] std::vector<OptionRow> option_rows(const Program& program, const CLI::App& command);

/// The sub-commands in the order of their registration.
[[nodiscard]] std::vector<const CLI::App*> commands_of(const Program& program);

}  // namespace zoetrope::cli
