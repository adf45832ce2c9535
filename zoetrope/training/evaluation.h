#pragma once
// How good a bundle is on a data set: each sample is labelled as in inference, by views, and measured head by head.
//
//   training::Evaluation result = training::evaluate(bundle, dataset, {.clips = 10, .crops = 3});
//   std::cout << training::format_metrics(result.heads);

#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/progress.h"
#include "zoetrope/data/loader.h"
#include "zoetrope/tasks/scoring.h"

namespace zoetrope::training {

struct EvaluationOptions {
  std::int64_t clips = 10;  ///< views in time of a sample
  std::int64_t crops = 1;   ///< views in space: 1, 3 or 10
  int workers = 0;          ///< threads that make clips; 0: one a core
  double max_broken = 1;    ///< share of the samples that may be unreadable
  ProgressMode progress = ProgressMode::kNone;
};

struct Evaluation {
  std::vector<tasks::HeadMetrics> heads;
  std::int64_t samples = 0;                 ///< measured
  std::vector<data::BrokenSample> missing;  ///< that could not be read, and do not count
};

/// The data set's labels are found among the bundle's by their names: each head takes the label set of its name (the
/// only one, where there is one on both sides); heads without one are not measured. Scores are means of probabilities
/// over a sample's views. Throws Error: kUsage for labels that the bundle does not have, kInterrupted after a signal.
[[nodiscard]] Evaluation evaluate(const bundle::Bundle& bundle, const data::Dataset& dataset,
                                  const EvaluationOptions& options = {},
                                  const models::ModelList& models = models::all_models());

/// A table: a line a metric, then, of the classes, the weakest.
[[nodiscard]] std::string format_metrics(const std::vector<tasks::HeadMetrics>& heads);

}  // namespace zoetrope::training
