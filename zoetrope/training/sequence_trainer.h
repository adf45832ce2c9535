#pragma once
// A training run over feature sequences: trainer.h for networks that segment whole videos. One video a step, as MuCon
// and SCT are published; the run's folder, its files and what --resume promises are those of trainer.h.
//
//   training::SequenceTrainer trainer(recipe, {train, &validation}, "runs/mucon_50salads");
//   training::RunResult result = trainer.run();
//
// The order of an epoch's videos, and which of them carry labels under mixed supervision, depend on the seed (and the
// epoch) alone. `clips_per_second` of an EpochResult are videos.

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "zoetrope/data/segmentation_set.h"
#include "zoetrope/models/list.h"
#include "zoetrope/training/sequence_recipe.h"
#include "zoetrope/training/trainer.h"

namespace zoetrope::training {

/// The sets outlive the trainer and have the same classes.
struct SequenceData {
  const data::SegmentationSet& train;
  const data::SegmentationSet* validation = nullptr;
};

class SequenceTrainer {
 public:
  /// Builds the model: num_classes and in_channels become the data's, and so does max_steps where the recipe does not
  /// say it (the longest training transcript and the end). Throws Error as Trainer's.
  SequenceTrainer(SequenceRecipe recipe, SequenceData data, std::filesystem::path folder,
                  TrainerOptions options = {}, const models::ModelList& models = models::all_models());
  ~SequenceTrainer();

  /// Throws Error: kInterrupted after a signal, with a checkpoint of the step that was done last; kFailed for a loss
  /// that is no number.
  RunResult run();

  [[nodiscard]] models::Model& model() noexcept { return *model_; }
  /// Whether that training video's labels are used.
  [[nodiscard]] bool is_labelled(std::size_t video) const { return labelled_[video]; }

 private:
  void start_or_resume();
  EpochResult train_epoch();
  double train_step(std::size_t video);
  void finish_epoch(EpochResult& result);
  [[nodiscard]] bool validates() const;
  [[nodiscard]] bool stops_early() const;
  [[nodiscard]] bool is_taught() const;
  [[nodiscard]] std::vector<tasks::HeadMetrics> validate();
  [[nodiscard]] tasks::SequenceTarget target_of(std::size_t video) const;
  void write_bundle(const char* name, const EpochResult& result) const;
  void save();
  [[nodiscard]] RunState state();

  SequenceRecipe recipe_;
  SequenceData data_;
  std::filesystem::path folder_;
  TrainerOptions options_;
  const models::ModelList& models_;
  std::shared_ptr<models::Model> model_;
  std::unique_ptr<Optimizer> optimizer_;
  Schedule schedule_;
  std::optional<MovingAverage> average_;
  std::vector<bool> labelled_;
  RunPosition position_;
  std::unique_ptr<RunLog> log_;
};

/// Columns 0, sample, 2 sample, ... of a video's features: [1, D, T].
[[nodiscard]] torch::Tensor load_features(const data::FeatureFile& file, std::int64_t sample = 1,
                                          std::int64_t num_frames = -1);

}  // namespace zoetrope::training
