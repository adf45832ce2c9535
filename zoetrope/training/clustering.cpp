#include "zoetrope/training/clustering.h"

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/inference/features.h"

namespace zoetrope::training {
namespace {

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
  inference::check_layer(bundle, options.layer, bundle.config.preprocessing.frames, models);
  inference::Engine engine(bundle.model);
  const bundle::Preprocessing& preprocessing = bundle.config.preprocessing;
  data::Loader loader(dataset, view_source(preprocessing, options.views), view_loader_options(options.views));
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
    const torch::Tensor mean = inference::layer_feature(engine, batch->parts[0], options.layer);
    const torch::Tensor feature = (mean / mean.norm().clamp_min(1e-12)).contiguous();
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
