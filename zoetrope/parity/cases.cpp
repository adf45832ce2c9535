#include "zoetrope/parity/cases.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::parity {
namespace {

using timeline::JsonView;

constexpr double kInfinite = std::numeric_limits<double>::infinity();
constexpr std::size_t kMaxIndex = std::size_t{1} << 30;

double difference_of(double computed, double expected) {
  const double difference = std::abs(computed - expected) / std::max(std::abs(expected), 1.0);
  return std::isfinite(difference) ? difference : kInfinite;
}

void note(Check& check, double difference) {
  check.difference = std::max(check.difference, difference);
  check.ok = check.note.empty() && check.difference <= check.tolerance;
}

// Whether there are as many numbers on both sides.
bool note_length(Check& check, std::size_t computed, const JsonView& expected) {
  if (computed == expected.size()) return true;
  check.note = fmt::format("{} numbers, not {}", computed, expected.size());
  note(check, kInfinite);
  return false;
}

const CasesAdapter* find_cases_adapter(const Fixture& fixture) {
  for (const CasesAdapter& adapter : cases_adapters()) {
    if (adapter.takes(fixture)) return &adapter;
  }
  return nullptr;
}

}  // namespace

void CaseChecks::meet(std::string_view name, double computed, const JsonView& expected) {
  note(check_of(name, tolerance_), difference_of(computed, expected.number()));
}

void CaseChecks::meet(std::string_view name, std::span<const double> computed, const JsonView& expected) {
  Check& check = check_of(name, tolerance_);
  if (!note_length(check, computed.size(), expected)) return;
  for (std::size_t i = 0; i < computed.size(); ++i) {
    note(check, difference_of(computed[i], expected[i].number()));
  }
}

void CaseChecks::meet_exactly(std::string_view name, std::span<const std::int64_t> computed,
                              const JsonView& expected) {
  Check& check = check_of(name, 0);
  if (!note_length(check, computed.size(), expected)) return;
  double differing = check.difference;
  for (std::size_t i = 0; i < computed.size(); ++i) differing += computed[i] != expected[i].integer() ? 1 : 0;
  note(check, differing);
}

void CaseChecks::meet(std::string_view name, const torch::Tensor& computed, const JsonView& expected,
                      CheckKind kind) {
  const Check one = compare(computed, read_summary(std::string(name), expected), kind, tolerance_);
  Check& check = check_of(name, tolerance_, kind);
  if (check.note.empty()) check.note = one.note;
  note(check, one.difference);
}

void CaseChecks::not_compared(std::string_view name) {
  const std::string problem = fmt::format("'{}' is not compared", name);
  auto& problems = report_->problems;
  if (std::find(problems.begin(), problems.end(), problem) == problems.end()) problems.push_back(problem);
}

void CaseChecks::require_all(const JsonView& results) {
  for (const auto& [name, value] : results.members()) {
    const bool compared = std::any_of(report_->checks.begin(), report_->checks.end(),
                                      [&name = name](const Check& check) { return check.name == name; });
    if (!compared) not_compared(name);
  }
}

Check& CaseChecks::check_of(std::string_view name, double tolerance, CheckKind kind) {
  auto& checks = report_->checks;
  const auto found =
      std::find_if(checks.begin(), checks.end(), [&](const Check& check) { return check.name == name; });
  if (found != checks.end()) return *found;
  checks.push_back({.name = std::string(name), .kind = kind, .tolerance = tolerance, .ok = true});
  return checks.back();
}

const std::vector<CasesAdapter>& cases_adapters() {
  static const std::vector<CasesAdapter> adapters = {
      tagging_metrics_adapter(),
      losses_scores_adapter(),
      mucon_masks_adapter(),
      segmentation_metrics_adapter(),
      viterbi_adapter(),
      activitynet_metrics_adapter(),
      weakly_supervised_metrics_adapter(),
      similarity_sampler_adapter(),
  };
  return adapters;
}

bool is_known_cases(const Fixture& fixture) {
  return find_cases_adapter(fixture) != nullptr;
}

Report run_cases_fixture(const Fixture& fixture, std::string_view text) {
  const CasesAdapter* adapter = find_cases_adapter(fixture);
  if (!adapter) throw Error::usage("{}: no adapter takes '{}'", fixture.path, fixture.model);
  const nlohmann::json document = timeline::parse_json(text, fixture.path, kMaxFixtureValues);
  Report report{.path = fixture.path, .model = fixture.model, .source = fixture.source};
  CaseChecks checks(report, fixture.tolerance);
  adapter->run(fixture, JsonView(document, fixture.path), checks);
  return report;
}

std::vector<double> read_numbers(const JsonView& array) {
  std::vector<double> numbers;
  for (std::size_t i = 0; i < array.size(); ++i) numbers.push_back(array[i].number());
  return numbers;
}

std::vector<std::int64_t> read_integers(const JsonView& array) {
  std::vector<std::int64_t> integers;
  for (std::size_t i = 0; i < array.size(); ++i) integers.push_back(array[i].integer());
  return integers;
}

std::size_t read_index(const JsonView& value, std::size_t low, std::size_t high) {
  const std::int64_t index = value.integer();
  high = std::min(high, kMaxIndex);
  if (index < static_cast<std::int64_t>(low) || index >= static_cast<std::int64_t>(high)) {
    value.fail(fmt::format("must be at least {} and below {}", low, high));
  }
  return static_cast<std::size_t>(index);
}

TagCases read_tags(const JsonView& scores, const JsonView& positives) {
  const std::size_t num_samples = scores.size();
  if (positives.size() != num_samples) positives.fail(fmt::format("must be of {} samples", num_samples));
  TagCases tags{.num_classes = num_samples == 0 ? 0 : scores[0].size()};
  for (std::size_t i = 0; i < num_samples; ++i) {
    if (scores[i].size() != tags.num_classes) {
      scores[i].fail(fmt::format("must hold {} scores", tags.num_classes));
    }
    for (const double score : read_numbers(scores[i])) tags.scores.push_back(static_cast<float>(score));
    tags.positives.resize(tags.scores.size(), 0);
    for (std::size_t j = 0; j < positives[i].size(); ++j) {
      tags.positives[i * tags.num_classes + read_index(positives[i][j], 0, tags.num_classes)] = 1;
    }
  }
  return tags;
}

}  // namespace zoetrope::parity
