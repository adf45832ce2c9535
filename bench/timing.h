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

struct Compared {
  double first, second;  ///< median milliseconds
  double ratio;          ///< median over the rounds of second / first
};

/// Two that run in turn, so that a machine whose speed changes from minute to minute changes it for both; one
/// round before does not count.
inline Compared milliseconds_in_turn(const std::function<void()>& first, const std::function<void()>& second,
                                     int rounds = kRepeats) {
  first();
  second();
  std::vector<double> firsts, seconds, ratios;
  for (int i = 0; i < rounds; ++i) {
    firsts.push_back(milliseconds(first, 1));
    seconds.push_back(milliseconds(second, 1));
    ratios.push_back(seconds.back() / firsts.back());
  }
  for (std::vector<double>* each : {&firsts, &seconds, &ratios}) std::ranges::sort(*each);
  const std::size_t middle = ratios.size() / 2;
  return {firsts[middle], seconds[middle], ratios[middle]};
}

}  // namespace zoetrope::bench
