#pragma once
// What classification and multi-label metrics are computed from: the scores of samples (clips, videos) for
// classes, and which classes are in which order.
//
// Equal scores: where classes or samples have to be put in order, or a number of them picked, the one of
// lower index comes first. Infinities are scores like others; a NaN is an Error.

#include <cstddef>
#include <span>
#include <vector>

namespace zoetrope::metrics {

/// [num_samples, num_classes], row after row; higher is likelier. Logits or probabilities: no metric here
/// asks for more than their order, except where it takes thresholds. Metrics throw Error where the size is
/// not that of whole rows, or a score is NaN.
struct ScoreTable {
  std::span<const float> scores;
  std::size_t num_classes = 0;

  [[nodiscard]] std::size_t num_samples() const { return num_classes == 0 ? 0 : scores.size() / num_classes; }
  [[nodiscard]] std::span<const float> row(std::size_t sample) const {
    return scores.subspan(sample * num_classes, num_classes);
  }
};

/// Throws Error as above; `metric` begins the message.
void check_scores(const ScoreTable& table, const char* metric);

/// The indices of the `count` highest scores (of all, where there are fewer), highest first. Time
/// O(n log count), and O(n) for random scores of which few are picked.
[[nodiscard]] std::vector<std::size_t> best_indices(std::span<const float> scores, std::size_t count);

/// How many of `scores` come before the one at `index`: 0 for the best.
[[nodiscard]] std::size_t rank_of(std::span<const float> scores, std::size_t index);

}  // namespace zoetrope::metrics
