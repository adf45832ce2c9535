#pragma once
// How the benches of decoding and of MuCon take times: the median of several runs.

#include <algorithm>
#include <chrono>
#include <functional>
#include <vector>

namespace zoetrope::bench {

inline constexpr int kRepeats = 7;

/// Median milliseconds of several runs, after one that does not count, or of one alone.
inline double milliseconds(const std::function<void()>& run, int repeats = kRepeats) {
  if (repeats > 1) run();
  std::vector<double> times;
  for (int i = 0; i < repeats; ++i) {
    const auto begin = std::chrono::steady_clock::now();
    run();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count());
  }
  std::ranges::sort(times);
  return times[times.size() / 2];
}

}  // namespace zoetrope::bench
