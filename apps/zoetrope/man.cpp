#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/option_table.h"

namespace zoetrope::cli {
namespace {

/// Text for troff: backslashes, hyphens that are to be copied, and leading dots or quotes.
std::string roff(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\')
      out += "\\e";
    else if (c == '-')
      out += "\\-";
    else
      out += c;
  }
  return out.starts_with(".") || out.starts_with("'") ? "\\&" + out : out;
}

std::string option_entry(const OptionRow& row) {
  const std::string argument = row.argument.empty() ? "" : fmt::format(" \\fI{}\\fR", roff(row.argument));
  std::vector<std::string> names;
  for (const std::string& name : row.names) names.push_back("\\fB" + roff(name) + "\\fR");
  const std::string head =
      row.positional() ? argument.substr(1) : fmt::format("{}{}", fmt::join(names, ", "), argument);
  const std::string suffix = row.default_value.empty() ? "" : fmt::format(" [{}]", roff(row.default_value));
  return fmt::format(".TP\n{}\n{}{}\n", head, roff(row.help), suffix);
}

std::string man_page(const Program& program) {
  std::string out =
      ".TH ZOETROPE 1\n.SH NAME\nzoetrope \\- " + roff(program.app().get_description()) +
      "\n.SH SYNOPSIS\n.B zoetrope\n\\fICOMMAND\\fR [\\fIINPUT\\fR...] [\\fB\\-\\-flag\\fR \\fIvalue\\fR]\n";
  out += ".SH EXAMPLES\n";
  for (const Example& example : program.examples(program.app())) {
    out += fmt::format(".TP\n\\fBzoetrope {}\\fR\n{}\n", roff(example.line), roff(example.meaning));
  }
  out += ".SH COMMANDS\n";
  for (const CLI::App* command : commands_of(program)) {
    out += fmt::format(".SS zoetrope {}\n{}.\n", roff(command->get_name()), roff(command->get_description()));
    for (const Example& example : program.examples(*command)) {
      out += fmt::format(".PP\n.nf\n    zoetrope {}\n.fi\n{}\n", roff(example.line), roff(example.meaning));
    }
    for (const OptionRow& row : option_rows(program, *command)) {
      if (row.group == "Options") out += option_entry(row);
    }
  }
  out += ".SH COMMON OPTIONS\n";
  for (const OptionRow& row : option_rows(program, *commands_of(program).front())) {
    if (row.group != "Options") out += option_entry(row);
  }
  out += ".SH EXIT STATUS\n";
  for (const ExitCode& code : kExitCodes) {
    out += fmt::format(".TP\n.B {}\n{}\n", code.code, roff(std::string(code.meaning)));
  }
  return out;
}

}  // namespace

void add_man(Program& program) {
  CLI::App& command = program.command(
      "man", "print the manual page",
      {{"man | man -l -", "read it here"}, {"man > /usr/local/share/man/man1/zoetrope.1", "install it"}});
  program.on_run(command, [&program] {
    std::fputs(man_page(program).c_str(), stdout);
    return 0;
  });
}

}  // namespace zoetrope::cli
