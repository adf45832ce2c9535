#include "zoetrope/bundle/import.h"

#include <chrono>
#include <string_view>
#include <unordered_map>

#include "zoetrope/core/error.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/models/state.h"
#include "zoetrope/weights/safetensors_header.h"
#include "zoetrope/weights/state_dict.h"

namespace zoetrope::bundle {
namespace {

using weights::Fit;
using weights::NamedTensors;
using weights::NameMap;

std::string today() {
  const std::chrono::year_month_day date{
      std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now())};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}

torch::Tensor fitted(const torch::Tensor& source, const torch::Tensor& target, Fit fit,
                     weights::Inflation how) {
  switch (fit) {
    case Fit::kSame:
      return source;
    case Fit::kReshape:
      return source.reshape(target.sizes());
    case Fit::kInflate:
      return weights::inflate(source.to(target.scalar_type()), target.size(2), how);
  }
  return source;
}

void fill(const NamedTensors& state, const NamedTensors& source, const NameMap& map, weights::Inflation how) {
  std::unordered_map<std::string_view, torch::Tensor> sources;
  std::unordered_map<std::string_view, torch::Tensor> targets;
  for (const auto& [name, tensor] : source) sources.emplace(name, tensor);
  for (const auto& [name, tensor] : state) targets.emplace(name, tensor);
  const torch::NoGradGuard no_grad;
  for (const weights::NameMatch& match : map.matched) {
    torch::Tensor& target = targets.at(match.target);
    target.copy_(fitted(sources.at(match.source), target, match.fit, how));
  }
}

// One line that says how much does not fit, and with what it begins.
[[noreturn]] void refuse_incomplete(const ImportPlan& plan) {
  const NameMap& map = plan.map;
  std::string first;
  if (!map.mis_shaped.empty()) {
    const weights::MisShaped& pair = map.mis_shaped.front();
    first =
        fmt::format("{} is {} in the checkpoint and {} in the model", weights::quoted_name(pair.target.name),
                    weights::shape_text(pair.source.shape), weights::shape_text(pair.target.shape));
  } else {
    first = fmt::format("{} is missing", weights::quoted_name(map.missing.front()));
  }
  throw Error::model(
      "{}: it does not fill the model '{}': {} tensors are missing and {} of another shape ({}); give the "
      "options that it was "
      "trained with, such as num_classes, or allow a partial import",
      plan.source.string(), plan.options.model.name, map.missing.size(), map.mis_shaped.size(), first);
}

}  // namespace

ImportPlan plan_import(const std::filesystem::path& source, const ImportOptions& options,
                       const ModelList& models) {
  ImportPlan plan{.source = source, .options = options, .map = {}, .model = nullptr};
  plan.model = models::find_model(options.model.name, models).build({options.model.options});
  plan.model->eval();
  const NamedTensors tensors = weights::read_weights(source.string(), options.key);
  const NamedTensors state = models::state_of(*plan.model);
  plan.map = weights::map_names(weights::shapes_of(tensors), weights::shapes_of(state),
                                {.inflate = options.inflate});
  fill(state, tensors, plan.map, options.inflation);
  return plan;
}

void write_import(const ImportPlan& plan, const std::filesystem::path& folder, Overwrite overwrite,
                  const ModelList& models) {
  if (!plan.map.complete() && !plan.options.partial) refuse_incomplete(plan);
  if (plan.map.matched.empty()) {
    throw Error::model("{}: none of its tensors is one of the model '{}'", plan.source.string(),
                       plan.options.model.name);
  }
  BundleConfig config;
  config.task = plan.options.task;
  config.model = plan.options.model;
  config.preprocessing = plan.options.preprocessing;
  config.metrics = plan.options.metrics;
  config.provenance = {.source = plan.source.filename().string(),
                       .sha256 = sha256_of_file(plan.source),
                       .date = today(),
                       .licence = plan.options.licence,
                       .notes = plan.options.notes};
  write_bundle(folder, config, plan.options.labels, *plan.model, overwrite, models);
}

ImportPlan import_checkpoint(const std::filesystem::path& source, const std::filesystem::path& folder,
                             const ImportOptions& options, Overwrite overwrite, const ModelList& models) {
  ImportPlan plan = plan_import(source, options, models);
  write_import(plan, folder, overwrite, models);
  return plan;
}

}  // namespace zoetrope::bundle
