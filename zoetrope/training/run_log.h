#pragma once
// What a run writes of its course: results.csv, log.jsonl and TensorBoard's events.

#include <filesystem>
#include <optional>
#include <string>

#include "zoetrope/training/events.h"
#include "zoetrope/training/run_result.h"

namespace zoetrope::training {

class RunLog {
 public:
  /// Goes on with the files of an earlier part of the run. What they say of steps after `steps` and of epochs after
  /// `epochs` is taken out: the checkpoint that the run goes on from knows that many, and does the rest again. (Both
  /// are needed: an epoch is measured after its last step was kept.)
  RunLog(const std::filesystem::path& folder, std::int64_t steps, std::int64_t epochs);

  void step(std::int64_t steps, double loss, double rate);
  void epoch(std::int64_t steps, const EpochResult& result);

 private:
  void append(const char* name, const std::string& line) const;

  std::filesystem::path folder_;
  EventWriter events_;
};

/// "epoch 3/30: loss 1.234, action top1 56.2 %, 120 clips/s"; what slows a run down is said.
[[nodiscard]] std::string epoch_line(const EpochResult& result, double epochs);

}  // namespace zoetrope::training
