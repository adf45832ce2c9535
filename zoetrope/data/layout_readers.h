#pragma once
// The readers of single layouts, which `read_dataset` (layouts.h) calls with options that it has checked.

#include "zoetrope/data/layouts.h"

namespace zoetrope::data {

[[nodiscard]] Dataset read_folders(const DatasetOptions& options);
[[nodiscard]] Dataset read_kinetics(const DatasetOptions& options);
[[nodiscard]] Dataset read_ucf101(const DatasetOptions& options);
[[nodiscard]] Dataset read_hmdb51(const DatasetOptions& options);
[[nodiscard]] Dataset read_ssv2(const DatasetOptions& options);
[[nodiscard]] Dataset read_multi_moments(const DatasetOptions& options);
[[nodiscard]] Dataset read_hvu(const DatasetOptions& options);
[[nodiscard]] Dataset read_coview(const DatasetOptions& options);
[[nodiscard]] Dataset read_csv(const DatasetOptions& options);

}  // namespace zoetrope::data
