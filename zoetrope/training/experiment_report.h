#pragma once
// What an experiment has given, as Markdown: the paper's numbers beside ours, and each relation that it claims with
// what became of it. docs/results.md is made of these.

#include <string>
#include <utility>
#include <vector>

#include "zoetrope/training/experiment.h"
#include "zoetrope/training/experiment_result.h"

namespace zoetrope::training {

/// A section with its heading: title, notes, table, relations, and with what it was measured. `heading`: "##".
[[nodiscard]] std::string report_experiment(const Experiment& experiment, const ExperimentResult& result,
                                            const std::string& heading = "##");

/// A page of several, in their order; `command` is what printed it.
[[nodiscard]] std::string report_page(const std::vector<std::pair<Experiment, ExperimentResult>>& experiments,
                                      const std::string& command);

/// "held", "held, within noise", "did not hold", "did not hold, within noise", "not measured"
[[nodiscard]] std::string verdict_text(const Judgement& judgement);

}  // namespace zoetrope::training
