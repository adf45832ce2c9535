#pragma once
// Clips of a data set's samples as inference makes them: several views in time and space of each, to be averaged.
//
//   data::Loader loader(dataset, training::view_source(bundle.config.preprocessing, views),
//                       training::view_loader_options(views));
//   while (std::optional<data::Batch> batch = loader.next()) engine.run(batch->parts[0]);

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/data/loader.h"

namespace zoetrope::training {

/// Of a sample that is seen whole: of a longer one, as many spread over it.
inline constexpr std::int64_t kMaxClips = 100;

struct ViewOptions {
  std::int64_t clips = 10;  ///< views in time of a sample; 0: one after another, at most kMaxClips
  std::int64_t crops = 1;   ///< views in space: 1, 3, 5 or 10
  int workers = 0;          ///< threads that make clips; 0: one a core
  double max_broken = 1;    ///< share of the samples that may be unreadable
};

/// Makes float [clips crops, 3, T, crop, crop] of a sample: of `clips = 0`, windows of a clip's length that do not
/// overlap, the last one where half of it is left. `preprocessing` outlives the source.
[[nodiscard]] data::SampleSource view_source(const bundle::Preprocessing& preprocessing,
                                             const ViewOptions& options);

/// A sample a batch, in the data set's order: its views are the batch's only part.
[[nodiscard]] data::LoaderOptions view_loader_options(const ViewOptions& options);

}  // namespace zoetrope::training
