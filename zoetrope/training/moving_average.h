#pragma once
// An exponential moving average of a model's weights, which often generalises better than the last ones (Polyak and
// Juditsky, 1992): average <- d average + (1 - d) weights after each step, with d = min(decay, (1 + n) / (10 + n)) at
// step n, so that the first steps are soon forgotten. Buffers (the statistics of norms) are copied.

#include <torch/torch.h>

#include <cstdint>

#include "zoetrope/models/model.h"

namespace zoetrope::training {

class MovingAverage {
 public:
  /// Begins at the model's weights.
  MovingAverage(const models::Model& model, double decay);

  void update(const models::Model& model);

  /// By the names of the model's state; what checkpoints keep.
  [[nodiscard]] const models::NamedTensors& average() const noexcept { return average_; }
  [[nodiscard]] std::int64_t updates() const noexcept { return updates_; }
  /// Throws Error (kModel) where names or shapes differ.
  void restore(const models::NamedTensors& average, std::int64_t updates);

 private:
  models::NamedTensors average_;
  double decay_;
  std::int64_t updates_ = 0;
};

/// While one lives, a model has other weights; then its own again.
class WeightsInPlace {
 public:
  WeightsInPlace(models::Model& model, const models::NamedTensors& weights);
  ~WeightsInPlace();
  WeightsInPlace(const WeightsInPlace&) = delete;
  WeightsInPlace& operator=(const WeightsInPlace&) = delete;

 private:
  models::NamedTensors places_;
  std::vector<torch::Tensor> own_;
};

}  // namespace zoetrope::training
