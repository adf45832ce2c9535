#pragma once
// How often each label of a data set occurs: what an imbalance, an empty class or a half-labelled set shows
// in before a training does.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/data/dataset.h"

namespace zoetrope::data {

struct LabelCounts {
  std::vector<std::int64_t> samples = {};  ///< by class id
  std::int64_t labelled = 0;  ///< samples that say something of this set, if only that none holds
  std::int64_t unlabelled = 0;
  std::size_t most = 0;       ///< the class of most samples; the first of equals, as below
  std::size_t least = 0;      ///< the class of least samples among those that have any
  double ratio = 1;           ///< samples of `most` to those of `least`; 1 where no class has any
  std::size_t num_empty = 0;  ///< classes without a sample
};

/// For each of the data set's label sets.
[[nodiscard]] std::vector<LabelCounts> count_labels(const Dataset& dataset);

}  // namespace zoetrope::data
