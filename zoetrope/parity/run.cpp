#include "zoetrope/parity/run.h"

#include <algorithm>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/cases.h"
#include "zoetrope/parity/models.h"

namespace zoetrope::parity {
namespace {

std::string known_kinds() {
  std::string kinds;
  for (const ModelAdapter& adapter : model_adapters()) {
    if (!kinds.empty()) kinds += ", ";
    kinds += adapter.family;
  }
  for (const CasesAdapter& adapter : cases_adapters()) kinds += ", " + adapter.family;
  return kinds;
}

}  // namespace

bool Report::ok() const {
  return problems.empty() && !checks.empty() &&
         std::all_of(checks.begin(), checks.end(), [](const Check& check) { return check.ok; });
}

Report run_fixture(const std::filesystem::path& path) {
  const std::string text = read_text_file(path, kMaxFixtureBytes);
  const Fixture fixture = parse_fixture(text, path.string());
  if (is_known_model(fixture)) return run_model_fixture(fixture);
  if (is_known_cases(fixture)) return run_cases_fixture(fixture, text);
  throw Error::usage("{}: '{}' of '{}' is nothing that parity knows; it knows {}", fixture.path,
                     fixture.model, fixture.source, known_kinds());
}

std::string format_report(const Report& report) {
  std::string text = fmt::format("{}: {}: {}\n", report.path, report.model, report.ok() ? "ok" : "FAILED");
  for (const std::string& problem : report.problems) text += fmt::format("  {}\n", problem);
  for (const Check& check : report.checks) {
    text += fmt::format("  {:<8} {:<24} {:>9.2e} of {:.0e}  {}\n", name_of(check.kind), check.name,
                        check.difference, check.tolerance,
                        check.ok             ? "ok"
                        : check.note.empty() ? "FAILED"
                                             : check.note);
  }
  return text;
}

}  // namespace zoetrope::parity
