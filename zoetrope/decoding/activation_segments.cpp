#include "zoetrope/decoding/activation_segments.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "zoetrope/core/error.h"

namespace zoetrope::decoding {

std::vector<ActivationSegment> activation_segments(std::span<const double> activations,
                                                   const ActivationOptions& options) {
  if (std::any_of(activations.begin(), activations.end(), [](double value) { return std::isnan(value); }))
    throw Error::failed("decoding: an activation is no number");
  const std::size_t top =
      activations.size() / static_cast<std::size_t>(std::max<std::int64_t>(options.top_part, 1));
  if (top == 0) return {};
  std::vector<double> sorted(activations.begin(), activations.end());
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  const auto end_of_top = sorted.begin() + static_cast<std::ptrdiff_t>(top);
  const double video = std::accumulate(sorted.begin(), end_of_top, 0.0) / static_cast<double>(top);
  if (video <= 0) return {};
  const double threshold = sorted.front() - (sorted.front() - sorted.back()) * options.threshold;
  std::vector<ActivationSegment> segments;
  for (std::size_t start = 0, end = 0; start < activations.size(); start = end + 1) {
    end = start;
    double highest = activations[start];
    while (end < activations.size() && activations[end] > threshold)
      highest = std::max(highest, activations[end++]);
    if (static_cast<std::int64_t>(end - start) >= std::max<std::int64_t>(options.min_length, 1)) {
      segments.push_back({static_cast<std::int64_t>(start), static_cast<std::int64_t>(end),
                          highest + options.video_weight * video});
    }
  }
  return segments;
}

}  // namespace zoetrope::decoding
