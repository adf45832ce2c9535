#include "zoetrope/training/experiment_result.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

constexpr std::uint64_t kMaxResultBytes = std::uint64_t{64} << 20;

Measured statistics_of(const std::vector<double>& values) {
  Measured measured{.seeds = std::ssize(values)};
  const auto n = static_cast<double>(values.size());
  for (const double value : values) measured.mean += value / n;
  if (values.size() < 2) return measured;
  double squares = 0;
  for (const double value : values) squares += (value - measured.mean) * (value - measured.mean);
  measured.deviation = std::sqrt(squares / (n - 1));
  return measured;
}

/// What is compared of a row: its mean over the seeds, or their deviation.
std::optional<double> compared(const ExperimentResult& result, const std::string& row,
                               const ExperimentRelation& relation) {
  const std::optional<Measured> measured = measure(result, row, relation.metric);
  if (!measured) return std::nullopt;
  return relation.of == RelationOf::kMean ? std::optional(measured->mean) : measured->deviation;
}

/// Of the differences seed by seed; nothing for deviations, and for fewer than two seeds in common.
std::optional<double> error_of_difference(const ExperimentResult& result, const ExperimentRelation& relation,
                                          const std::string& higher, const std::string& lower) {
  if (relation.of != RelationOf::kMean) return std::nullopt;
  const std::map<std::int64_t, double> above = seed_values(result, higher, relation.metric),
                                       below = seed_values(result, lower, relation.metric);
  std::vector<double> differences;
  for (const auto& [seed, value] : above) {
    if (const auto found = below.find(seed); found != below.end())
      differences.push_back(value - found->second);
  }
  const Measured measured = statistics_of(differences);
  if (!measured.deviation) return std::nullopt;
  return *measured.deviation / std::sqrt(static_cast<double>(measured.seeds));
}

Judgement judge_order(const ExperimentRelation& relation, const ExperimentResult& result) {
  Judgement judgement;
  double least = std::numeric_limits<double>::infinity();
  for (const std::string& higher : relation.higher) {
    for (const std::string& lower : relation.lower) {
      const std::optional<double> above = compared(result, higher, relation),
                                  below = compared(result, lower, relation);
      if (!above || !below) return {};
      const double asked = relation.times > 0 ? (relation.times - 1) * *below : relation.by;
      if (*above - *below - asked >= least) continue;
      least = *above - *below - asked;
      judgement = {.verdict = least > 0 ? Verdict::kHeld : Verdict::kNotHeld,
                   .difference = *above - *below,
                   .standard_error = error_of_difference(result, relation, higher, lower),
                   .higher = higher,
                   .lower = lower,
                   .asked = asked};
    }
  }
  return judgement;
}

Judgement judge_alike(const ExperimentRelation& relation, const ExperimentResult& result) {
  std::vector<std::pair<double, std::string>> rows;
  for (const std::string& row : relation.alike) {
    const std::optional<double> value = compared(result, row, relation);
    if (!value) return {};
    rows.emplace_back(*value, row);
  }
  const auto [lowest, highest] = std::ranges::minmax_element(rows);
  Judgement judgement{.difference = highest->first - lowest->first,
                      .higher = highest->second,
                      .lower = lowest->second,
                      .asked = relation.within};
  judgement.standard_error = error_of_difference(result, relation, judgement.higher, judgement.lower);
  judgement.verdict = judgement.difference <= relation.within ? Verdict::kHeld : Verdict::kNotHeld;
  return judgement;
}

ExperimentRun run_of(const Json& json) {
  ExperimentRun run{.row = json.at("row").get<std::string>(),
                    .split = json.at("split").get<std::int64_t>(),
                    .seed = json.at("seed").get<std::int64_t>()};
  if (json.contains("error")) run.error = json.at("error").get<std::string>();
  if (json.contains("values")) run.values = json.at("values").get<std::map<std::string, double>>();
  return run;
}

}  // namespace

void write_result(const fs::path& path, const ExperimentResult& result) {
  Json runs = Json::array();
  for (const ExperimentRun& run : result.runs) {
    Json json = {{"row", run.row}, {"split", run.split}, {"seed", run.seed}};
    if (run.error.empty())
      json["values"] = run.values;
    else
      json["error"] = run.error;
    runs.push_back(std::move(json));
  }
  const Json document = {{"schema", 1},
                         {"experiment", result.experiment},
                         {"scale", result.scale},
                         {"program", result.program},
                         {"machine", result.machine},
                         {"note", result.note},
                         {"seconds", std::round(result.seconds)},
                         {"runs", runs}};
  write_file_atomically(path, document.dump(1, ' ', false, Json::error_handler_t::replace) + "\n");
}

ExperimentResult read_result(const fs::path& path) {
  try {
    const Json json = Json::parse(read_text_file(path, kMaxResultBytes));
    if (json.at("schema") != 1) throw Error::input("{}: of a newer version of the program", path.string());
    ExperimentResult result{.experiment = json.at("experiment").get<std::string>(),
                            .scale = json.at("scale").get<std::string>(),
                            .program = json.at("program").get<std::string>(),
                            .machine = json.at("machine").get<std::string>(),
                            .note = json.value("note", ""),
                            .seconds = json.at("seconds").get<double>()};
    for (const Json& run : json.at("runs")) result.runs.push_back(run_of(run));
    return result;
  } catch (const Json::exception&) {
    throw Error::input("{}: no result of an experiment", path.string());
  }
}

std::map<std::int64_t, double> seed_values(const ExperimentResult& result, const std::string& row,
                                           const std::string& metric) {
  std::set<std::int64_t> splits;
  std::map<std::int64_t, std::map<std::int64_t, double>> by_seed;
  for (const ExperimentRun& run : result.runs) {
    const auto found = run.values.find(metric);
    if (found == run.values.end()) continue;
    splits.insert(run.split);
    if (run.row == row) by_seed[run.seed][run.split] = found->second;
  }
  std::map<std::int64_t, double> values;
  for (const auto& [seed, of_split] : by_seed) {
    if (of_split.size() != splits.size()) continue;
    for (const auto& [split, value] : of_split) values[seed] += value / static_cast<double>(splits.size());
  }
  return values;
}

std::optional<Measured> measure(const ExperimentResult& result, const std::string& row,
                                const std::string& metric) {
  std::vector<double> values;
  for (const auto& [seed, value] : seed_values(result, row, metric)) values.push_back(value);
  if (values.empty()) return std::nullopt;
  return statistics_of(values);
}

bool Judgement::within_noise() const {
  return standard_error && std::abs(difference - asked) < 2 * *standard_error;
}

Judgement judge(const ExperimentRelation& relation, const ExperimentResult& result) {
  Judgement judgement =
      relation.alike.empty() ? judge_order(relation, result) : judge_alike(relation, result);
  std::set<std::int64_t> seeds;
  for (const ExperimentRun& run : result.runs) seeds.insert(run.seed);
  judgement.one_seed = seeds.size() == 1;
  return judgement;
}

}  // namespace zoetrope::training
