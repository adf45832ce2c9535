#pragma once
// Random numbers that depend on a seed and a purpose alone, never on a thread or on what was drawn elsewhere.
//
//   Random random(world.seed, "train/rise/12/pose");
//   const double x = random.uniform();
//
// A counter-based generator: number k of a stream is mix(key + (k + 1) * 0x9e3779b97f4a7c15), which is
// SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014) with its
// finaliser by Stafford. The key is mix(seed) ^ mix(FNV-1a of the purpose). The same on every machine:
// nothing of <random> is used, whose distributions differ between libraries.

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

namespace zoetrope::synthetic {

class Random {
 public:
  Random(std::uint64_t seed, std::string_view purpose);

  [[nodiscard]] std::uint64_t bits();
  /// In [0, 1), of 53 bits.
  [[nodiscard]] double uniform();
  [[nodiscard]] double uniform(double low, double high) { return low + (high - low) * uniform(); }
  /// In [0, count); `count` is positive and far below 2^53.
  [[nodiscard]] std::size_t below(std::size_t count);
  [[nodiscard]] bool chance(double probability) { return uniform() < probability; }
  /// One of the items, of which there are some.
  template <typename T>
  [[nodiscard]] const T& pick(const std::vector<T>& items) {
    return items[below(items.size())];
  }
  /// Fisher and Yates.
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t key_;
  std::uint64_t counter_ = 0;
};

}  // namespace zoetrope::synthetic
