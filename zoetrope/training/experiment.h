#pragma once
// A published table as a file: which commands of the program make each of its rows, what the paper printed, and
// which relations between the rows it claims. `zoetrope experiment` runs them (experiment_run.h) and prints the
// paper's numbers beside ours (experiment_report.h).
//
//   title = "MuCon: teacher forcing"
//   source = "Fayyaz, thesis, table 9.5"
//   data = "50salads_mid"
//   commands = [
//     "train recipes/mucon_50salads.toml data.train.root={data} teaching={teaching} epochs={epochs} seed={seed} -o {out}",
//     "segment {data}/features --videos {data}/splits/test.split{split}.bundle --bundle {1}/last -o {out}",
//     "score {2} {data}/groundTruth --videos {data}/splits/test.split{split}.bundle --json",
//   ]
//   metrics = [{ name = "MoF", path = "mof" }]
//   [scales.cpu]
//   seeds = [1, 2, 3]
//   with = { epochs = 40 }
//   [[rows]]
//   name = "always"
//   with = { teaching = "always" }
//   paper = { MoF = 49.0 }
//
// In commands, {seed} and {split} are those of the run, {data} the folder of the data set, {out} a folder of the
// command's own, {1}, {2}, ... the folders of the row's first, second, ... command, and any other name a key of
// `with`: the experiment's, the scale's over it and the row's over both, whose text may hold names in turn. A word
// that is nothing but one such key may become several words, or none. Commands are split into words as a shell does
// it, with quotes; no shell runs them.
//
// Relations hold between means over the seeds; of each seed, its runs' mean over the splits is taken (statistics in
// experiment_result.h).

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"

namespace zoetrope::training {

/// A number of a row, found in the JSON that a command printed.
struct ExperimentMetric {
  std::string name = {};
  /// Keys with dots between, numbers for places in lists (from the end, if below 0): "f1.10.pooled". Of the row's
  /// last command, or with "2:" before it of its second; "2:@seconds" is the time that that command took.
  std::string path = {};
  std::int64_t digits = 1;  ///< behind the point, in tables
  double factor = 1;        ///< by which the value is multiplied
};
void describe(ConfigFields& fields, ExperimentMetric& options);

struct ExperimentRow {
  std::string name = {};
  std::string data = {};                   ///< in place of the experiment's
  std::vector<std::string> commands = {};  ///< the same
  ConfigTable with = {};
  std::map<std::string, double> paper =
      {};  ///< by the metrics' names; what the paper does not tell is left out
};
void describe(ConfigFields& fields, ExperimentRow& options);

enum class RelationOf { kMean, kDeviation };
inline EnumNames<RelationOf> config_names(RelationOf) {
  return {{"mean", RelationOf::kMean}, {"deviation", RelationOf::kDeviation}};
}

/// What the paper claims, as something that can be false: every row of `higher` lies above every row of `lower`, or
/// the rows of `alike` lie within one another.
struct ExperimentRelation {
  std::string claim = {};  ///< in words
  std::string metric = {};
  RelationOf of = RelationOf::kMean;
  std::vector<std::string> higher = {}, lower = {};
  double by = 0;     ///< by so much at least
  double times = 0;  ///< so many times as high at least, in place of `by`; 0: not asked
  std::vector<std::string> alike = {};
  double within = 0;        ///< largest difference of those
  std::string reason = {};  ///< found by looking, where the relation does not hold
};
void describe(ConfigFields& fields, ExperimentRelation& options);

/// How much is computed: "cpu" is to end within an hour on two cores, "gpu" has the published schedule, or what comes
/// near it.
struct ExperimentScale {
  std::vector<std::int64_t> seeds = {1, 2, 3};
  std::vector<std::int64_t> splits = {1};
  ConfigTable with = {};
  std::string note = {};  ///< what is shortened
};
void describe(ConfigFields& fields, ExperimentScale& options);

struct Experiment {
  std::string name = {};  ///< of the file, without folder and suffix
  std::string file = {};  ///< as it was named
  std::string title = {}, source = {}, note = {};
  std::string data = {};  ///< a folder that is looked for
  std::vector<std::string> commands = {};
  std::vector<ExperimentMetric> metrics = {};
  ConfigTable with = {};
  bool timed = false;  ///< times are compared, so that one command runs at a time
  std::map<std::string, ExperimentScale> scales = {};
  std::vector<ExperimentRow> rows = {};
  std::vector<ExperimentRelation> relations = {};
};
void describe(ConfigFields& fields, Experiment& options);

/// Throws Error: kInput for a file that cannot be read, kUsage for what does not fit together (a relation of a row
/// that is not there, a {name} that nothing fills).
[[nodiscard]] Experiment load_experiment(const std::filesystem::path& path);

/// Throws Error (kUsage), with the scales that there are.
[[nodiscard]] const ExperimentScale& find_scale(const Experiment& experiment, const std::string& name);

/// A command of a run with all but folders filled in: {data}, {out} and {1}, {2} are left for the machine that runs
/// it.
struct PlannedCommand {
  std::vector<std::string> words = {};
  std::string text = {};  ///< the words as one could type them
};

/// One row, split and seed.
struct PlannedRun {
  std::size_t row = 0;
  std::int64_t split = 1, seed = 1;
  std::string data = {};
  std::vector<PlannedCommand> commands = {};
};

/// Every run, in the order of the rows, and of each row of splits and seeds.
[[nodiscard]] std::vector<PlannedRun> plan_runs(const Experiment& experiment, const std::string& scale);

/// The folder of a data set: ROOT/NAME, or that below one of ROOT's folders. Throws Error (kInput).
[[nodiscard]] std::filesystem::path find_data(const std::filesystem::path& root, const std::string& name);

/// Splits as a shell does: blanks between words, '...' and "..." taken as they are. Throws Error (kUsage) for a
/// quote that does not end.
[[nodiscard]] std::vector<std::string> split_words(const std::string& text);
/// The words with blanks between, quoted where a shell needs it.
[[nodiscard]] std::string join_words(const std::vector<std::string>& words);

}  // namespace zoetrope::training
