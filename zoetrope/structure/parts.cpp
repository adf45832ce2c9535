#include "zoetrope/structure/parts.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace zoetrope::structure {
namespace {

/// Sums over samples [0, i), weighted by seconds, so that the scatter of any run is a difference of two.
class ScatterSums {
 public:
  explicit ScatterSums(std::span<const Sample> samples)
      : sums_((samples.size() + 1) * kSampleDims),
        squares_(samples.size() + 1),
        seconds_(samples.size() + 1) {
    for (std::size_t i = 0; i < samples.size(); ++i) {
      const double weight = std::max(samples[i].seconds(), 1e-6);
      double square = 0;
      for (std::size_t d = 0; d < kSampleDims; ++d) {
        const double value = samples[i].description[d];
        sums_[(i + 1) * kSampleDims + d] = sums_[i * kSampleDims + d] + weight * value;
        square += value * value;
      }
      squares_[i + 1] = squares_[i] + weight * square;
      seconds_[i + 1] = seconds_[i] + weight;
    }
  }

  /// Sum over samples [from, to) of seconds x squared distance to their mean.
  [[nodiscard]] double scatter(std::size_t from, std::size_t to) const {
    const double* a = sums_.data() + from * kSampleDims;
    const double* b = sums_.data() + to * kSampleDims;
    double square = 0;
    for (std::size_t d = 0; d < kSampleDims; ++d) square += (b[d] - a[d]) * (b[d] - a[d]);
    return squares_[to] - squares_[from] - square / (seconds_[to] - seconds_[from]);
  }

  /// Squared distance of the means of samples [a, b) and [b, c).
  [[nodiscard]] double contrast(std::size_t a, std::size_t b, std::size_t c) const {
    const double before = seconds_[b] - seconds_[a], after = seconds_[c] - seconds_[b];
    double square = 0;
    for (std::size_t d = 0; d < kSampleDims; ++d) {
      const double at_b = sums_[b * kSampleDims + d];
      const double difference =
          (at_b - sums_[a * kSampleDims + d]) / before - (sums_[c * kSampleDims + d] - at_b) / after;
      square += difference * difference;
    }
    return square;
  }

 private:
  std::vector<double> sums_, squares_, seconds_;
};

/// The transition nearest to a time, if it is within `snap` of it.
const Transition* nearest_transition(std::span<const Transition> transitions, double time, double snap) {
  const Transition* nearest = nullptr;
  double least = snap;
  for (const Transition& transition : transitions) {
    const double away = std::max({transition.begin - time, time - transition.end, 0.0});
    if (away > least) continue;
    least = away;
    nearest = &transition;
  }
  return nearest;
}

/// Indices of the samples that begin a part, 0 first.
std::vector<std::size_t> best_starts(std::span<const Sample> samples, const ScatterSums& sums,
                                     const std::vector<double>& penalties, double shortest) {
  const std::size_t n = samples.size();
  std::vector<double> least(n + 1, std::numeric_limits<double>::infinity());
  std::vector<std::size_t> start(n + 1, 0);
  least[0] = 0;
  for (std::size_t end = 1; end <= n; ++end) {
    const double end_time = samples[end - 1].end;
    for (std::size_t from = 0; from < end; ++from) {
      if (end_time - samples[from].begin < shortest && !(from == 0 && end == n)) break;
      const double cost = least[from] + penalties[from];
      if (cost >= least[end]) continue;
      const double total = cost + sums.scatter(from, end);
      if (total < least[end]) {
        least[end] = total;
        start[end] = from;
      }
    }
  }
  std::vector<std::size_t> starts;
  for (std::size_t end = n; end > 0; end = start[end]) starts.push_back(start[end]);
  std::reverse(starts.begin(), starts.end());
  return starts;
}

}  // namespace

std::vector<Part> find_parts(std::span<const Sample> samples, std::span<const Transition> transitions,
                             PartOptions options) {
  if (samples.empty()) return {};
  const double begin = samples.front().begin, end = samples.back().end;
  const double growth = std::max(1.0, std::sqrt((end - begin) / 60));
  std::vector<double> penalties;
  penalties.reserve(samples.size());
  for (const Sample& sample : samples) {
    const bool at_transition = nearest_transition(transitions, sample.begin, options.snap) != nullptr;
    penalties.push_back(growth * (at_transition ? options.penalty : options.free_penalty));
  }
  const ScatterSums sums(samples);
  std::vector<std::size_t> starts = best_starts(samples, sums, penalties, options.shortest);

  std::vector<Part> parts;
  starts.push_back(samples.size());
  for (std::size_t i = 0; i + 1 < starts.size(); ++i) {
    double time = samples[starts[i]].begin;
    if (i > 0) {
      const Transition* transition = nearest_transition(transitions, time, options.snap);
      if (transition) time = (transition->begin + transition->end) / 2;
      if (time <= parts.back().begin || time >= end) continue;
      parts.back().end = time;
    }
    parts.push_back({time, end, i == 0 ? 0 : sums.contrast(starts[i - 1], starts[i], starts[i + 1])});
  }
  return parts;
}

}  // namespace zoetrope::structure
