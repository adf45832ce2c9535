// Metrics of video tagging: the evaluators of YouTube-8M (linrongc/youtube-8m) and of MMAction2.
#include <functional>
#include <map>
#include <numeric>
#include <string>

#include "zoetrope/metrics/classification.h"
#include "zoetrope/metrics/multilabel.h"
#include "zoetrope/parity/adapters.h"
#include "zoetrope/parity/cases.h"

namespace zoetrope::parity {
namespace {

using timeline::JsonView;

double mean(const std::vector<double>& values) {
  const double sum = std::accumulate(values.begin(), values.end(), 0.0);
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

void compare_numbers(const metrics::TagTable& tags, std::size_t k, const JsonView& results,
                     CaseChecks& checks) {
  const std::map<std::string, std::function<double()>> numbers = {
      {"hit_at_one", [&] { return metrics::hit_at_one(tags); }},
      {"perr", [&] { return metrics::precision_at_equal_recall_rate(tags); }},
      {"gap", [&] { return metrics::global_average_precision(tags, k); }},
      {"gap_all_at_once", [&] { return metrics::global_average_precision(tags, k); }},
      {"gap_top5", [&] { return metrics::global_average_precision(tags, 5); }},
      {"map", [&] { return mean(metrics::top_k_class_precisions(tags, k)); }},
      {"mmaction2.mean_average_precision", [&] { return metrics::class_average_precisions(tags).mean(); }},
      {"mmaction2.mmit_mean_average_precision",
       [&] { return metrics::sample_average_precisions(tags).mean(); }},
  };
  for (const auto& [name, value] : results.members()) {
    if (const auto found = numbers.find(name); found != numbers.end()) {
      checks.meet(name, found->second(), results.member(value));
    } else if (name == "aps") {
      checks.meet(name, metrics::top_k_class_precisions(tags, k), results.member(value));
    }
  }
}

void compare_labels(const metrics::ScoreTable& scores, const std::vector<std::int64_t>& truth,
                    const JsonView& results, CaseChecks& checks) {
  if (const auto expected = results.find("mmaction2.mean_class_accuracy")) {
    const auto predicted = metrics::predicted_classes(scores);
    checks.meet("mmaction2.mean_class_accuracy",
                metrics::count_confusions(predicted, truth, scores.num_classes).mean_class_accuracy(),
                *expected);
  }
  if (const auto expected = results.find("mmaction2.top_k_accuracy")) {
    for (const auto& [k, value] : expected->members()) {
      if (k.empty() || k.size() > 6 || k.find_first_not_of("0123456789") != std::string::npos) {
        expected->fail("must have whole numbers as keys");
      }
      checks.meet("mmaction2.top_k_accuracy", metrics::top_k_accuracy(scores, truth, std::stoul(k)),
                  expected->member(value));
    }
  }
}

void run(const Fixture& fixture, const JsonView& document, CaseChecks& checks) {
  const TagCases cases = read_tags(document.at("scores"), document.at("labels"));
  const metrics::TagTable tags{{cases.scores, cases.num_classes}, cases.positives};
  const JsonView results = document.at("result");
  const auto k = static_cast<std::size_t>(std::max<std::int64_t>(integer_argument(fixture, "top_k", 20), 0));
  compare_numbers(tags, k, results, checks);
  compare_labels(tags.scores, read_integers(document.at("single_label")), results, checks);
  checks.require_all(results);
}

}  // namespace

CasesAdapter tagging_metrics_adapter() {
  return {.family = "video tagging metrics (YouTube-8M, MMAction2)",
          .takes = [](const Fixture& fixture) { return fixture.model == "video tagging metrics"; },
          .run = run};
}

}  // namespace zoetrope::parity
