#include "zoetrope/training/experiment_report.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace zoetrope::training {
namespace {

const char* const kNothing = "-";

std::string number(double value, std::int64_t digits) {
  return fmt::format("{:.{}f}", value, digits);
}

bool is_published(const Experiment& experiment, const std::string& metric) {
  return std::ranges::any_of(experiment.rows,
                             [&](const ExperimentRow& row) { return row.paper.contains(metric); });
}

std::string measured_text(const std::optional<Measured>& measured, std::int64_t digits) {
  if (!measured) return kNothing;
  std::string text = number(measured->mean, digits);
  if (measured->deviation) text += " ± " + number(*measured->deviation, digits);
  return text;
}

std::string table_of(const Experiment& experiment, const ExperimentResult& result) {
  std::string head = "| |", rule = "| --- |", body;
  for (const ExperimentMetric& metric : experiment.metrics) {
    const bool published = is_published(experiment, metric.name);
    head += published ? fmt::format(" {}, paper | ours |", metric.name) : fmt::format(" {} |", metric.name);
    rule += published ? " --- | --- |" : " --- |";
  }
  for (const ExperimentRow& row : experiment.rows) {
    body += fmt::format("| {} |", row.name);
    for (const ExperimentMetric& metric : experiment.metrics) {
      if (is_published(experiment, metric.name)) {
        const auto paper = row.paper.find(metric.name);
        body +=
            fmt::format(" {} |", paper == row.paper.end() ? kNothing : number(paper->second, metric.digits));
      }
      body += fmt::format(" {} |", measured_text(measure(result, row.name, metric.name), metric.digits));
    }
    body += "\n";
  }
  return head + "\n" + rule + "\n" + body;
}

std::string difference_text(const ExperimentRelation& relation, const Judgement& judgement,
                            std::int64_t digits) {
  if (judgement.verdict == Verdict::kNotMeasured) return kNothing;
  std::string text = fmt::format("{:+.{}f}", judgement.difference, digits);
  if (judgement.standard_error) text += " ± " + number(*judgement.standard_error, digits);
  text += fmt::format(", {} and {}", judgement.higher, judgement.lower);
  if (relation.times > 0) return text + fmt::format("; {:g} times is asked for", relation.times);
  if (!relation.alike.empty()) return text + fmt::format("; within {:g} is asked for", relation.within);
  return relation.by == 0 ? text : text + fmt::format("; {:+g} is asked for", relation.by);
}

std::string relations_of(const Experiment& experiment, const ExperimentResult& result) {
  if (experiment.relations.empty()) return "";
  std::string text = "\n| claimed | here | difference that decides |\n| --- | --- | --- |\n", reasons;
  for (const ExperimentRelation& relation : experiment.relations) {
    const Judgement judgement = judge(relation, result);
    const auto metric = std::ranges::find(experiment.metrics, relation.metric, &ExperimentMetric::name);
    text += fmt::format("| {} | {} | {} |\n", relation.claim, verdict_text(judgement),
                        difference_text(relation, judgement, metric->digits));
    if (judgement.verdict == Verdict::kNotHeld && !relation.reason.empty())
      reasons += fmt::format("\n\"{}\" did not hold: {}\n", relation.claim, relation.reason);
  }
  return text + reasons;
}

std::string failures_of(const ExperimentResult& result) {
  std::string text;
  for (const ExperimentRun& run : result.runs) {
    if (!run.error.empty())
      text += fmt::format("- {}, split {}, seed {}: {}\n", run.row, run.split, run.seed, run.error);
  }
  return text.empty() ? "" : "\nFailed:\n\n" + text;
}

std::string origin_of(const Experiment& experiment, const ExperimentResult& result) {
  std::set<std::int64_t> seeds, splits;
  for (const ExperimentRun& run : result.runs) {
    seeds.insert(run.seed);
    splits.insert(run.split);
  }
  const auto minutes = static_cast<std::int64_t>(result.seconds / 60 + 0.5);
  return fmt::format(
      "`zoetrope experiment {} --scale {}`: {} {}, {} {}; {} min of computing, one command "
      "after another; {}; {}.\n",
      experiment.file, result.scale, seeds.size() == 1 ? "seed" : "seeds", fmt::join(seeds, ", "),
      splits.size() == 1 ? "split" : "splits", fmt::join(splits, ", "), minutes, result.machine,
      result.program);
}

}  // namespace

std::string verdict_text(const Judgement& judgement) {
  if (judgement.verdict == Verdict::kNotMeasured) return "not measured";
  const std::string text = judgement.verdict == Verdict::kHeld ? "held" : "did not hold";
  if (judgement.one_seed) return text + ", of one seed";
  return judgement.within_noise() ? text + ", within noise" : text;
}

std::string report_experiment(const Experiment& experiment, const ExperimentResult& result,
                              const std::string& heading) {
  std::string text =
      fmt::format("{} {} ({})\n\n{}.", heading, experiment.title, result.scale, experiment.source);
  if (!experiment.note.empty()) text += " " + experiment.note;
  if (!result.note.empty()) text += " " + result.note;
  return text + "\n\n" + table_of(experiment, result) + relations_of(experiment, result) +
         failures_of(result) + "\n" + origin_of(experiment, result);
}

std::string report_page(const std::vector<std::pair<Experiment, ExperimentResult>>& experiments,
                        const std::string& command) {
  std::string text = fmt::format(
      "# Results\n\nThe paper's numbers beside ours, and what became of the relations that it claims. A "
      "number of ours is a "
      "mean over\nseeds ± their deviation; a difference is a mean over seeds ± its standard error, and "
      "within noise where it "
      "lies\nwithin two of those of what is asked for. How to run one: [experiments.md](experiments.md). "
      "This page was printed "
      "by\n\n    {}\n\n| table | scale | relations that held |\n| --- | --- | --- |\n",
      command);
  std::string sections;
  for (const auto& [experiment, result] : experiments) {
    std::size_t held = 0;
    for (const ExperimentRelation& relation : experiment.relations)
      held += judge(relation, result).verdict == Verdict::kHeld ? 1 : 0;
    text += fmt::format("| {} (`{}`) | {} | {} of {} |\n", experiment.title, experiment.name, result.scale,
                        held, experiment.relations.size());
    sections += "\n" + report_experiment(experiment, result);
  }
  return text + sections;
}

}  // namespace zoetrope::training
