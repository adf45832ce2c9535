#include "zoetrope/training/clustering.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "zoetrope/bundle/trial.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/inference/engine.h"

namespace zoetrope::training {
namespace {

// [D] of unit length, from [views, D, ...].
torch::Tensor feature_of(torch::Tensor output) {
  while (output.dim() > 2) output = output.mean(-1);
  const torch::Tensor mean = output.mean(0);
  return mean / mean.norm().clamp_min(1e-12);
}

torch::Tensor output_of(inference::Engine& engine, const torch::Tensor& clips, const std::string& layer) {
  models::Stages stages(std::set<std::string>{layer});
  const models::NamedTensors outputs = engine.run(clips, &stages);
  for (const models::NamedTensors* tensors : {&outputs, &stages.kept()}) {
    for (const auto& [name, tensor] : *tensors) {
      if (name == layer) return tensor;
    }
  }
  throw Error::model("layer '{}' gives nothing for this clip", layer);
}

void check_layer(const bundle::Bundle& bundle, const std::string& layer, const models::ModelList& models) {
  const bundle::Preprocessing& p = bundle.config.preprocessing;
  const std::vector<std::string> names = bundle::layers_for(bundle.config.model, p.frames, p.crop, models);
  if (std::ranges::find(names, layer) != names.end()) return;
  throw Error::usage("{} has no layer '{}'{}; it has {}", bundle.config.model.name, layer,
                     did_you_mean(layer, names), fmt::join(names, ", "));
}

std::optional<metrics::ClusterAgreement> agreement_with(const data::Dataset& dataset,
                                                        const Clustering& result) {
  if (dataset.label_sets.empty() || !dataset.label_sets.front().exclusive) return std::nullopt;
  std::vector<std::int64_t> truth;
  for (const std::int64_t index : result.samples) {
    const auto& labels = dataset.samples[static_cast<std::size_t>(index)].labels.front();
    if (!labels || labels->size() != 1) return std::nullopt;
    truth.push_back(labels->front());
  }
  return metrics::match_clusters(result.clusters, truth);
}

}  // namespace

Clustering cluster(const bundle::Bundle& bundle, const data::Dataset& dataset,
                   const ClusteringOptions& options, const models::ModelList& models) {
  const torch::NoGradGuard no_grad;
  check_layer(bundle, options.layer, models);
  inference::Engine engine(bundle.model);
  const bundle::Preprocessing& preprocessing = bundle.config.preprocessing;
  data::Loader loader(dataset, view_source(preprocessing, options.views),
                      view_loader_options(preprocessing, options.views));
  Progress progress({.label = "cluster",
                     .unit = "sample",
                     .units = "samples",
                     .total = std::ssize(dataset.samples),
                     .mode = options.progress});
  Clustering result;
  std::vector<float> features;
  loader.start(0);
  while (std::optional<data::Batch> batch = loader.next()) {
    throw_if_interrupted();
    progress.advance();
    if (batch->samples.empty()) continue;
    const torch::Tensor feature =
        feature_of(output_of(engine, batch->clips[0], options.layer)).to(torch::kFloat).contiguous();
    features.insert(features.end(), feature.data_ptr<float>(), feature.data_ptr<float>() + feature.numel());
    result.samples.push_back(batch->samples.front());
  }
  progress.finish();
  result.missing = loader.broken();
  std::int64_t clusters = options.clusters;
  if (clusters == 0 && !dataset.label_sets.empty()) clusters = std::ssize(dataset.label_sets.front().names);
  if (clusters < 1 || clusters > std::ssize(result.samples))
    throw Error::usage("{} videos cannot be put into {} clusters", result.samples.size(), clusters);
  RandomGenerator random = keyed_generator(options.seed, {});
  result.clusters = metrics::k_means(features, features.size() / result.samples.size(),
                                     {.num_clusters = static_cast<std::size_t>(clusters)}, random)
                        .labels;
  result.agreement = agreement_with(dataset, result);
  return result;
}

}  // namespace zoetrope::training
