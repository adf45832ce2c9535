#include "zoetrope/metrics/transcript.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

namespace zoetrope::metrics {
namespace {

using Transcript = std::span<const std::int64_t>;

/// A cheapest edit path's cost, and the equal labels on it.
struct Path {
  std::int64_t cost = 0;
  std::int64_t matches = 0;
};

/// Truth goes down, the prediction to the right. `extra` is what the first column counts too much.
std::int64_t edit_matches(Transcript predicted, Transcript truth, std::int64_t extra) {
  if (predicted.empty() || truth.empty()) return 0;
  std::vector<Path> above(predicted.size() + 1), row(predicted.size() + 1);
  for (std::size_t j = 0; j < above.size(); ++j) above[j].cost = static_cast<std::int64_t>(j);
  for (std::size_t i = 1; i <= truth.size(); ++i) {
    row[0] = {static_cast<std::int64_t>(i) + extra, 0};
    for (std::size_t j = 1; j <= predicted.size(); ++j) {
      const bool equal = truth[i - 1] == predicted[j - 1];
      Path best{above[j - 1].cost + (equal ? 0 : 1), above[j - 1].matches + (equal ? 1 : 0)};
      if (row[j - 1].cost + 1 < best.cost) best = {row[j - 1].cost + 1, row[j - 1].matches};
      if (above[j].cost + 1 < best.cost) best = {above[j].cost + 1, above[j].matches};
      row[j] = best;
    }
    std::swap(above, row);
  }
  return above.back().matches;
}

/// Ratcliff and Obershelp's matching of a (the truth) and b (the prediction).
class BlockMatcher {
 public:
  BlockMatcher(Transcript a, Transcript b) : a_(a), b_(b) {
    for (std::size_t j = 0; j < b.size(); ++j) places_[b[j]].push_back(j);
    if (b.size() < kPopularFrom) return;
    std::erase_if(places_, [&](const auto& entry) { return entry.second.size() > b.size() / 100 + 1; });
  }

  std::int64_t count(std::size_t a_low, std::size_t a_high, std::size_t b_low, std::size_t b_high) const {
    const Block block = longest(a_low, a_high, b_low, b_high);
    if (block.size == 0) return 0;
    return static_cast<std::int64_t>(block.size) + count(a_low, block.a, b_low, block.b) +
           count(block.a + block.size, a_high, block.b + block.size, b_high);
  }

 private:
  static constexpr std::size_t kPopularFrom = 200;

  struct Block {
    std::size_t a, b, size;
  };

  [[nodiscard]] Block longest(std::size_t a_low, std::size_t a_high, std::size_t b_low,
                              std::size_t b_high) const {
    Block best{a_low, b_low, 0};
    std::unordered_map<std::size_t, std::size_t> ending;  // runs that end before, by where in b
    for (std::size_t i = a_low; i < a_high; ++i) {
      std::unordered_map<std::size_t, std::size_t> ending_here;
      const auto places = places_.find(a_[i]);
      if (places != places_.end()) {
        for (const std::size_t j : places->second) {
          if (j < b_low || j >= b_high) continue;
          const auto before = j == 0 ? ending.end() : ending.find(j - 1);
          const std::size_t size = before == ending.end() ? 1 : before->second + 1;
          ending_here[j] = size;
          if (size > best.size) best = {i + 1 - size, j + 1 - size, size};
        }
      }
      ending = std::move(ending_here);
    }
    // Labels that begin no run may lengthen one.
    while (best.a > a_low && best.b > b_low && a_[best.a - 1] == b_[best.b - 1])
      best = {best.a - 1, best.b - 1, best.size + 1};
    while (best.a + best.size < a_high && best.b + best.size < b_high &&
           a_[best.a + best.size] == b_[best.b + best.size])
      ++best.size;
    return best;
  }

  Transcript a_, b_;
  std::unordered_map<std::int64_t, std::vector<std::size_t>> places_;
};

}  // namespace

TranscriptMatches matching_score(Transcript predicted, Transcript truth, MatchingRule rule) {
  TranscriptMatches result{0, static_cast<std::int64_t>(predicted.size() + truth.size())};
  if (rule == MatchingRule::kDifflib) {
    result.matches = BlockMatcher(truth, predicted).count(0, truth.size(), 0, predicted.size());
  } else {
    const bool is_package = rule == MatchingRule::kEditDistancePackage;
    result.matches = edit_matches(predicted, truth, is_package ? 1 : 0);
  }
  return result;
}

}  // namespace zoetrope::metrics
