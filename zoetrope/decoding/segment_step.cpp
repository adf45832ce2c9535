#include "zoetrope/decoding/segment_step.h"

#include <algorithm>
#include <limits>

namespace zoetrope::decoding {
namespace {

constexpr double kImpossible = -std::numeric_limits<double>::infinity();

constexpr std::size_t kFewRows = 8;  // that are scanned one after the other
constexpr std::int32_t kLongScan = 64;

struct Best {
  double score;
  std::int32_t at;
};

/// The first of the highest sums a[i] + b[i], i in [from, to]. Long scans find the highest in four chains
/// that do not wait for each other, then look for where it was.
Best first_best(const double* a, const double* b, std::int32_t from, std::int32_t to) {
  Best best{kImpossible, from};
  std::int32_t i = from;
  if (to - from >= kLongScan) {
    double c0 = kImpossible, c1 = kImpossible, c2 = kImpossible, c3 = kImpossible;
    for (; i + 3 <= to; i += 4) {
      c0 = std::max(c0, a[i] + b[i]);
      c1 = std::max(c1, a[i + 1] + b[i + 1]);
      c2 = std::max(c2, a[i + 2] + b[i + 2]);
      c3 = std::max(c3, a[i + 3] + b[i + 3]);
    }
    const double highest = std::max({c0, c1, c2, c3});
    std::int32_t at = from;
    while (at < i && a[at] + b[at] != highest) ++at;
    best = {highest, at};
  }
  for (; i <= to; ++i) {
    const double score = a[i] + b[i];
    if (score > best.score) best = {score, i};
  }
  return best;
}

}  // namespace

void SegmentStep::run(const Column& before, const ClassSums& scores, std::span<const double> lengths,
                      std::int64_t first, std::int64_t last, Column& after, std::span<std::int32_t> start) {
  scores_ = &scores;
  after.assign(before.size(), kImpossible);
  after_ = after.data();
  start_ = start.data();
  longest_ = static_cast<std::int32_t>(std::min(lengths.size(), before.size())) - 1;
  source_.resize(before.size());
  for (std::size_t s = 0; s < before.size(); ++s) source_[s] = before[s] - scores.sums[s];
  reversed_.assign(lengths.begin(), lengths.begin() + longest_ + 1);
  std::reverse(reversed_.begin(), reversed_.end());
  collect_rows(before, scores, first, last);
  if (!rows_.empty()) solve(0, rows_.size(), 0, rows_.back() - 1);
}

void SegmentStep::collect_rows(const Column& before, const ClassSums& scores, std::int64_t first,
                               std::int64_t last) {
  rows_.clear();
  std::int32_t source = -1;  // the last one before t
  for (std::int32_t t = 1; t <= static_cast<std::int32_t>(last); ++t) {
    const auto at = static_cast<std::size_t>(t);
    if (before[at - 1] != kImpossible) source = t - 1;
    if (t >= first && source >= std::max(scores.first[at], t - longest_) && source >= 0) rows_.push_back(t);
  }
}

void SegmentStep::solve(std::size_t low, std::size_t high, std::int32_t from, std::int32_t to) {
  const auto best_of = [&](std::int32_t t, std::int32_t least) {
    const auto at = static_cast<std::size_t>(t);
    least = std::max({least, scores_->first[at], t - longest_});
    const Best best = first_best(source_.data(), reversed_.data() + longest_ - t, least, std::min(to, t - 1));
    after_[t] = best.score + scores_->sums[at];
    start_[t] = best.at;
    return best.at;
  };
  while (high - low > kFewRows) {
    const std::size_t middle = low + (high - low) / 2;
    const std::int32_t start = best_of(rows_[middle], from);
    solve(low, middle, from, start);
    low = middle + 1;
    from = start;
  }
  for (; low < high; ++low) from = best_of(rows_[low], from);
}

}  // namespace zoetrope::decoding
