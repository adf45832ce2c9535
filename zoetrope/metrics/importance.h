#pragma once
// Metrics of importance scores: how good the segments are that a summary would take (CoVieW 2019).

#include <cstddef>
#include <span>
#include <vector>

namespace zoetrope::metrics {

/// Segments that CoVieW 2019 takes from a video.
inline constexpr std::size_t kSummarySegments = 6;

/// The `count` segments of highest importance, in order of time; all, where there are fewer. Of equals the
/// earlier. Throws Error for NaN.
[[nodiscard]] std::vector<std::size_t> select_segments(std::span<const double> importance,
                                                       std::size_t count = kSummarySegments);

/// The true importance of the segments that the prediction selects, as a share of that of the best selection
/// of as many: sum over the selected / sum of the `count` largest. In [0, 1]; 1 where every segment is taken,
/// or no segment has any importance. A data set's value is the mean over its videos. Throws Error for a video
/// without segments, spans of unequal length, a `count` of 0, NaN, or a true importance that is negative or
/// infinite.
[[nodiscard]] double importance_accuracy(std::span<const double> predicted, std::span<const double> truth,
                                         std::size_t count = kSummarySegments);

}  // namespace zoetrope::metrics
