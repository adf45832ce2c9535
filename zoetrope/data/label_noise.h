#pragma once
// Labels as machines make them: some that hold are missing, some that do not are said. What verified labels are worth is
// measured by training on such ones of a set whose labels are known (table 5.4 of M. Fayyaz, Holistic Video
// Understanding, whose machine-made tags are a fifth to three fifths more than the verified ones).
//
//   data::add_label_noise(train, {.missing = 0.3, .wrong = 0.6}, seed);

#include <cstdint>

#include "zoetrope/core/config.h"
#include "zoetrope/data/dataset.h"

namespace zoetrope::data {

struct LabelNoiseOptions {
  /// Probability that a label that holds is not said. Of an exclusive set the sample is then not labelled.
  double missing = 0;
  /// For each label that holds, probability that one of the others is said: beside it, or in an exclusive set in its
  /// place. All others are equally likely.
  double wrong = 0;
};
void describe(ConfigFields& fields, LabelNoiseOptions& options);

/// Changes the labels of all samples. What becomes of one depends on the seed, its place in the data set and the label
/// set alone. Samples that are not labelled for a set stay so; a label that is said is never said twice.
void add_label_noise(Dataset& dataset, const LabelNoiseOptions& options, std::uint64_t seed);

}  // namespace zoetrope::data
