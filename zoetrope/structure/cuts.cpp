#include "zoetrope/structure/cuts.h"

#include <algorithm>

namespace zoetrope::structure {
namespace {

constexpr std::size_t kMaxSide = 32;  // frames looked at on each side of a cut, whatever the frame rate

}  // namespace

void CutDetector::push(const FrameFeatures& features, std::int64_t index, double pts) {
  const float step = window_.empty() ? 0 : comparer_.dissimilarity(window_.back().features, features);
  window_.push_back({features, index, pts, step});
  while (next_ + 1 < window_.size() &&
         (pts - window_[next_].pts >= options_.cut_window || window_.size() - next_ > kMaxSide)) {
    decide(next_++);
  }
  // The frame before the one to decide on next stays, and what lies within the window before it.
  while (next_ > 2 && (next_ > kMaxSide + 1 || window_[next_].pts - window_[1].pts > options_.cut_window)) {
    window_.pop_front();
    --next_;
  }
}

std::vector<Transition> CutDetector::finish() {
  while (next_ < window_.size()) decide(next_++);
  return std::move(cuts_);
}

void CutDetector::decide(std::size_t at) {
  const Entry& entry = window_[at];
  if (entry.step < options_.cut_floor) return;
  std::size_t from = at - 1, to = at;  // frames [from, at) lie before the cut, [at, to] after it
  while (from > 0 && entry.pts - window_[from - 1].pts <= options_.cut_window) --from;
  while (to + 1 < window_.size() && window_[to + 1].pts - entry.pts <= options_.cut_window) ++to;
  to = std::min(std::max(to, at + 1), window_.size() - 1);
  if (!stands_out(at, from, to) || returns(at, from, to)) return;
  cuts_.push_back({.kind = TransitionKind::kCut,
                   .begin = entry.pts,
                   .end = entry.pts,
                   .first_frame = entry.index,
                   .last_frame = entry.index,
                   .score = entry.step});
}

bool CutDetector::stands_out(std::size_t at, std::size_t from, std::size_t to) const {
  std::vector<float> around;
  for (std::size_t i = from; i <= to; ++i) {
    if (i != at) around.push_back(window_[i].step);
  }
  const float step = window_[at].step;
  const float before = window_[at - 1].step;
  const float after = at + 1 < window_.size() ? window_[at + 1].step : 0;
  if (step < 1.3F * before || step < 1.3F * after) return false;
  if (around.empty()) return true;
  const auto quartile = around.begin() + static_cast<std::ptrdiff_t>(around.size() * 3 / 4);
  std::nth_element(around.begin(), quartile, around.end());
  return step >= options_.cut_floor + options_.cut_contrast * *quartile;
}

bool CutDetector::returns(std::size_t at, std::size_t from, std::size_t to) {
  const float limit = options_.cut_return * window_[at].step;
  const FrameFeatures& before = window_[at - 1].features;
  const FrameFeatures& after = window_[at].features;
  for (std::size_t i = at + 1; i <= to; ++i) {
    if (comparer_.dissimilarity(before, window_[i].features) < limit) return true;
  }
  for (std::size_t i = from; i + 1 < at; ++i) {
    if (comparer_.dissimilarity(window_[i].features, after) < limit) return true;
  }
  return false;
}

}  // namespace zoetrope::structure
