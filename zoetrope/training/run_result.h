#pragma once
// What a training run tells of itself.

#include <cstdint>
#include <vector>

#include "zoetrope/tasks/scoring.h"

namespace zoetrope::training {

struct EpochResult {
  std::int64_t epoch = 0;  ///< from 1
  double loss = 0;         ///< mean over the training samples
  double rate = 0;         ///< learning rate at its end
  double clips_per_second = 0;
  double waiting = 0;                          ///< share of the time that was spent waiting for clips
  std::vector<tasks::HeadMetrics> heads = {};  ///< of the validation; empty without
  double metric = 0;                           ///< tasks::overall of them, or minus the loss
};

struct RunResult {
  std::vector<EpochResult> epochs;  ///< of this part of the run
  std::int64_t best_epoch = 0;      ///< from 1; 0: none was finished
  double best = 0;
  std::int64_t broken = 0;  ///< samples that could not be read, over this part of the run
  bool stopped_early = false;
};

}  // namespace zoetrope::training
