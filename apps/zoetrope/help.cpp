#include <fmt/format.h>

#include <algorithm>

#include "apps/zoetrope/option_table.h"
#include "apps/zoetrope/program.h"

namespace zoetrope::cli {
namespace {

constexpr std::size_t kWidth = 100;

/// `left` in a column of `indent` characters, `text` wrapped beside it.
std::string two_columns(const std::string& left, const std::string& text, std::size_t indent) {
  std::string out = fmt::format("  {:<{}}", left, indent - 2);
  std::size_t column = std::max(indent, left.size() + 2);
  if (left.size() + 4 > indent) {
    out = "  " + left + "\n" + std::string(indent, ' ');
    column = indent;
  }
  std::size_t begin = 0;
  bool first = true;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, end - begin);
    if (!first && column + 1 + word.size() > kWidth) {
      out += "\n" + std::string(indent, ' ');
      column = indent;
      first = true;
    }
    if (!first) out += ' ', ++column;
    out += word;
    column += word.size();
    first = false;
    begin = end + 1;
  }
  return out + "\n";
}

std::string left_column(const OptionRow& row) {
  if (row.positional()) return row.argument + (row.repeats ? "..." : "");
  std::string left = row.names.front().starts_with("--") ? "    " : "";
  for (std::size_t i = 0; i < row.names.size(); ++i) left += (i ? ", " : "") + row.names[i];
  if (!row.argument.empty()) left += " " + row.argument;
  return left;
}

std::string described(const OptionRow& row) {
  if (row.required && !row.positional()) return row.help + " (required)";
  return row.default_value.empty() ? row.help : fmt::format("{} [{}]", row.help, row.default_value);
}

std::string examples_text(const Program& program, const CLI::App& command) {
  const std::vector<Example>& examples = program.examples(command);
  std::size_t width = 0;
  for (const Example& example : examples) width = std::max(width, example.line.size());
  width = std::min<std::size_t>(width, 56);
  std::string out = "Examples:\n";
  for (const Example& example : examples) {
    const bool fits = example.line.size() <= width;
    out += fits ? fmt::format("  zoetrope {:<{}}   {}\n", example.line, width, example.meaning)
                : fmt::format("  zoetrope {}\n      {}\n", example.line, example.meaning);
  }
  return out;
}

std::string program_help(const Program& program) {
  std::string out =
      fmt::format("zoetrope: {}\n\n{}\nUsage: zoetrope COMMAND [INPUT...] [--flag value]\n\nCommands:\n",
                  program.app().get_description(), examples_text(program, program.app()));
  for (const CLI::App* command : commands_of(program)) {
    out += two_columns(command->get_name(), command->get_description(), 16);
  }
  out += "\nOptions:\n";
  for (const OptionRow& row : option_rows(program, program.app())) {
    out += two_columns(left_column(row), described(row), 22);
  }
  out += "\n'zoetrope COMMAND --help' shows a command's examples and options.\n";
  return out;
}

}  // namespace

std::string help_text(const Program& program, const CLI::App& command) {
  if (&command == &program.app()) return program_help(program);
  const std::vector<OptionRow> rows = option_rows(program, command);
  std::string usage = "zoetrope " + command.get_name();
  std::vector<std::string> groups;
  std::size_t indent = 0;
  for (const OptionRow& row : rows) {
    if (row.positional()) usage += " " + left_column(row);
    indent = std::max(indent, left_column(row).size() + 4);
    if (std::find(groups.begin(), groups.end(), row.group) == groups.end()) groups.push_back(row.group);
  }
  indent = std::min<std::size_t>(indent, 34);
  std::string out = fmt::format("zoetrope {}: {}\n\n{}\nUsage: {} [OPTIONS]\n", command.get_name(),
                                command.get_description(), examples_text(program, command), usage);
  std::string arguments;
  for (const OptionRow& row : rows) {
    if (row.positional()) arguments += two_columns(left_column(row), described(row), indent);
  }
  if (!arguments.empty()) out += "\nArguments:\n" + arguments;
  // The command's own options first, then those that all commands share.
  std::stable_partition(groups.begin(), groups.end(),
                        [](const std::string& group) { return group == "Options"; });
  for (const std::string& group : groups) {
    std::string options;
    for (const OptionRow& row : rows) {
      if (!row.positional() && row.group == group)
        options += two_columns(left_column(row), described(row), indent);
    }
    if (!options.empty()) out += "\n" + group + ":\n" + options;
  }
  return out;
}

}  // namespace zoetrope::cli
