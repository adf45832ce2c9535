#pragma once
// The command line: one table of commands and options (CLI11's), from which parsing, help, completion and the
// man page all come. A sub-command is one file with one function, `void add_NAME(Program&)`, listed in
// commands.h and main.cpp:
//
//   void add_info(Program& program) {
//     auto options = std::make_shared<InfoOptions>();
//     CLI::App& command = program.command("info", "what a video file holds", {{"info match.mp4", "a summary"}});
//     command.add_option("VIDEO", options->paths, "video files")->required();
//     program.on_run(command, [options] { return run_info(*options); });
//   }
//
// Results go to standard output, all else to standard error. Exit codes are those of docs/cli.md.

#include <CLI/CLI.hpp>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "zoetrope/core/progress.h"

namespace zoetrope::cli {

/// A command line, without the program's name, and what it does.
struct Example {
  std::string line;
  std::string meaning;
};

class Program {
 public:
  Program();

  /// A new sub-command with the flags that every command has (--quiet, --verbose, --progress, --help).
  CLI::App& command(const std::string& name, const std::string& summary, std::vector<Example> examples);
  void on_run(CLI::App& command, std::function<int()> run) { runs_[&command] = std::move(run); }

  /// An option that takes one of a few words; the words are checked, shown in the help and completed.
  CLI::Option* choice(CLI::App& command, const std::string& names, std::string& value,
                      const std::vector<std::string>& words, const std::string& help);

  /// The same, for an option that takes several words: given several times, or with commas between.
  CLI::Option* choices(CLI::App& command, const std::string& names, std::vector<std::string>& values,
                       const std::vector<std::string>& words, const std::string& help);

  /// For numbers that are greater than 0, infinity and NaN not among them.
  [[nodiscard]] static CLI::Validator above_zero();
  /// For numbers from `low` to `high`, NaN not among them.
  [[nodiscard]] static CLI::Validator within(double low,
                                             double high = std::numeric_limits<double>::infinity());

  /// Parses, runs, and turns every error into one line on standard error and an exit code.
  int main(int argc, char** argv);

  [[nodiscard]] const CLI::App& app() const noexcept { return app_; }
  [[nodiscard]] const std::vector<Example>& examples(const CLI::App& command) const {
    return examples_.at(&command);
  }
  [[nodiscard]] const std::vector<std::string>& words_of(const CLI::Option& option) const;
  /// How progress is to be shown, by --progress and --quiet.
  [[nodiscard]] ProgressMode progress_mode() const;

 private:
  int dispatch(int argc, char** argv);
  CLI::Option* restrict(CLI::Option* option, const std::vector<std::string>& words);
  [[nodiscard]] std::string explain(const CLI::ParseError& error, int argc, char** argv) const;

  CLI::App app_;
  std::map<const CLI::App*, std::vector<Example>> examples_;
  std::map<const CLI::App*, std::function<int()>> runs_;
  std::map<const CLI::Option*, std::vector<std::string>> words_;
  bool quiet_ = false;
  int verbosity_ = 0;
  std::string progress_ = "bar";
};

/// The sub-command that was named, or the program itself.
[[nodiscard]] std::string help_text(const Program& program, const CLI::App& command);

}  // namespace zoetrope::cli
