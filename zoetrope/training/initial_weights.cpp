#include "zoetrope/training/initial_weights.h"

#include <algorithm>
#include <vector>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/models/state.h"

namespace zoetrope::training {
namespace {

// What fits a state, of a network's.
models::NamedTensors fitting_of(const models::NamedTensors& own, const torch::nn::Module& source) {
  models::NamedTensors fitting;
  for (const auto& [name, tensor] : models::state_of(source)) {
    const auto place = std::ranges::find(own, name, &models::NamedTensors::value_type::first);
    if (place != own.end() && place->second.sizes() == tensor.sizes()) fitting.emplace_back(name, tensor);
  }
  return fitting;
}

// Not counting single numbers, such as a norm's count of batches, which fit any network.
double numbers(const models::NamedTensors& tensors) {
  double sum = 0;
  for (const auto& [name, tensor] : tensors)
    sum += tensor.dim() > 0 ? static_cast<double>(tensor.numel()) : 0;
  return sum;
}

// `key`: of the recipe, for messages.
void take_over(torch::nn::Module& module, const std::string& key, const std::filesystem::path& folder,
               const models::ModelList& models) {
  const bundle::Bundle source = bundle::load_bundle(folder, models);
  const models::NamedTensors own = models::state_of(module);
  const models::NamedTensors fitting = fitting_of(own, *source.model);
  if (numbers(fitting) == 0) {
    throw Error::model("{}: {}: no weight of it fits the model; it is of a network '{}' with its options",
                       key, folder.string(), source.config.model.name);
  }
  models::load_state(module, fitting, models::LoadMode::kPartial);
  const double share = numbers(fitting) / numbers(own);
  const std::string text =
      fmt::format("{}: {} of {} tensors, {:.0f} % of the weights, are taken over from {}", key,
                  fitting.size(), own.size(), 100 * share, folder.string());
  constexpr double kFew = 0.5;
  share < kFew ? log_warning("{}", text) : log_info("{}", text);
}

}  // namespace

bool any_weight_fits(const models::Model& model, const models::Model& source) {
  return numbers(fitting_of(models::state_of(model), source)) > 0;
}

void take_over_weights(models::Model& model, const std::filesystem::path& folder,
                       const models::ModelList& models) {
  take_over(model, "init", folder, models);
}

void take_over_parts(models::Model& model, const std::map<std::string, std::string>& parts,
                     const models::ModelList& models) {
  const auto modules = model.named_modules("", /*include_self=*/false);
  for (const auto& [part, folder] : parts) {
    const auto* module = modules.find(part);
    if (!module)
      throw Error::usage("init_parts: the model has no part '{}'{}", part,
                         did_you_mean(part, modules.keys()));
    take_over(**module, "init_parts." + part, folder, models);
  }
}

}  // namespace zoetrope::training
