#include "zoetrope/metrics/boundaries.h"

#include <algorithm>
#include <cstdint>
#include <vector>

namespace zoetrope::metrics {
namespace {

struct Candidate {
  TimeSpan span;
  bool predicted = false;
  bool taken = false;
};

std::vector<TimeSpan> spans_of(std::span<const Transition> transitions, bool gradual) {
  std::vector<TimeSpan> spans;
  for (const Transition& transition : transitions) {
    if (transition.gradual == gradual) spans.push_back(transition.span);
  }
  return spans;
}

std::vector<TimeSpan> spans_of(std::span<const Transition> transitions) {
  std::vector<TimeSpan> spans;
  for (const Transition& transition : transitions) spans.push_back(transition.span);
  return spans;
}

std::vector<TimeSpan> spans_of(std::span<const double> points) {
  std::vector<TimeSpan> spans;
  for (const double point : points) spans.push_back({point, point});
  return spans;
}

}  // namespace

MatchCounts match_spans(std::span<const TimeSpan> predicted, std::span<const TimeSpan> truth,
                        double tolerance) {
  std::vector<Candidate> candidates;
  candidates.reserve(predicted.size() + truth.size());
  for (const TimeSpan& span : predicted) candidates.push_back({span, true});
  for (const TimeSpan& span : truth) candidates.push_back({span, false});
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.span.end < b.span.end; });
  std::int64_t matches = 0;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    if (candidates[i].taken) continue;
    for (std::size_t j = i + 1; j < candidates.size(); ++j) {
      Candidate& other = candidates[j];
      if (other.taken || other.predicted == candidates[i].predicted) continue;
      if (other.span.start - candidates[i].span.end > tolerance) continue;
      other.taken = true;
      ++matches;
      break;
    }
  }
  return {matches, static_cast<std::int64_t>(predicted.size()) - matches,
          static_cast<std::int64_t>(truth.size()) - matches};
}

MatchCounts match_boundaries(std::span<const double> predicted, std::span<const double> truth,
                             double tolerance) {
  return match_spans(spans_of(predicted), spans_of(truth), tolerance);
}

TransitionCounts match_transitions(std::span<const Transition> predicted, std::span<const Transition> truth,
                                   double tolerance) {
  return {match_spans(spans_of(predicted), spans_of(truth), tolerance),
          match_spans(spans_of(predicted, false), spans_of(truth, false), tolerance),
          match_spans(spans_of(predicted, true), spans_of(truth, true), tolerance)};
}

}  // namespace zoetrope::metrics
