#pragma once
// Videos grouped by what a bundle sees in them, without labels; and, where there are labels, how well the groups agree
// with the classes (M. Fayyaz, Holistic Video Understanding, table 5.11: k-means over features, as many clusters as
// classes, accuracy by the best one-to-one assignment).
//
//   const training::Clustering result = training::cluster(bundle, dataset, {.clusters = 20, .views = {.clips = 4}});
//   result.clusters[i];  // of dataset.samples[result.samples[i]]

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/progress.h"
#include "zoetrope/data/loader.h"
#include "zoetrope/metrics/clustering.h"
#include "zoetrope/training/sample_views.h"

namespace zoetrope::training {

struct ClusteringOptions {
  std::int64_t clusters = 0;       ///< 0: as many as the first label set has classes
  std::string layer = "features";  ///< what the classifier takes, or a stage by its authors' name
  std::uint64_t seed = 1;          ///< of k-means' seeding
  ViewOptions views = {};
  ProgressMode progress = ProgressMode::kNone;
};

struct Clustering {
  std::vector<std::int64_t> samples;   ///< that could be read, as indices into the data set
  std::vector<std::int64_t> clusters;  ///< of each of them
  /// With the first label set, where it is exclusive and labels every sample that could be read.
  std::optional<metrics::ClusterAgreement> agreement;
  std::vector<data::BrokenSample> missing;
};

/// A sample's feature is the layer's output, averaged over time, space and views, and scaled to unit length.
/// Throws Error: kUsage for a layer that the model does not have, and for more clusters than samples; kInterrupted
/// after a signal.
[[nodiscard]] Clustering cluster(const bundle::Bundle& bundle, const data::Dataset& dataset,
                                 const ClusteringOptions& options = {},
                                 const models::ModelList& models = models::all_models());

}  // namespace zoetrope::training
