#include "zoetrope/bundle/trial.h"

#include "zoetrope/core/error.h"
#include "zoetrope/models/sequence.h"
#include "zoetrope/nn/shape_only.h"

namespace zoetrope::bundle {

std::vector<std::string> layers_for(const ModelSection& section, std::int64_t frames, std::int64_t side,
                                    const models::ModelList& models) {
  const nn::ShapeOnly shapes;
  const torch::NoGradGuard no_grad;
  const std::shared_ptr<models::Model> model =
      models::find_model(section.name, models).build({section.options});
  model->eval();
  const bool is_sequence = models::takes_sequence(*model);
  std::vector<std::int64_t> shape = model->native_clip();
  if (!is_sequence) shape = {1, shape.at(1), frames, side, side};
  const auto refuse = [&](const std::string& why) {
    if (is_sequence) return Error::model("'{}' does not take its own features: {}", section.name, why);
    return Error::model(
        "'{}' does not take clips of {} frames and {} x {} pixels (preprocessing.frames, crop): {}",
        section.name, frames, side, side, why);
  };
  models::Stages stages;
  models::NamedTensors outputs;
  try {
    outputs = model->run(model->inputs_of(torch::empty(shape)), &stages);
  } catch (const Error& error) {
    throw refuse(error.what());
  } catch (const c10::Error& error) {
    throw refuse(error.what_without_backtrace());
  }
  std::vector<std::string> names;
  for (const auto& [name, value] : outputs) names.push_back(name);
  for (const auto& [name, value] : stages.kept()) names.push_back(name);
  return names;
}

}  // namespace zoetrope::bundle
