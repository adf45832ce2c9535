#pragma once
// Precision, recall and F1 from counts, which may be summed over videos before they are turned into shares.

#include <cstdint>

namespace zoetrope::metrics {

struct MatchCounts {
  std::int64_t true_positives = 0;
  std::int64_t false_positives = 0;
  std::int64_t false_negatives = 0;

  /// Shares in [0, 1]; where nothing was predicted (or nothing is there to be found), 0.
  [[nodiscard]] double precision() const { return share(true_positives, true_positives + false_positives); }
  [[nodiscard]] double recall() const { return share(true_positives, true_positives + false_negatives); }
  /// The harmonic mean of precision and recall, as 2 TP / (2 TP + FP + FN).
  [[nodiscard]] double f1() const {
    return share(2 * true_positives, 2 * true_positives + false_positives + false_negatives);
  }

  MatchCounts& operator+=(const MatchCounts& other) {
    true_positives += other.true_positives;
    false_positives += other.false_positives;
    false_negatives += other.false_negatives;
    return *this;
  }
  friend bool operator==(const MatchCounts&, const MatchCounts&) = default;

 private:
  static double share(std::int64_t part, std::int64_t whole) {
    return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
  }
};

}  // namespace zoetrope::metrics
