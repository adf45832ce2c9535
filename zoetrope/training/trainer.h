#pragma once
// A training run: from a recipe and data to bundles, in a folder of its own.
//
//   training::Trainer trainer(recipe, {train, source, &validation, validation_source}, "runs/gestures");
//   training::RunResult result = trainer.run();       // goes on where the folder's checkpoint stands
//
//   recipe.toml     everything that the run depends on, defaults included
//   results.csv     a line an epoch;  log.jsonl  the same and more, for programs;  events.out.tfevents.*  TensorBoard
//   report.html     curves, classes and confusions, for people;  summary.json  the best epoch's, for programs
//   best/, last/    bundles, by the validation's metric and by time
//   checkpoint/     the state of the run (checkpoint.h)
//
// Several processes that run the same trainer with `ranks` share each batch out, and end where one would, to
// the rounding of float32; rank 0 alone writes.
//
// With the same number of threads, a run that is stopped and gone on with ends in the same weights, bit for
// bit, as one that is not: every random choice depends on seed, epoch and sample alone, but for dropout's,
// whose generator is in the checkpoint.

#include <torch/torch.h>

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/core/progress.h"
#include "zoetrope/data/loader.h"
#include "zoetrope/data/mixing.h"
#include "zoetrope/models/list.h"
#include "zoetrope/training/checkpoint.h"
#include "zoetrope/training/recipe.h"
#include "zoetrope/training/run_result.h"

namespace zoetrope::training {

class GradientBuckets;
class Ranks;
class RunLog;
struct SharedStep;

/// What a run learns from. The data sets outlive the trainer.
struct TrainingData {
  const data::Dataset& train;
  data::SampleSource source;
  const data::Dataset* validation = nullptr;  ///< of the same label sets
  data::SampleSource validation_source = {};
};

struct TrainerOptions {
  int workers = 0;  ///< threads that make clips; 0: one a core
  torch::Device device = torch::kCPU;
  ProgressMode progress = ProgressMode::kNone;
  bool resume = false;  ///< go on with the folder's checkpoint; else the folder must hold none
  Ranks* ranks =
      nullptr;  ///< the processes that train together, which outlive the trainer; nullptr: this one alone
};

class Trainer {
 public:
  /// Builds the model (its option num_classes becomes the sum of the label sets). Throws Error: kUsage for a
  /// recipe that does not fit the data, an unknown model, or a folder that holds a run which is not to be
  /// resumed.
  Trainer(Recipe recipe, TrainingData data, std::filesystem::path folder, TrainerOptions options = {},
          const models::ModelList& models = models::all_models());
  ~Trainer();

  /// Throws Error: kInterrupted after a signal, with a checkpoint of the step that was done last; kFailed for
  /// a loss that is no number and for too many broken samples.
  RunResult run();

  [[nodiscard]] models::Model& model() noexcept { return *model_; }
  [[nodiscard]] const tasks::Heads& heads() const noexcept { return heads_; }

 private:
  struct StepOutcome {
    double loss = 0;           ///< of the batch of all ranks, as the rest
    std::int64_t samples = 0;  ///< that could be read
    int signal = 0;            ///< that asks to stop
    bool saves = false;
  };
  void start_or_resume();
  void check_norms() const;
  EpochResult train_epoch();
  StepOutcome train_step(const data::Batch& batch, bool save_is_due);
  void take_step(const data::Batch& batch, SharedStep& shared, StepOutcome& outcome);
  [[nodiscard]] data::MixedSamples samples_of(const data::Batch& batch, SharedStep& shared) const;
  double add_gradients(const data::MixedSamples& samples, const SharedStep& shared, std::int64_t first,
                       std::int64_t last);
  void agree(StepOutcome& outcome) const;
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& clips);
  [[nodiscard]] torch::Tensor forward_share(const torch::Tensor& clips);
  void check_broken(const data::Loader& loader, const data::Dataset& dataset, const SharedStep& shared) const;
  void finish_epoch(EpochResult& result);
  [[nodiscard]] std::vector<tasks::HeadMetrics> validate();
  void measure_norms();
  void write_results(const EpochResult& result, bool is_best);
  void write_bundle(const char* name, const EpochResult& result) const;
  void save();
  /// Rank 0 does it; every rank throws what it throws.
  void first_does(const std::function<void()>& work);
  [[nodiscard]] bool is_first() const;
  /// Rank 0's value.
  [[nodiscard]] double shared(double value) const;
  [[nodiscard]] Error interrupted_by(int signal) const;
  /// An error that all ranks throw at the same place.
  [[nodiscard]] Error agreed(Error error) const;
  [[nodiscard]] torch::Tensor to_input(const torch::Tensor& clips) const;
  [[nodiscard]] RunState state();

  Recipe recipe_;
  TrainingData data_;
  std::filesystem::path folder_;
  TrainerOptions options_;
  const models::ModelList& models_;
  tasks::Heads heads_;
  std::shared_ptr<models::Model> model_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  bool bfloat16_ = false;
  std::optional<MovingAverage> average_;
  std::optional<data::Loader> loader_, validation_loader_;
  RunPosition position_;
  std::unique_ptr<RunLog> log_;  // of rank 0
  std::unique_ptr<GradientBuckets> buckets_;
};

}  // namespace zoetrope::training
