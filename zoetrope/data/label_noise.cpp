#include "zoetrope/data/label_noise.h"

#include <algorithm>

#include "zoetrope/core/random.h"

namespace zoetrope::data {
namespace {

using Labels = std::vector<std::int64_t>;

constexpr std::uint64_t kPurpose = 4;  // in the keys of generators

// One of the classes that are not among these; -1 where all are.
std::int64_t another(const Labels& labels, std::int64_t classes, RandomGenerator& random) {
  const std::int64_t others = classes - std::ssize(labels);
  if (others <= 0) return -1;
  std::int64_t drawn = uniform_integer(random, 0, others);
  for (const std::int64_t label : labels) drawn += label <= drawn ? 1 : 0;  // ascending
  return drawn;
}

void say(Labels& labels, std::int64_t label) {
  const auto place = std::ranges::lower_bound(labels, label);
  if (label >= 0 && (place == labels.end() || *place != label)) labels.insert(place, label);
}

}  // namespace

void describe(ConfigFields& fields, LabelNoiseOptions& options) {
  fields.field("missing", options.missing, "probability that a label that holds is not said").range(0, 1);
  fields.field("wrong", options.wrong, "for each label that holds, probability that another is said")
      .range(0, 1);
}

void add_label_noise(Dataset& dataset, const LabelNoiseOptions& options, std::uint64_t seed) {
  for (std::size_t i = 0; i < dataset.samples.size(); ++i) {
    auto& sets = dataset.samples[i].labels;
    for (std::size_t s = 0; s < sets.size(); ++s) {
      if (!sets[s]) continue;
      RandomGenerator random =
          keyed_generator(seed, {static_cast<std::uint64_t>(i), static_cast<std::uint64_t>(s), kPurpose});
      const LabelSet& set = dataset.label_sets[s];
      const Labels truth = *sets[s];
      Labels said;
      for (const std::int64_t label : truth) {
        const bool is_said = uniform(random) >= options.missing;
        const bool is_wrong = uniform(random) < options.wrong;
        const std::int64_t other = another(truth, std::ssize(set.names), random);
        if (is_said && !(is_wrong && set.exclusive && other >= 0)) say(said, label);
        if (is_wrong && (is_said || !set.exclusive)) say(said, other);
      }
      sets[s] = std::move(said);
      if (set.exclusive && sets[s]->empty() && !truth.empty()) sets[s].reset();
    }
  }
}

}  // namespace zoetrope::data
