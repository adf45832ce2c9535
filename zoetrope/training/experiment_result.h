#pragma once
// What the runs of an experiment have given, its statistics, and whether a claimed relation holds in it.
//
// Of each seed, the mean over the splits is taken; mean and deviation (of a sample, n - 1) are over the seeds. A
// seed that lacks a split which other runs have does not count. Rows are compared seed by seed: the standard error
// of the mean of these differences says whether a difference may be noise (it is below two of them).

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/training/experiment.h"

namespace zoetrope::training {

struct ExperimentRun {
  std::string row = {};
  std::int64_t split = 1, seed = 1;
  std::map<std::string, double> values = {};  ///< by the metrics' names
  std::string error = {};                     ///< one line, of a command that failed
};

struct ExperimentResult {
  std::string experiment = {}, scale = {};
  std::string program = {};              ///< its version
  std::string machine = {};              ///< in words
  std::string note = {};                 ///< of the scale, as it was when the runs were made
  double seconds = 0;                    ///< of all commands, one after another
  std::vector<ExperimentRun> runs = {};  ///< those that were made
};

/// JSON, all or nothing. Throws Error (kFailed).
void write_result(const std::filesystem::path& path, const ExperimentResult& result);
/// Throws Error (kInput) for what is no such file.
[[nodiscard]] ExperimentResult read_result(const std::filesystem::path& path);

/// A row's values by seed, each the mean over the splits.
[[nodiscard]] std::map<std::int64_t, double> seed_values(const ExperimentResult& result,
                                                         const std::string& row, const std::string& metric);

struct Measured {
  double mean = 0;
  std::optional<double> deviation = {};  ///< of two seeds or more
  std::int64_t seeds = 0;
};
/// Nothing, where no seed is whole.
[[nodiscard]] std::optional<Measured> measure(const ExperimentResult& result, const std::string& row,
                                              const std::string& metric);

enum class Verdict { kHeld, kNotHeld, kNotMeasured };

struct Judgement {
  Verdict verdict = Verdict::kNotMeasured;
  /// Of the pair of rows that decides: the higher minus the lower; of rows alike, the largest minus the smallest.
  double difference = 0;
  std::optional<double> standard_error = {};
  std::string higher = {}, lower = {};  ///< that pair
  /// The difference is as near to what is asked for as chance may bring it.
  [[nodiscard]] bool within_noise() const;
  double asked = 0;       ///< difference
  bool one_seed = false;  ///< so that nothing is known of chance
};
[[nodiscard]] Judgement judge(const ExperimentRelation& relation, const ExperimentResult& result);

}  // namespace zoetrope::training
