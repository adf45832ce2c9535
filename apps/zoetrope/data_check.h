#pragma once
// The first action of `zoetrope data`: what the annotations of a set say, and whether its files are whole.

#include <string>

#include "apps/zoetrope/program.h"
#include "zoetrope/data/layouts.h"

namespace zoetrope::cli {

/// Layouts of whole videos with features, beside those of labelled clips.
inline constexpr const char* kSegmentationLayout = "segmentation";
inline constexpr const char* kDetectionLayout = "detection";

struct CheckOptions {
  std::string layout = "folders";
  std::string root, annotations, labels, output;
  data::DatasetOptions dataset;  ///< what the layouts of clips have beside those
  std::int64_t max_length_difference = 0;
  int workers = 0;
  bool no_decode = false;
  bool json = false;
};

/// Of a layout of clips.
[[nodiscard]] data::DatasetOptions dataset_options(const CheckOptions& options);

/// Prints what is found, returns the exit code. Throws Error.
int run_check(const CheckOptions& options, ProgressMode mode);

}  // namespace zoetrope::cli
