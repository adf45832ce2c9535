#pragma once
// The folder in which an experiment's commands leave their output: what is done, what it said and how long it took.
//
//   WORK/train-3f2a90c4d1e5/out         what the command wrote: its {out}
//   WORK/train-3f2a90c4d1e5/stdout.txt  what it printed, and stderr.txt
//   WORK/train-3f2a90c4d1e5/spent.txt   seconds of calls that were stopped, from which a training goes on
//   WORK/train-3f2a90c4d1e5/done.json   its words, seconds, threads and the program's version; there once it is done

#include <filesystem>
#include <string>
#include <vector>

#include "zoetrope/training/experiment.h"
#include "zoetrope/training/experiment_run.h"

namespace zoetrope::training {

struct StoredCommand {
  std::string key = {};                 ///< "train-3f2a90c4d1e5"
  std::string text = {};                ///< as it was planned
  std::vector<std::string> words = {};  ///< with all folders filled in
};

/// Its functions may be called from several threads, `run` for one command at a time.
class CommandStore {
 public:
  /// `how`: in words, how commands run where their times depend on it; those that ran otherwise are others.
  CommandStore(std::filesystem::path work, std::filesystem::path data, std::string program,
               std::string how = "")
      : work_(std::move(work)), data_(std::move(data)), program_(std::move(program)), how_(std::move(how)) {}

  /// Finds the data, names the folders of the run's commands and fills them in. Throws Error: kInput for data that
  /// is not there, kUsage for a {N} that is no earlier command.
  [[nodiscard]] std::vector<StoredCommand> place(const PlannedRun& run) const;

  [[nodiscard]] bool is_done(const StoredCommand& command) const;
  /// Whether it ended well; where another process runs it, that is waited for. Throws Error (kInterrupted) where a
  /// signal ended it.
  bool run(const StoredCommand& command, const CommandRunner& runner, int threads);
  [[nodiscard]] std::string output_of(const StoredCommand& command) const;
  /// The last line that a command which failed wrote to standard error.
  [[nodiscard]] std::string error_of(const StoredCommand& command) const;
  /// With the time before an interruption.
  [[nodiscard]] double seconds_of(const StoredCommand& command) const;

 private:
  [[nodiscard]] std::filesystem::path folder_of(const StoredCommand& command) const {
    return work_ / command.key;
  }

  std::filesystem::path work_, data_;
  std::string program_, how_;
};

}  // namespace zoetrope::training
