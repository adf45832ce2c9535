#include "apps/zoetrope/option_table.h"

#include <fmt/ranges.h>

namespace zoetrope::cli {

bool OptionRow::takes_path() const {
  return argument == "FILE" || argument == "DIR" || argument == "VIDEO" || argument == "INPUT";
}

std::vector<OptionRow> option_rows(const Program& program, const CLI::App& command) {
  std::vector<OptionRow> rows;
  for (const CLI::Option* option : command.get_options()) {
    OptionRow row;
    for (const std::string& name : option->get_snames()) row.names.push_back("-" + name);
    for (const std::string& name : option->get_lnames()) row.names.push_back("--" + name);
    row.choices = program.words_of(*option);
    if (!row.choices.empty()) {
      row.argument = fmt::format("{}", fmt::join(row.choices, "|"));
    } else if (row.positional()) {
      row.argument = option->get_name();
    } else if (option->get_items_expected_max() > 0) {
      row.argument = option->get_type_name();
    }
    row.help = option->get_description();
    row.default_value = option->get_default_str();
    row.group = option->get_group();
    row.required = option->get_required();
    row.repeats = option->get_items_expected_max() > 1;
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<const CLI::App*> commands_of(const Program& program) {
  return program.app().get_subcommands([](const CLI::App*) { return true; });
}

}  // namespace zoetrope::cli
