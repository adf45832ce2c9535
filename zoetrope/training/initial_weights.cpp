#include "zoetrope/training/initial_weights.h"

#include <algorithm>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/models/state.h"

namespace zoetrope::training {

void take_over_weights(models::Model& model, const std::filesystem::path& folder,
                       const models::ModelList& models) {
  const bundle::Bundle source = bundle::load_bundle(folder, models);
  const models::NamedTensors own = models::state_of(model);
  models::NamedTensors fitting;
  for (const auto& [name, tensor] : models::state_of(*source.model)) {
    const auto place = std::ranges::find(own, name, &models::NamedTensors::value_type::first);
    if (place != own.end() && place->second.sizes() == tensor.sizes()) fitting.emplace_back(name, tensor);
  }
  if (fitting.empty()) throw Error::model("init: {}: no tensor of it fits the model", folder.string());
  models::load_state(model, fitting, models::LoadMode::kPartial);
  log_info("init: {} of {} tensors are taken over from {}", fitting.size(), own.size(), folder.string());
}

}  // namespace zoetrope::training
