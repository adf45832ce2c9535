#include "zoetrope/training/moving_average.h"

#include <algorithm>

#include "zoetrope/core/error.h"
#include "zoetrope/models/state.h"

namespace zoetrope::training {

MovingAverage::MovingAverage(const models::Model& model, double decay) : decay_(decay) {
  for (const auto& [name, tensor] : models::state_of(model))
    average_.emplace_back(name, tensor.detach().clone());
}

void MovingAverage::update(const models::Model& model) {
  const torch::NoGradGuard no_grad;
  ++updates_;
  const auto n = static_cast<double>(updates_);
  const double decay = std::min(decay_, (1 + n) / (10 + n));
  const models::NamedTensors state = models::state_of(model);
  const auto parameters = model.named_parameters();
  for (std::size_t i = 0; i < state.size(); ++i) {
    const bool is_buffer = parameters.find(state[i].first) == nullptr;
    torch::Tensor& average = average_[i].second;
    is_buffer ? average.copy_(state[i].second) : average.lerp_(state[i].second, 1 - decay);
  }
}

void MovingAverage::restore(const models::NamedTensors& average, std::int64_t updates) {
  const torch::NoGradGuard no_grad;
  bool fits = average.size() == average_.size();
  for (auto& [name, tensor] : average_) {
    const auto found = std::ranges::find(average, name, &models::NamedTensors::value_type::first);
    fits = fits && found != average.end() && found->second.sizes() == tensor.sizes();
    if (fits) tensor.copy_(found->second);
  }
  if (!fits) throw Error::model("the moving average of a checkpoint is of another model");
  updates_ = updates;
}

WeightsInPlace::WeightsInPlace(models::Model& model, const models::NamedTensors& weights)
    : places_(models::state_of(model)) {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    own_.push_back(places_[i].second.detach().clone());
    places_[i].second.copy_(weights[i].second);
  }
}

WeightsInPlace::~WeightsInPlace() {
  const torch::NoGradGuard no_grad;
  for (std::size_t i = 0; i < places_.size(); ++i) places_[i].second.copy_(own_[i]);
}

}  // namespace zoetrope::training
