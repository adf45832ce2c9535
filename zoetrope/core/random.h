#pragma once
// Random choices that depend on what they are for and on nothing else: a generator keyed by a seed and by
// numbers that name the choice (epoch, sample, purpose). The same on every platform, whatever thread, worker
// or machine makes the choice, and in whatever order.
//
//   RandomGenerator random = keyed_generator(seed, {epoch, sample});
//   if (uniform(random) < 0.5) flip();
//   std::int64_t start = uniform_integer(random, 0, frames);
//
// The standard library's distributions differ between implementations; these do not.

#include <cstdint>
#include <initializer_list>
#include <random>
#include <utility>
#include <vector>

namespace zoetrope {

using RandomGenerator = std::mt19937_64;  ///< its sequence is laid down by the C++ standard

/// Each step of SplitMix64 (Steele, Lea, Flood, OOPSLA 2014) mixes one number of the key into the state.
[[nodiscard]] std::uint64_t mix_seed(std::uint64_t seed, std::initializer_list<std::uint64_t> key) noexcept;

[[nodiscard]] inline RandomGenerator keyed_generator(std::uint64_t seed,
                                                     std::initializer_list<std::uint64_t> key) {
  return RandomGenerator(mix_seed(seed, key));
}

/// In [0, 1), of 53 bits.
[[nodiscard]] double uniform(RandomGenerator& random);
/// In [low, high).
[[nodiscard]] double uniform(RandomGenerator& random, double low, double high);
/// In [low, high), without bias; high > low.
[[nodiscard]] std::int64_t uniform_integer(RandomGenerator& random, std::int64_t low, std::int64_t high);
/// Of mean 0 and variance 1 (Box and Muller).
[[nodiscard]] double normal(RandomGenerator& random);
/// From Beta(alpha, alpha), alpha > 0, as mixing needs it (Joehnk's method up to 1, gammas above).
[[nodiscard]] double symmetric_beta(RandomGenerator& random, double alpha);

/// Fisher and Yates.
template <typename T>
void shuffle(std::vector<T>& values, RandomGenerator& random) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1],
              values[static_cast<std::size_t>(uniform_integer(random, 0, static_cast<std::int64_t>(i)))]);
  }
}

}  // namespace zoetrope
