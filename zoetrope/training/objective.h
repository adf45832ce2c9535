#pragma once
// What a run over features learns: its data, the loss of a step, its validation, and what its bundle says. The trainer
// (objective_trainer.h) owns the rest: the loop, rates, checkpoints, logs, the best and the last bundle.
//
// A method is one class. Its random choices follow from the recipe's seed and the epoch, never from what was drawn
// before, so that a run goes on bit for bit; what it learns beside the weights (buffers of alignments, mean lengths) is
// its state(), which checkpoints keep.

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/models/model.h"
#include "zoetrope/models/state.h"
#include "zoetrope/tasks/scoring.h"
#include "zoetrope/training/run_options.h"

namespace zoetrope::training {

/// A step of an epoch; the model is in training mode, and on the device.
struct ObjectiveStep {
  models::Model& model;
  torch::Device device;
  std::int64_t epoch;  ///< from 0
  std::int64_t index;  ///< in the epoch
};

class Objective {
 public:
  virtual ~Objective() = default;

  /// The model with what the data makes of it (classes, dimensions).
  [[nodiscard]] virtual const RunOptions& run() const = 0;
  [[nodiscard]] virtual RecipeText recipe() const = 0;

  /// Of an epoch.
  [[nodiscard]] virtual std::int64_t steps() const = 0;
  /// Before the epoch's first step, and again where a run goes on in its middle.
  virtual void begin_epoch(std::int64_t /*epoch*/) {}
  /// A number, of which gradients are taken.
  [[nodiscard]] virtual torch::Tensor loss(const ObjectiveStep& step) = 0;
  /// After the epoch's last step, before it is validated; again where a run goes on from there. The model is in
  /// training mode.
  virtual void end_epoch(models::Model& /*model*/, torch::Device /*device*/, std::int64_t /*epoch*/) {}
  /// Whether nothing is left to learn: the run ends before its epochs do.
  [[nodiscard]] virtual bool is_done() const { return false; }
  /// How good the epoch is, the higher the better, where the method has a measure of its own: the best bundle goes by
  /// it then, and not by validation.
  [[nodiscard]] virtual std::optional<double> merit() const { return std::nullopt; }
  /// What a step learns from, for messages: "video 'P03'".
  [[nodiscard]] virtual std::string name_of(std::int64_t index) const = 0;

  [[nodiscard]] virtual bool validates() const = 0;
  /// The model is in inference mode.
  [[nodiscard]] virtual std::vector<tasks::HeadMetrics> validate(models::Model& model,
                                                                 torch::Device device) = 0;

  /// Fills in the task and what belongs to it; the model, metrics and provenance are there.
  virtual void describe_bundle(bundle::BundleConfig& config) const = 0;
  [[nodiscard]] virtual const std::vector<std::string>& labels() const = 0;

  [[nodiscard]] virtual models::NamedTensors state() const { return {}; }
  /// Throws Error (kModel) for a state of another objective.
  virtual void restore(const models::NamedTensors& /*state*/) {}
};

}  // namespace zoetrope::training
