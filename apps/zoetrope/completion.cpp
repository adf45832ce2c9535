#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/option_table.h"

namespace zoetrope::cli {
namespace {

std::vector<std::string> command_names(const Program& program) {
  std::vector<std::string> names;
  for (const CLI::App* command : commands_of(program)) names.push_back(command->get_name());
  return names;
}

/// bash: flags after '-', a choice's words after its flag, files elsewhere.
std::string bash_completion(const Program& program) {
  std::string cases;
  for (const CLI::App* command : commands_of(program)) {
    std::vector<std::string> flags;
    std::string choices;
    std::vector<std::string> positional_words;
    for (const OptionRow& row : option_rows(program, *command)) {
      flags.insert(flags.end(), row.names.begin(), row.names.end());
      if (row.choices.empty()) continue;
      if (row.positional())
        positional_words = row.choices;
      else
        choices += fmt::format("        {}) words='{}' ;;\n", fmt::join(row.names, "|"),
                               fmt::join(row.choices, " "));
    }
    cases += fmt::format("    {})\n      flags='{}'\n      plain='{}'\n", command->get_name(),
                         fmt::join(flags, " "), fmt::join(positional_words, " "));
    if (!choices.empty()) cases += fmt::format("      case $previous in\n{}      esac\n", choices);
    cases += "      ;;\n";
  }
  return fmt::format(
      R"(# bash completion for zoetrope: zoetrope completion bash > /etc/bash_completion.d/zoetrope
_zoetrope() {{
  local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} flags='' words='' plain=''
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 ]]; then
    COMPREPLY=($(compgen -W '{} --help --version' -- "$current"))
    return
  fi
  case ${{COMP_WORDS[1]}} in
{}  esac
  if [[ -n $words ]]; then
    COMPREPLY=($(compgen -W "$words" -- "$current"))
  elif [[ $current == -* ]]; then
    COMPREPLY=($(compgen -W "$flags" -- "$current"))
  elif [[ -n $plain ]]; then
    COMPREPLY=($(compgen -W "$plain" -- "$current"))
  fi
}}
complete -o default -F _zoetrope zoetrope
)",
      fmt::join(command_names(program), " "), cases);
}

/// For single quotes of zsh and fish: ' ends the string, an escaped one, ' opens it again.
std::string quoted(const std::string& text, const std::string& also_escape = "") {
  std::string out;
  for (const char c : text) {
    if (c == '\'')
      out += "'\\''";
    else if (also_escape.find(c) != std::string::npos)
      out += std::string("\\") + c;
    else
      out += c;
  }
  return out;
}

std::string zsh_completion(const Program& program) {
  std::string commands, cases;
  for (const CLI::App* command : commands_of(program)) {
    commands += fmt::format("    '{}:{}'\n", command->get_name(), quoted(command->get_description(), ":"));
    cases += fmt::format("    {})\n      _arguments", command->get_name());
    for (const OptionRow& row : option_rows(program, *command)) {
      const std::string values = row.choices.empty() ? (row.takes_path() ? "_files" : " ")
                                                     : fmt::format("({})", fmt::join(row.choices, " "));
      const std::string help = quoted(row.help, "[]:");
      if (row.positional()) {
        cases += fmt::format(" \\\n        '{}:{}:{}'", row.repeats ? "*" : "1", row.argument, values);
        continue;
      }
      for (const std::string& name : row.names) {
        const std::string value = row.argument.empty() ? "" : fmt::format(":value:{}", values);
        cases += fmt::format(" \\\n        '{}[{}]{}'", name, help, value);
      }
    }
    cases += "\n      ;;\n";
  }
  return fmt::format(R"(#compdef zoetrope
# zsh completion for zoetrope: zoetrope completion zsh > "${{fpath[1]}}/_zoetrope"
_zoetrope() {{
  local -a commands
  commands=(
{}  )
  if (( CURRENT == 2 )); then
    _describe command commands
    return
  fi
  local name=$words[2]
  shift words
  (( CURRENT-- ))
  case $name in
{}  esac
}}
if [[ $funcstack[1] == _zoetrope ]]; then _zoetrope "$@"; else compdef _zoetrope zoetrope; fi
)",
                     commands, cases);
}

std::string fish_completion(const Program& program) {
  std::string out =
      "# fish completion for zoetrope: zoetrope completion fish > ~/.config/fish/completions/zoetrope.fish\n";
  for (const CLI::App* command : commands_of(program)) {
    out += fmt::format("complete -c zoetrope -n __fish_use_subcommand -f -a {} -d '{}'\n",
                       command->get_name(), quoted(command->get_description()));
  }
  for (const CLI::App* command : commands_of(program)) {
    const std::string condition = fmt::format("'__fish_seen_subcommand_from {}'", command->get_name());
    for (const OptionRow& row : option_rows(program, *command)) {
      std::string names;
      for (const std::string& name : row.names) {
        names += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
      }
      std::string values;
      if (!row.choices.empty())
        values = fmt::format(" -x -a '{}'", fmt::join(row.choices, " "));
      else if (row.takes_path())
        values = " -r -F";
      else if (!row.argument.empty())
        values = " -x";
      if (row.positional() && row.choices.empty()) continue;  // files, as by default
      out +=
          fmt::format("complete -c zoetrope -n {}{}{} -d '{}'\n", condition, names, values, quoted(row.help));
    }
  }
  return out;
}

}  // namespace

void add_completion(Program& program) {
  CLI::App& command =
      program.command("completion", "print a shell's completion script",
                      {{"completion bash > /etc/bash_completion.d/zoetrope", "for every user, bash"},
                       {"completion fish | source", "for this shell, fish"}});
  auto shell = std::make_shared<std::string>();
  program.choice(command, "SHELL", *shell, {"bash", "zsh", "fish"}, "whose completion")->required();
  program.on_run(command, [&program, shell] {
    const std::string script = *shell == "bash"  ? bash_completion(program)
                               : *shell == "zsh" ? zsh_completion(program)
                                                 : fish_completion(program);
    std::fputs(script.c_str(), stdout);
    return 0;
  });
}

}  // namespace zoetrope::cli
