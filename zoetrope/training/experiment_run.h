#pragma once
// Runs the commands of an experiment and keeps what they say.
//
//   const Experiment experiment = load_experiment("experiments/table_9_5.toml");
//   const ExperimentResult result = run_experiment(experiment, {.data = "data", .results = "results"}, program_runner());
//
// Each command has a folder below RESULTS/work, named after the command and a hash of all that it depends on: its
// words, the commands whose folders it reads, the text of its recipe and the place of the data. A command that is
// done there is not run again, in whichever experiment it stands; what it printed stays beside its output. (A newer
// program is no reason to run one anew: remove the folder.) A training that was stopped goes on from its
// checkpoint. Where a command fails, its row's run is lost, and no other.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "zoetrope/training/experiment.h"
#include "zoetrope/training/experiment_result.h"

namespace zoetrope::training {

struct CommandJob {
  std::vector<std::string> words = {};  ///< after the program's name
  std::filesystem::path output = {};    ///< files that take standard output and standard error
  std::filesystem::path errors = {};
  int threads = 1;
};
/// The exit code.
using CommandRunner = std::function<int(const CommandJob&)>;

/// Runs this very program. A signal to it is passed on.
[[nodiscard]] CommandRunner program_runner();

struct ExperimentRunOptions {
  std::string scale = "cpu";
  std::filesystem::path data = "data";        ///< the folder of the data sets
  std::filesystem::path results = "results";  ///< RESULTS/NAME.SCALE.json, RESULTS/work
  std::vector<std::int64_t> seeds = {};       ///< of the scale's, only these; empty: all
  std::vector<std::int64_t> splits = {};      ///< the same
  std::vector<std::string> rows = {};         ///< the same
  int jobs = 1;                               ///< commands at a time
  int threads = 1;                            ///< of each
  std::string program = {}, machine = {};     ///< go into the result
};

/// Runs what is missing of the chosen runs, writes the result file and returns what it holds: every run of the
/// experiment that is done by now, chosen or not, and the failures of this call. Throws Error: kUsage for a row or
/// seed that is not there, kInput where the data is not, kInterrupted after a signal.
ExperimentResult run_experiment(const Experiment& experiment, const ExperimentRunOptions& options,
                                const CommandRunner& runner);

/// Those runs alone that the options choose, none of which is run. Throws Error (kUsage) as run_experiment.
[[nodiscard]] std::vector<PlannedRun> chosen_runs(const Experiment& experiment,
                                                  const ExperimentRunOptions& options);

/// A number in JSON text, by a path as ExperimentMetric has it, without its command. Throws Error (kFailed).
[[nodiscard]] double number_at(const std::string& json, const std::string& path);

/// RESULTS/NAME.SCALE.json
[[nodiscard]] std::filesystem::path result_path(const std::filesystem::path& results,
                                                const std::string& experiment, const std::string& scale);

}  // namespace zoetrope::training
