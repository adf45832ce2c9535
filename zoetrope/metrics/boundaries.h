#pragma once
// How well the times at which something changes are found: boundaries of segments (points) and transitions
// between shots (spans). Times in seconds, tolerances too.
//
// Matching is one to one and of the greatest possible number of pairs. Two spans may be matched if the gap
// between them is at most the tolerance: spans that overlap or touch have a gap of 0, a point is a span
// without length. Spans are taken by their ends, each with the unmatched candidate that ends first. That is
// optimal: widened by half the tolerance, all candidates of the span that ends first reach over its end, so
// that they overlap one another's partners, and any other matching can exchange partners for these.

#include <span>
#include <vector>

#include "zoetrope/metrics/match_counts.h"

namespace zoetrope::metrics {

/// [start, end) with start <= end, finite.
struct TimeSpan {
  double start = 0;
  double end = 0;
};

/// Counts for predicted and true spans in any order. Time O(n log n) plus O(n) for each span that finds no
/// partner.
[[nodiscard]] MatchCounts match_spans(std::span<const TimeSpan> predicted, std::span<const TimeSpan> truth,
                                      double tolerance);

/// The same for boundaries, which are points: |p - t| <= tolerance.
[[nodiscard]] MatchCounts match_boundaries(std::span<const double> predicted, std::span<const double> truth,
                                           double tolerance);

/// The change from one shot to the next. A cut has no length, or that of a frame; a fade or a dissolve is
/// gradual.
struct Transition {
  TimeSpan span;
  bool gradual = false;
};

struct TransitionCounts {
  MatchCounts all;       ///< whatever the kinds
  MatchCounts cuts;      ///< predicted cuts against true cuts
  MatchCounts graduals;  ///< predicted gradual transitions against true ones

  TransitionCounts& operator+=(const TransitionCounts& other) {
    all += other.all;
    cuts += other.cuts;
    graduals += other.graduals;
    return *this;
  }
};

/// Three matchings, as in TRECVID's shot boundary task: of all, of the cuts, of the gradual transitions.
[[nodiscard]] TransitionCounts match_transitions(std::span<const Transition> predicted,
                                                 std::span<const Transition> truth, double tolerance);

}  // namespace zoetrope::metrics
