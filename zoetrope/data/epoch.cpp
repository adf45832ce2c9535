#include "zoetrope/data/epoch.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/core/random.h"

namespace zoetrope::data {

Epoch::Epoch(const EpochOptions& options, std::int64_t number) : options_(options) {
  if (options.samples < 1) throw Error::usage("an epoch needs at least one sample");
  if (options.batch_size < 1)
    throw Error::usage("a batch holds at least one sample, not {}", options.batch_size);
  if (options.world_size < 1 || options.rank < 0 || options.rank >= options.world_size)
    throw Error::usage("rank {} is none of {} ranks", options.rank, options.world_size);
  order_.resize(static_cast<std::size_t>(options.samples));
  std::iota(order_.begin(), order_.end(), 0);
  if (options.shuffle) {
    RandomGenerator random = keyed_generator(options.seed, {static_cast<std::uint64_t>(number)});
    zoetrope::shuffle(order_, random);
  }
  const std::int64_t step = options.batch_size;
  steps_ = options.drop_last ? std::max<std::int64_t>(1, options.samples / step)
                             : (options.samples + step - 1) / step;
}

std::vector<std::int64_t> Epoch::batch(std::int64_t step) const {
  const std::int64_t size = options_.batch_size;
  const std::int64_t end = std::min(options_.samples, (step + 1) * size);
  std::vector<std::int64_t> samples;
  for (std::int64_t i = step * size + options_.rank; i < end; i += options_.world_size)
    samples.push_back(order_[static_cast<std::size_t>(i)]);
  return samples;
}

}  // namespace zoetrope::data
