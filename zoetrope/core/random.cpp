#include "zoetrope/core/random.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>

namespace zoetrope {
namespace {

std::uint64_t split_mix(std::uint64_t state) noexcept {
  state += 0x9e3779b97f4a7c15ULL;
  state = (state ^ state >> 30) * 0xbf58476d1ce4e5b9ULL;
  state = (state ^ state >> 27) * 0x94d049bb133111ebULL;
  return state ^ state >> 31;
}

// Gamma(shape, 1), shape >= 1: Marsaglia and Tsang, A Simple Method for Generating Gamma Variables, 2000.
double gamma(RandomGenerator& random, double shape) {
  const double d = shape - 1.0 / 3, c = 1 / std::sqrt(9 * d);
  for (;;) {
    const double x = normal(random);
    const double v = (1 + c * x) * (1 + c * x) * (1 + c * x);
    if (v <= 0) continue;
    if (std::log(1 - uniform(random)) < x * x / 2 + d - d * v + d * std::log(v)) return d * v;
  }
}

}  // namespace

std::uint64_t mix_seed(std::uint64_t seed, std::initializer_list<std::uint64_t> key) noexcept {
  std::uint64_t state = split_mix(seed);
  for (const std::uint64_t number : key) state = split_mix(std::rotl(state, 23) ^ split_mix(number));
  return state;
}

double uniform(RandomGenerator& random) {
  return static_cast<double>(random() >> 11) * 0x1p-53;
}

double uniform(RandomGenerator& random, double low, double high) {
  return low + (high - low) * uniform(random);
}

std::int64_t uniform_integer(RandomGenerator& random, std::int64_t low, std::int64_t high) {
  const std::uint64_t range = static_cast<std::uint64_t>(high) - static_cast<std::uint64_t>(low);
  // The first `2^64 mod range` numbers would make some results likelier: they are drawn again.
  const std::uint64_t biased = (0 - range) % range;
  std::uint64_t number = random();
  while (number < biased) number = random();
  return static_cast<std::int64_t>(static_cast<std::uint64_t>(low) + number % range);
}

double normal(RandomGenerator& random) {
  const double radius = std::sqrt(-2 * std::log(1 - uniform(random)));
  return radius * std::cos(2 * std::numbers::pi * uniform(random));
}

double symmetric_beta(RandomGenerator& random, double alpha) {
  if (alpha > 1) {
    const double a = gamma(random, alpha);
    return a / (a + gamma(random, alpha));
  }
  for (;;) {
    // In logarithms, for small alphas whose powers vanish.
    const double a = std::log(1 - uniform(random)) / alpha, b = std::log(1 - uniform(random)) / alpha;
    const double top = std::max(a, b);
    const double sum = std::exp(a - top) + std::exp(b - top);
    if (top + std::log(sum) <= 0) return std::exp(a - top) / sum;
  }
}

}  // namespace zoetrope
