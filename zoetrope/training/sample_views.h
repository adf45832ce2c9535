#pragma once
// Clips of a data set's samples as inference makes them: several views in time and space of each, to be averaged.
//
//   data::Loader loader(dataset, training::view_source(bundle.config.preprocessing, views),
//                       training::view_loader_options(bundle.config.preprocessing, views));
//   while (std::optional<data::Batch> batch = loader.next()) engine.run(batch->clips[0]);  // batches of one sample

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/data/loader.h"

namespace zoetrope::training {

struct ViewOptions {
  std::int64_t clips = 10;  ///< views in time of a sample
  std::int64_t crops = 1;   ///< views in space: 1, 3, 5 or 10
  int workers = 0;          ///< threads that make clips; 0: one a core
  double max_broken = 1;    ///< share of the samples that may be unreadable
};

/// Makes float [clips crops, 3, T, crop, crop] of a sample. `preprocessing` outlives the source.
[[nodiscard]] data::SampleSource view_source(const bundle::Preprocessing& preprocessing,
                                             const ViewOptions& options);

/// A sample a batch, in the data set's order.
[[nodiscard]] data::LoaderOptions view_loader_options(const bundle::Preprocessing& preprocessing,
                                                      const ViewOptions& options);

}  // namespace zoetrope::training
