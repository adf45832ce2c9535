#pragma once
// Features of a whole video by the extractor that a bundle of feature sequences names: what `segment` and
// `detect` do where they are given a video in place of features.

#include <torch/torch.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/inference/features.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::inference {

struct ExtractedFeatures {
  torch::Tensor columns = {};    ///< [1, D, T]: every `sample`-th column, as the bundle's network takes them
  std::int64_t num_columns = 0;  ///< before that
  double fps = 0;                ///< of those, a second
  timeline::VideoSource video = {};
};

class SequenceExtractor {
 public:
  /// `extractor` is a bundle's folder; empty: what `bundle` names, as seen from its own folder.
  SequenceExtractor(const bundle::Bundle& bundle, std::string extractor);

  /// The extractor is loaded with the first video. Throws Error: kUsage where none is named, kModel for one whose
  /// features have another number of dimensions than the network takes.
  [[nodiscard]] ExtractedFeatures extract(const media::VideoReader& reader,
                                          const FrameProgress& progress = {});

 private:
  std::filesystem::path folder_;  // of the bundle
  bundle::SequenceSection sequence_;
  std::int64_t dimensions_;
  std::string extractor_;
  std::optional<FeatureExtractor> loaded_;
};

}  // namespace zoetrope::inference
