#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <thread>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/version.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/log.h"
#include "zoetrope/training/experiment_report.h"
#include "zoetrope/training/experiment_run.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

struct ExperimentFlags {
  std::vector<std::string> files;
  training::ExperimentRunOptions run;
  std::string data = "data", output = "results", report;
  int jobs = 0;
  bool plan = false, json = false;
};

/// The first line of a file of "NAME<blanks>: VALUE" lines that has that name; empty where there is none.
std::string line_of(const fs::path& path, const std::string& name) {
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const std::size_t colon = line.find(':');
    if (!line.starts_with(name) || colon == std::string::npos) continue;
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    return begin == std::string::npos ? "" : line.substr(begin);
  }
  return "";
}

/// In words, for the reader of a table: "2 threads of an AMD EPYC 7B13; NVIDIA H200".
std::string machine_text(int jobs, int threads) {
  const std::string processor = line_of("/proc/cpuinfo", "model name");
  std::string text = fmt::format("{} at a time, {} {} each, of {} of {}", jobs, threads,
                                 threads == 1 ? "thread" : "threads", std::thread::hardware_concurrency(),
                                 processor.empty() ? "an unnamed processor" : processor);
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator("/proc/driver/nvidia/gpus", failed))
    text += ", " + line_of(entry.path() / "information", "Model");
  return text;
}

void set_machine(training::ExperimentRunOptions& run, const training::Experiment& experiment, int jobs) {
  const int cores = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  run.jobs = experiment.timed ? 1 : jobs > 0 ? jobs : cores;
  const char* given = std::getenv("OMP_NUM_THREADS");
  run.threads = given ? std::max(1, std::atoi(given)) : std::max(1, cores / run.jobs);
  run.machine = machine_text(run.jobs, run.threads);
  const std::string version = version_text();
  run.program = version.substr(0, version.find('\n'));
}

void print_plan(const training::Experiment& experiment, const training::ExperimentRunOptions& options) {
  for (const training::PlannedRun& run : training::chosen_runs(experiment, options)) {
    fmt::print("# {}, split {}, seed {}\n", experiment.rows[run.row].name, run.split, run.seed);
    for (const training::PlannedCommand& command : run.commands) fmt::print("zoetrope {}\n", command.text);
  }
}

Json result_json(const training::Experiment& experiment, const training::ExperimentResult& result) {
  Json rows = Json::array(), relations = Json::array();
  for (const training::ExperimentRow& row : experiment.rows) {
    Json metrics = Json::object();
    for (const training::ExperimentMetric& metric : experiment.metrics) {
      const auto measured = training::measure(result, row.name, metric.name);
      if (!measured) continue;
      metrics[metric.name] = {{"mean", measured->mean}, {"seeds", measured->seeds}};
      if (measured->deviation) metrics[metric.name]["deviation"] = *measured->deviation;
      if (row.paper.contains(metric.name)) metrics[metric.name]["paper"] = row.paper.at(metric.name);
    }
    rows.push_back({{"name", row.name}, {"metrics", metrics}});
  }
  for (const training::ExperimentRelation& relation : experiment.relations) {
    const training::Judgement judgement = training::judge(relation, result);
    relations.push_back({{"claim", relation.claim},
                         {"verdict", training::verdict_text(judgement)},
                         {"difference", judgement.difference}});
  }
  return {{"experiment", experiment.name}, {"scale", result.scale}, {"rows", rows}, {"relations", relations}};
}

bool any_failed(const training::ExperimentResult& result) {
  return std::ranges::any_of(result.runs,
                             [](const training::ExperimentRun& run) { return !run.error.empty(); });
}

/// Every experiment with every scale of it that has a result.
int write_page(ExperimentFlags flags) {
  // Table 9.2 before 9.11, which a shell has the other way round.
  std::ranges::sort(flags.files, [](const std::string& a, const std::string& b) {
    return ::strverscmp(a.c_str(), b.c_str()) < 0;
  });
  std::vector<std::pair<training::Experiment, training::ExperimentResult>> found;
  for (const std::string& file : flags.files) {
    const training::Experiment experiment = training::load_experiment(file);
    for (const auto& [scale, options] : experiment.scales) {
      const fs::path path = training::result_path(flags.output, experiment.name, scale);
      if (fs::exists(path)) found.emplace_back(experiment, training::read_result(path));
    }
  }
  if (found.empty()) throw Error::input("{}: holds no result of these experiments", flags.output);
  const std::string command = fmt::format(
      "zoetrope experiment {} -o {} --report {}",
      flags.files.size() == 1 ? flags.files.front() : "experiments/*.toml", flags.output, flags.report);
  write_file_atomically(flags.report, training::report_page(found, command));
  fmt::print("{}: {} {}\n", flags.report, found.size(), found.size() == 1 ? "table" : "tables");
  return 0;
}

int run_experiments(ExperimentFlags flags) {
  if (!flags.report.empty()) return write_page(flags);
  if (flags.json && flags.files.size() > 1) throw Error::usage("--json is for one experiment at a time");
  flags.run.data = flags.data;
  flags.run.results = flags.output;
  std::vector<training::Experiment> experiments;
  for (const std::string& file : flags.files) experiments.push_back(training::load_experiment(file));
  bool failed = false;
  for (const training::Experiment& experiment : experiments) {
    // Of many files, those that have no such scale are for another call.
    if (experiments.size() > 1 && !experiment.scales.contains(flags.run.scale)) {
      log_info("{}: no scale '{}'; left out", experiment.name, flags.run.scale);
      continue;
    }
    if (flags.plan) {
      print_plan(experiment, flags.run);
      continue;
    }
    set_machine(flags.run, experiment, flags.jobs);
    const auto result = training::run_experiment(experiment, flags.run, training::program_runner());
    failed = failed || any_failed(result);
    if (flags.json)
      print_json(result_json(experiment, result));
    else
      fmt::print("{}\n", training::report_experiment(experiment, result));
    std::fflush(stdout);
  }
  return failed ? kSomeInputsFailed : 0;
}

}  // namespace

void add_experiment(Program& program) {
  CLI::App& command = program.command(
      "experiment", "published tables run anew: the paper's numbers beside ours, and whether its claims hold",
      {{"experiment experiments/table_9_5.toml --data data", "runs what is missing, then prints the table"},
       {"experiment experiments/table_9_5.toml --seeds 1 --row always", "a part of it"},
       {"experiment experiments/table_9_5.toml --plan", "the commands, none of which is run"},
       {"experiment experiments/*.toml --report docs/results.md", "a page of all that is done"}});
  auto flags = std::make_shared<ExperimentFlags>();
  command.add_option("FILE", flags->files, "tables to run: TOML (docs/experiments.md)")->required();
  command.add_option("--data", flags->data, "the folder in which, or one level below, the data sets lie")
      ->type_name("DIR")
      ->capture_default_str();
  command
      .add_option("-o,--output", flags->output,
                  "where results and what the commands write are kept; a rerun goes on there")
      ->type_name("DIR")
      ->capture_default_str();
  command.add_option("--scale", flags->run.scale, "how much is computed: cpu, gpu, or what the file has")
      ->type_name("NAME")
      ->capture_default_str();
  command.add_option("--seeds", flags->run.seeds, "only these: 1,2")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--splits", flags->run.splits, "only these")
      ->type_name("LIST")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_option("--row", flags->run.rows, "only this row; may be given several times")
      ->type_name("NAME")
      ->allow_extra_args(false);
  command
      .add_option("-j,--jobs", flags->jobs,
                  "commands at a time; one a core if not given, and one where times are compared")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_flag("--plan", flags->plan, "print the commands and run none");
  command.add_option("--report", flags->report, "run nothing; write a page of the results that are there")
      ->type_name("FILE");
  command.add_flag("--json", flags->json, "print the table as one JSON document");
  program.on_run(command, [flags] { return run_experiments(*flags); });
}

}  // namespace zoetrope::cli
