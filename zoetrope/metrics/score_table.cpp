#include "zoetrope/metrics/score_table.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {

void check_scores(const ScoreTable& table, const char* metric) {
  const std::size_t columns = table.num_classes;
  if (columns == 0 ? !table.scores.empty() : table.scores.size() % columns != 0) {
    throw Error::failed("{}: {} scores are no rows of {} classes", metric, table.scores.size(), columns);
  }
  const auto nan =
      std::find_if(table.scores.begin(), table.scores.end(), [](float score) { return std::isnan(score); });
  if (nan == table.scores.end()) return;
  const auto index = static_cast<std::size_t>(nan - table.scores.begin());
  throw Error::failed("{}: the score of sample {} for class {} is NaN", metric, index / columns,
                      index % columns);
}

std::vector<std::size_t> best_indices(std::span<const float> scores, std::size_t count) {
  const auto better = [&](std::size_t a, std::size_t b) {
    return scores[a] != scores[b] ? scores[a] > scores[b] : a < b;
  };
  std::vector<std::size_t> best;  // a heap, the worst on top
  if (count == 0) return best;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (best.size() == count) {
      if (scores[i] <= scores[best.front()]) continue;  // of equals the earlier is there already
      std::pop_heap(best.begin(), best.end(), better);
      best.pop_back();
    }
    best.push_back(i);
    std::push_heap(best.begin(), best.end(), better);
  }
  std::sort_heap(best.begin(), best.end(), better);
  return best;
}

std::size_t rank_of(std::span<const float> scores, std::size_t index) {
  std::size_t rank = 0;
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (scores[i] > scores[index] || (scores[i] == scores[index] && i < index)) ++rank;
  }
  return rank;
}

}  // namespace zoetrope::metrics
