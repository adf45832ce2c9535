#include "apps/zoetrope/program.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "apps/zoetrope/option_table.h"
#include "apps/zoetrope/version.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/nearest.h"

namespace zoetrope::cli {
namespace {

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n'));
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
    for (const std::string& name : option->get_snames()) names.push_back("-" + name);
  }
  return names;
}

/// The first word that looks like a flag and is none of the command's.
std::string unknown_flag(const CLI::App& command, int argc, char** argv) {
  const std::vector<std::string> known = option_names(command);
  for (int i = 1; i < argc; ++i) {
    const std::string word = argv[i];
    if (word == "--") break;
    if (word.size() < 2 || word[0] != '-' || std::isdigit(static_cast<unsigned char>(word[1]))) continue;
    const std::string name = word.substr(0, word.find('='));
    const bool grouped = name[1] != '-' && name.size() > 2;  // -o3 is -o with a value
    const std::string short_name = grouped ? name.substr(0, 2) : name;
    if (std::find(known.begin(), known.end(), short_name) == known.end()) return name;
  }
  return "";
}

}  // namespace

Program::Program() : app_("video understanding: what happens in a video, when and where", "zoetrope") {
  examples_[&app_] = {
      {"analyze match.mp4 -o out", "shots, motion, parts and highlights, with a page to look at"},
      {"info match.mp4 --json", "what the file holds, counted frame by frame"},
      {"doctor", "is this machine ready?"},
  };
  app_.set_help_flag();
  app_.add_flag("-h,--help")->description("show this help");
  app_.add_flag("-V,--version")->description("show the version of the program and of its libraries");
}

CLI::App& Program::command(const std::string& name, const std::string& summary,
                           std::vector<Example> examples) {
  CLI::App& command = *app_.add_subcommand(name, summary);
  examples_[&command] = std::move(examples);
  command.set_help_flag();
  command.add_flag("-q,--quiet", quiet_, "no progress and no warnings: nothing but results and errors")
      ->group("Common options");
  command.add_flag("-v,--verbose", verbosity_, "say more; -vv says still more")->group("Common options");
  choice(command, "--progress", progress_, {"bar", "json", "none"},
         "how to show progress on standard error; bar: plain lines where it is no terminal")
      ->group("Common options");
  command.add_flag("-h,--help")->description("show this help")->group("Common options");
  return command;
}

CLI::Option* Program::choice(CLI::App& command, const std::string& names, std::string& value,
                             const std::vector<std::string>& words, const std::string& help) {
  return restrict(command.add_option(names, value, help)->capture_default_str(), words);
}

CLI::Option* Program::choices(CLI::App& command, const std::string& names, std::vector<std::string>& values,
                              const std::vector<std::string>& words, const std::string& help) {
  CLI::Option* option = command.add_option(names, values, help)->delimiter(',')->allow_extra_args(false);
  return restrict(option, words);
}

CLI::Option* Program::restrict(CLI::Option* option, const std::vector<std::string>& words) {
  words_[option] = words;
  return option->check([words](const std::string& word) -> std::string {
    if (std::find(words.begin(), words.end(), word) != words.end()) return "";
    return fmt::format("'{}' is none of {}{}", word, fmt::join(words, ", "), did_you_mean(word, words));
  });
}

CLI::Validator Program::above_zero() {
  return {[](const std::string& text) -> std::string {
            char* end = nullptr;
            const double value = std::strtod(text.c_str(), &end);
            const bool is_number = !text.empty() && *end == '\0';
            if (is_number && value > 0 && std::isfinite(value)) return "";
            return fmt::format("must be a number above 0, not '{}'", text);
          },
          ""};
}

CLI::Validator Program::within(double low, double high) {
  return {[low, high](const std::string& text) -> std::string {
            char* end = nullptr;
            const double value = std::strtod(text.c_str(), &end);
            if (!text.empty() && *end == '\0' && value >= low && value <= high) return "";
            return std::isinf(high) ? fmt::format("must be {} or more, not '{}'", low, text)
                                    : fmt::format("must be from {} to {}, not '{}'", low, high, text);
          },
          ""};
}

const std::vector<std::string>& Program::words_of(const CLI::Option& option) const {
  static const std::vector<std::string> none;
  const auto found = words_.find(&option);
  return found == words_.end() ? none : found->second;
}

ProgressMode Program::progress_mode() const {
  if (quiet_ || progress_ == "none") return ProgressMode::kNone;
  return progress_ == "json" ? ProgressMode::kJson : ProgressMode::kBar;
}

std::string Program::explain(const CLI::ParseError& error, int argc, char** argv) const {
  const std::vector<CLI::App*> parsed = app_.get_subcommands();
  if (parsed.empty()) {
    const std::string word = std::string(argv[1]) == "help" && argc > 2 ? argv[2] : argv[1];
    if (word.starts_with("-")) {
      return fmt::format("unknown option '{}'{}", word, did_you_mean(word, option_names(app_)));
    }
    std::vector<std::string> names;
    for (const CLI::App* command : commands_of(*this)) names.push_back(command->get_name());
    return fmt::format("unknown command '{}'{}", word, did_you_mean(word, names));
  }
  const CLI::App& command = *parsed.front();
  const std::string flag = unknown_flag(command, argc, argv);
  if (!flag.empty())
    return fmt::format("unknown option '{}'{}", flag, did_you_mean(flag, option_names(command)));
  if (argv[1][0] == '-') return fmt::format("'{}' comes after the command", argv[1]);
  return first_line(error.what());
}

int Program::dispatch(int argc, char** argv) {
  const auto wants = [&](const std::string& long_name, const std::string& short_name) {
    for (int i = 1; i < argc && std::string(argv[i]) != "--"; ++i) {
      if (argv[i] == long_name || argv[i] == short_name) return true;
    }
    return false;
  };
  const std::string first = argc > 1 ? argv[1] : "--help";
  if (first == "--version" || first == "-V") {
    std::fputs(version_text().c_str(), stdout);
    return 0;
  }
  // Help is asked for by people who do not know the required arguments yet, so it comes before parsing.
  if (wants("--help", "-h") || first == "help" || argc < 2) {
    const std::string name = first == "help" && argc > 2 ? argv[2] : first;
    const CLI::App* command = name.starts_with("-") || name == "help" ? &app_ : nullptr;
    for (const CLI::App* each : commands_of(*this)) {
      if (each->get_name() == name) command = each;
    }
    if (command) {
      std::fputs(help_text(*this, *command).c_str(), stdout);
      return 0;
    }
  }
  try {
    app_.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    const std::vector<CLI::App*> parsed = app_.get_subcommands();
    const std::string name = parsed.empty() ? "zoetrope" : "zoetrope " + parsed.front()->get_name();
    throw Error::usage("{} (see '{} --help')", explain(error, argc, argv), name);
  }
  set_log_level(log_level_of(quiet_ ? -1 : verbosity_));
  return runs_.at(app_.get_subcommands().front())();
}

int Program::main(int argc, char** argv) {
  app_.require_subcommand(1);
  install_interrupt_handler();
  try {
    const int code = dispatch(argc, argv);
    if (std::fflush(stdout) != 0) throw Error::failed("standard output could not be written");
    return code;
  } catch (const Error& error) {
    log_error("{}", error.what());
    return error.exit_code();
  } catch (const std::exception& error) {
    log_error("{}", first_line(error.what()));
    return 1;
  }
}

}  // namespace zoetrope::cli
