#pragma once
// A training run over features: trainer.h for what an Objective learns. The run's folder, its files and what --resume
// promises are those of trainer.h.
//
//   training::SegmentationObjective objective(recipe, {train, &validation});
//   training::ObjectiveTrainer trainer(objective, "runs/mucon_50salads");
//   training::RunResult result = trainer.run();
//
// `clips_per_second` of an EpochResult are steps.

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "zoetrope/core/progress.h"
#include "zoetrope/models/list.h"
#include "zoetrope/training/objective.h"
#include "zoetrope/training/run_folder.h"
#include "zoetrope/training/run_result.h"

namespace zoetrope::training {

struct ObjectiveTrainerOptions {
  torch::Device device = torch::kCPU;
  ProgressMode progress = ProgressMode::kNone;
  bool resume = false;  ///< go on with the folder's checkpoint; else the folder must hold none
};

class ObjectiveTrainer {
 public:
  /// The objective outlives the trainer. Throws Error as Trainer's.
  ObjectiveTrainer(Objective& objective, std::filesystem::path folder, ObjectiveTrainerOptions options = {},
                   const models::ModelList& models = models::all_models());
  ~ObjectiveTrainer();

  /// Throws Error: kInterrupted after a signal, with a checkpoint of the step that was done last; kFailed for a loss
  /// that is no number.
  RunResult run();

  [[nodiscard]] models::Model& model() noexcept { return *model_; }

 private:
  EpochResult train_epoch();
  double train_step();
  void finish_epoch(EpochResult& result);
  [[nodiscard]] bool validates() const;
  void write_bundle(const char* name, const EpochResult& result) const;
  void save();
  [[nodiscard]] RunState state();

  Objective& objective_;
  RunOptions options_;
  std::filesystem::path folder_;
  ObjectiveTrainerOptions how_;
  const models::ModelList& models_;
  std::shared_ptr<models::Model> model_, learners_;  // the model, and with it what learns beside it
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  std::optional<MovingAverage> average_;
  RunPosition position_;
  std::unique_ptr<RunLog> log_;
};

}  // namespace zoetrope::training
