#include "zoetrope/bundle/import.h"

#include <algorithm>
#include <chrono>
#include <string_view>
#include <unordered_map>

#include "zoetrope/bundle/published.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
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

void fill(const NamedTensors& state, const NamedTensors& source, const NameMap& map, weights::Inflation how,
          const std::string& path) {
  std::unordered_map<std::string_view, torch::Tensor> sources;
  std::unordered_map<std::string_view, torch::Tensor> targets;
  for (const auto& [name, tensor] : source) sources.emplace(name, tensor);
  for (const auto& [name, tensor] : state) targets.emplace(name, tensor);
  const torch::NoGradGuard no_grad;
  for (const weights::NameMatch& match : map.matched) {
    torch::Tensor& target = targets.at(match.target);
    const torch::Tensor& values = sources.at(match.source);
    if (values.is_floating_point() && !torch::isfinite(values).all().item<bool>()) {
      throw Error::model("{}: {} holds values that are no numbers; the training that wrote it has failed",
                         path, weights::quoted_name(match.source));
    }
    target.copy_(fitted(values, target, match.fit, how));
  }
}

// What is matched although the names say something else.
void warn_of_guesses(const ImportPlan& plan) {
  constexpr std::size_t kClassifier = 2;
  if (const std::size_t guessed = plan.map.by_structure(); guessed > kClassifier) {
    log_warning("{}: {} tensors were matched by their order and shapes alone; see the report",
                plan.source.string(), guessed);
  }
  if (plan.map.dialect.find("without its shifts") != std::string::npos) {
    log_warning("{}: is of a network with temporal shifts, which the model '{}' does not have",
                plan.source.string(), plan.options.model.name);
  }
}

// Of a classifier's weight or bias alone in another shape: its classes in the checkpoint; else an example.
std::int64_t classes_of(const NameMap& map) {
  constexpr std::int64_t kExample = 174;
  std::int64_t classes = 0;
  for (const weights::MisShaped& pair : map.mis_shaped) {
    const std::int64_t here = pair.source.shape.empty() ? 0 : pair.source.shape.front();
    if (classes != 0 && here != classes) return kExample;
    classes = here;
  }
  return classes > 0 ? classes : kExample;
}

// Pictures' kernels for those of clips.
bool wants_inflation(const ImportPlan& plan) {
  constexpr std::size_t kKernel2d = 4, kKernel3d = 5;
  return !plan.options.inflate &&
         std::ranges::any_of(plan.map.mis_shaped, [](const weights::MisShaped& pair) {
           return pair.source.shape.size() == kKernel2d && pair.target.shape.size() == kKernel3d;
         });
}

// Single numbers, such as a norm's count of batches, fit any network.
bool fills_a_weight(const ImportPlan& plan) {
  const auto parameters = plan.model->named_parameters();
  return std::ranges::any_of(
      plan.map.matched, [&](const weights::NameMatch& match) { return parameters.contains(match.target); });
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
      "{}: it does not fill the model '{}'; missing tensors: {}, of another shape: {} ({}); give {}the "
      "options that it was trained with (--option num_classes={}), or --partial",
      plan.source.string(), plan.options.model.name, map.missing.size(), map.mis_shaped.size(), first,
      wants_inflation(plan) ? "--inflate, for it is of a 2D network, " : "", classes_of(map));
}

}  // namespace

ImportPlan plan_import(const std::filesystem::path& source, const ImportOptions& options,
                       const ModelList& models) {
  ImportPlan plan{.source = source, .options = options, .preprocessing = {}, .map = {}, .model = nullptr};
  plan.model = models::find_model(options.model.name, models).build({options.model.options});
  plan.model->eval();
  plan.preprocessing = published_preprocessing(options.model.name, *plan.model);
  read_config({options.preprocessing}, plan.preprocessing);
  const NamedTensors tensors = weights::read_weights(source.string(), options.key);
  const NamedTensors state = models::state_of(*plan.model);
  plan.map = weights::map_names(weights::shapes_of(tensors), weights::shapes_of(state),
                                {.inflate = options.inflate});
  fill(state, tensors, plan.map, options.inflation, source.string());
  return plan;
}

void write_import(const ImportPlan& plan, const std::filesystem::path& folder, Overwrite overwrite,
                  const ModelList& models) {
  if (!plan.map.complete() && !plan.options.partial) refuse_incomplete(plan);
  if (const auto left = plan.map.left_over(); !left.empty() && !plan.options.partial) {
    throw Error::model(
        "{}: the model '{}' has no place for {} of its tensors ({}), so its scores would not be the "
        "checkpoint's; "
        "choose the model or the options that it was trained with, or --partial",
        plan.source.string(), plan.options.model.name, left.size(), weights::quoted_name(left.front()));
  }
  warn_of_guesses(plan);
  if (!fills_a_weight(plan)) {
    throw Error::model("{}: none of its weights is one of the model '{}' with these options",
                       plan.source.string(), plan.options.model.name);
  }
  BundleConfig config;
  config.weights.untrained = plan.map.missing;
  for (const weights::MisShaped& pair : plan.map.mis_shaped)
    config.weights.untrained.push_back(pair.target.name);
  config.task = plan.options.task;
  config.model = plan.options.model;
  config.preprocessing = plan.preprocessing;
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
