#pragma once
// One step of alignment: the best score of the first m segments at every frame, from that of the first m - 1.
// For alignment.h, which derives it, and transcript_search.h.

#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/decoding/frame_scores.h"

namespace zoetrope::decoding {

/// Columns are [num_frames + 1]: at t, the best score of segments that fill the frames [0, t) together; minus
/// infinity where none do.
using Column = std::vector<double>;

class SegmentStep {
 public:
  /// after[t] = max over s of before[s] + (the class's scores of [s, t)) + lengths[t - s], for t in [first,
  /// last], minus infinity elsewhere; start[t] is the least best s. `lengths` is concave where it is finite,
  /// and finite from 1 to its end. `start` is [num_frames + 1] and is set where `after` is finite.
  void run(const Column& before, const ClassSums& scores, std::span<const double> lengths, std::int64_t first,
           std::int64_t last, Column& after, std::span<std::int32_t> start);

 private:
  void collect_rows(const Column& before, const ClassSums& scores, std::int64_t first, std::int64_t last);
  void solve(std::size_t low, std::size_t high, std::int32_t from, std::int32_t to);

  std::vector<double> source_;      // before[s] less the sum up to s
  std::vector<double> reversed_;    // lengths, longest first
  std::vector<std::int32_t> rows_;  // the t that any s reaches, ascending
  std::int32_t longest_ = 0;
  const ClassSums* scores_ = nullptr;
  double* after_ = nullptr;
  std::int32_t* start_ = nullptr;
};

}  // namespace zoetrope::decoding
