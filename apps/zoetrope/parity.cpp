#include <fmt/format.h>

#include <cmath>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/parity/run.h"

namespace zoetrope::cli {
namespace {

struct ParityOptions {
  std::vector<std::string> fixtures;
  bool json = false;
  bool markdown = false;
};

Json number_or_null(double value) {
  return std::isfinite(value) ? Json(value) : Json(nullptr);
}

Json report_json(const parity::Report& report) {
  Json checks = Json::array();
  for (const parity::Check& check : report.checks) {
    checks.push_back({{"kind", parity::name_of(check.kind)},
                      {"name", check.name},
                      {"difference", number_or_null(check.difference)},
                      {"tolerance", check.tolerance},
                      {"ok", check.ok},
                      {"note", check.note}});
  }
  return {{"fixture", report.path},
          {"model", report.model},
          {"ok", report.ok()},
          {"problems", report.problems},
          {"checks", checks}};
}

/// The largest difference over the checks of one kind; "" where there is none.
std::string largest(const parity::Report& report, parity::CheckKind kind) {
  double most = -1;
  for (const parity::Check& check : report.checks) {
    if (check.kind == kind) most = std::max(most, check.difference);
  }
  return most < 0 ? "" : fmt::format("{:.1e}", most);
}

/// A row of docs/parity.md.
void print_row(const parity::Report& report) {
  using parity::CheckKind;
  const std::string name = report.path.substr(report.path.find_last_of('/') + 1);
  fmt::print("| `{}` | {} | {} | {} | {} | {} |\n", name, report.model, report.source,
             largest(report, CheckKind::kOutput), largest(report, CheckKind::kStage),
             report.ok() ? "met" : "NOT MET");
}

int run_parity(const ParityOptions& options) {
  Json documents = Json::array();
  bool all_ok = true;
  if (options.markdown) {
    fmt::print(
        "| fixture | model | source | outputs | stages | tolerance |\n| --- | --- | --- | ---: | ---: | --- "
        "|\n");
  }
  for (const std::string& path : options.fixtures) {
    const parity::Report report = parity::run_fixture(path);
    all_ok = all_ok && report.ok();
    if (options.json) {
      documents.push_back(report_json(report));
    } else if (options.markdown) {
      print_row(report);
    } else {
      fmt::print("{}", parity::format_report(report));
    }
    std::fflush(stdout);
  }
  if (options.json) print_json(documents);
  return all_ok ? 0 : 1;
}

}  // namespace

void add_parity(Program& program) {
  CLI::App& command = program.command(
      "parity",
      "compare models, losses, masks, metrics and decoders with the numbers of their authors' "
      "implementations",
      {{"parity resnet18.json",
        "every output and stage, its largest relative difference, and whether that is allowed"},
       {"parity fixtures/*.json --markdown", "a table with a line for each fixture"},
       {"parity resnet18.json --json", "everything, as one JSON document"}});
  auto options = std::make_shared<ParityOptions>();
  command
      .add_option(
          "FIXTURE", options->fixtures,
          "fixtures: JSON files that name a model, or what else is computed, and hold its authors' numbers")
      ->required();
  CLI::Option* json = command.add_flag("--json", options->json, "one JSON document, an array");
  command.add_flag("--markdown", options->markdown, "a table for documents")->excludes(json);
  program.on_run(command, [options] { return run_parity(*options); });
}

}  // namespace zoetrope::cli
