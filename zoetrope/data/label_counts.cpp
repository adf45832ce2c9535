#include "zoetrope/data/label_counts.h"

namespace zoetrope::data {
namespace {

LabelCounts count_set(const Dataset& dataset, std::size_t set) {
  LabelCounts counts;
  counts.samples.resize(dataset.label_sets[set].names.size());
  for (const Sample& sample : dataset.samples) {
    const auto& ids = sample.labels[set];
    ++(ids ? counts.labelled : counts.unlabelled);
    if (!ids) continue;
    for (const std::int64_t id : *ids) ++counts.samples[static_cast<std::size_t>(id)];
  }
  for (std::size_t id = 0; id < counts.samples.size(); ++id) {
    const std::int64_t count = counts.samples[id];
    if (count == 0) {
      ++counts.num_empty;
      continue;
    }
    if (count > counts.samples[counts.most]) counts.most = id;
    const std::int64_t least = counts.samples[counts.least];
    if (least == 0 || count < least) counts.least = id;
  }
  if (counts.num_empty < counts.samples.size()) {
    counts.ratio =
        static_cast<double>(counts.samples[counts.most]) / static_cast<double>(counts.samples[counts.least]);
  }
  return counts;
}

}  // namespace

std::vector<LabelCounts> count_labels(const Dataset& dataset) {
  std::vector<LabelCounts> counts;
  for (std::size_t set = 0; set < dataset.label_sets.size(); ++set) counts.push_back(count_set(dataset, set));
  return counts;
}

}  // namespace zoetrope::data
