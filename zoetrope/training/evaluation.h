#pragma once
// How good a bundle is on a data set: each sample is labelled as in inference, by views, and measured head by head.
//
//   training::Evaluation result = training::evaluate(bundle, dataset, {.views = {.clips = 10, .crops = 3}});
//   std::cout << training::format_metrics(result.heads);

#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/progress.h"
#include "zoetrope/data/loader.h"
#include "zoetrope/inference/network_use.h"
#include "zoetrope/tasks/scoring.h"
#include "zoetrope/training/sample_views.h"

namespace zoetrope::training {

struct EvaluationOptions {
  ViewOptions views = {};
  ProgressMode progress = ProgressMode::kNone;
};

struct Evaluation {
  std::vector<tasks::HeadMetrics> heads;
  std::int64_t samples = 0;                 ///< measured
  std::vector<data::BrokenSample> missing;  ///< that could not be read, and do not count
  inference::NetworkUseSums use = {};       ///< of all views, of a network that adapts to its clips
  double multiply_adds = 0;                 ///< of a view; their mean, of a network that adapts
};

/// The data set's labels are found among the bundle's by their names: each head takes the label set of its name (the
/// only one, where there is one on both sides); heads without one are not measured. Scores are means of probabilities
/// over a sample's views. Throws Error: kUsage for labels that the bundle does not have, kInterrupted after a signal.
[[nodiscard]] Evaluation evaluate(const bundle::Bundle& bundle, const data::Dataset& dataset,
                                  const EvaluationOptions& options = {},
                                  const models::ModelList& models = models::all_models());

/// The means of several evaluations of the same heads (the official splits of a data set): of metrics and classes, the
/// samples summed, without confusions. Throws Error (kUsage) where the heads differ.
[[nodiscard]] std::vector<tasks::HeadMetrics> mean_metrics(
    const std::vector<std::vector<tasks::HeadMetrics>>& evaluations);

/// A table: a line a metric, then, of the classes, the weakest; both overall mAPs of several heads.
[[nodiscard]] std::string format_metrics(const std::vector<tasks::HeadMetrics>& heads);

}  // namespace zoetrope::training
