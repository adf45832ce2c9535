#pragma once
// Fixtures without weights: those of losses, metrics and decoders. They list cases, inputs with results, in a
// layout of their own; an adapter of their family reads it, computes and hands both numbers to CaseChecks.
//
// To add a family: a function `CasesAdapter foo_adapter()` in a source of its own (adapt_<family>.cpp),
// declared below, and one line in `cases_adapters()` (cases.cpp). A result of the fixture that the family
// does not compute is to be named by `not_compared` or `require_all`, so that none is passed over in silence.

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "zoetrope/parity/fixture.h"
#include "zoetrope/parity/run.h"
#include "zoetrope/timeline/json_input.h"

namespace zoetrope::parity {

/// Gathers a check a quantity into a report, of its largest difference over all cases: |a - b| / max(|b|, 1),
/// for most of these numbers are shares or small and may be zero.
class CaseChecks {
 public:
  CaseChecks(Report& report, double tolerance) : report_(&report), tolerance_(tolerance) {}

  /// `expected` is a number.
  void meet(std::string_view name, double computed, const timeline::JsonView& expected);
  /// `expected` is an array of numbers; one of another length is a note of the check.
  void meet(std::string_view name, std::span<const double> computed, const timeline::JsonView& expected);
  /// Integers, to be met exactly: the difference is how many differ.
  void meet_exactly(std::string_view name, std::span<const std::int64_t> computed,
                    const timeline::JsonView& expected);

  /// `expected` is a summary, with its own measure (compare.h); the largest difference over all cases is kept.
  void meet(std::string_view name, const torch::Tensor& computed, const timeline::JsonView& expected,
            CheckKind kind = CheckKind::kOutput);

  /// A problem of the report.
  void not_compared(std::string_view name);
  /// That for each member of `results` under whose name there is no check yet.
  void require_all(const timeline::JsonView& results);

 private:
  Check& check_of(std::string_view name, double tolerance, CheckKind kind = CheckKind::kOutput);

  Report* report_;
  double tolerance_;
};

struct CasesAdapter {
  std::string family;  ///< for people: "video tagging metrics (YouTube-8M, MMAction2)"
  std::function<bool(const Fixture&)> takes;
  std::function<void(const Fixture&, const timeline::JsonView& document, CaseChecks&)> run;
};

/// Every family that parity knows.
[[nodiscard]] const std::vector<CasesAdapter>& cases_adapters();

/// Whether the fixture is of a family that an adapter takes.
[[nodiscard]] bool is_known_cases(const Fixture& fixture);

/// Requires is_known_cases; `text` is the fixture's. Throws Error (kInput) for a file that does not hold what
/// its family's do.
[[nodiscard]] Report run_cases_fixture(const Fixture& fixture, std::string_view text);

/// The elements of an array.
[[nodiscard]] std::vector<double> read_numbers(const timeline::JsonView& array);
[[nodiscard]] std::vector<std::int64_t> read_integers(const timeline::JsonView& array);
/// An integer from `low` on, below `high`.
[[nodiscard]] std::size_t read_index(const timeline::JsonView& value, std::size_t low, std::size_t high);

/// Scores and positive classes of samples, as fixtures write them.
struct TagCases {
  std::size_t num_classes = 0;
  std::vector<float> scores = {};            ///< [samples, num_classes]
  std::vector<std::uint8_t> positives = {};  ///< the same
};

/// `scores` is [sample][class], `positives` lists the positive classes of each sample.
[[nodiscard]] TagCases read_tags(const timeline::JsonView& scores, const timeline::JsonView& positives);

/// The families, one source each: adapt_<family>.cpp.
CasesAdapter tagging_metrics_adapter();
CasesAdapter losses_scores_adapter();
CasesAdapter segmentation_metrics_adapter();
CasesAdapter viterbi_adapter();
CasesAdapter activitynet_metrics_adapter();
CasesAdapter weakly_supervised_metrics_adapter();
CasesAdapter mucon_masks_adapter();
CasesAdapter similarity_sampler_adapter();

}  // namespace zoetrope::parity
