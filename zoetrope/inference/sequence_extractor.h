#pragma once
// Features of a whole video by the extractor that a bundle of feature sequences names: what `segment` and
// `detect` do where they are given a video in place of features.

#include <torch/torch.h>

#include <filesystem>
#include <optional>
#include <string>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/inference/features.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::inference {

struct ExtractedFeatures {
  torch::Tensor columns = {};  ///< [D, T]
  double fps = 0;              ///< columns a second
  timeline::VideoSource video = {};
};

class SequenceExtractor {
 public:
  /// `extractor` is a bundle's folder; empty: what `bundle` names, as seen from its own folder.
  SequenceExtractor(const bundle::Bundle& bundle, std::string extractor);

  /// The extractor is loaded with the first video. Throws Error (kUsage) where none is named.
  [[nodiscard]] ExtractedFeatures extract(const media::VideoReader& reader,
                                          const FrameProgress& progress = {});

 private:
  std::filesystem::path folder_;  // of the bundle
  bundle::SequenceSection sequence_;
  std::string extractor_;
  std::optional<FeatureExtractor> loaded_;
};

}  // namespace zoetrope::inference
