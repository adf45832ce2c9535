#include "zoetrope/metrics/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

constexpr std::size_t kNone = std::numeric_limits<std::size_t>::max();
constexpr double kMaxCost = 1e100;  // sums of these stay finite

// Rows are matched one after the other, each by a Dijkstra search over reduced costs cost(i, j) - u[i] - v[j]
// >= 0 for the nearest free column. Needs rows <= columns. Returns for each column its row, or kNone.
std::vector<std::size_t> match_rows(std::span<const double> costs, std::size_t rows, std::size_t columns) {
  std::vector<double> u(rows, 0), v(columns, 0), distance(columns);
  std::vector<std::size_t> row_of(columns, kNone), before(columns);
  std::vector<bool> done(columns);
  for (std::size_t start = 0; start < rows; ++start) {
    std::fill(distance.begin(), distance.end(), std::numeric_limits<double>::infinity());
    std::fill(done.begin(), done.end(), false);
    std::fill(before.begin(), before.end(), kNone);
    std::size_t row = start;
    std::size_t last = kNone;
    double reached = 0;
    while (row != kNone) {
      std::size_t nearest = kNone;
      for (std::size_t j = 0; j < columns; ++j) {
        if (done[j]) continue;
        const double through = reached + costs[row * columns + j] - u[row] - v[j];
        if (through < distance[j]) {
          distance[j] = through;
          before[j] = last;
        }
        if (nearest == kNone || distance[j] < distance[nearest]) nearest = j;
      }
      reached = distance[nearest];
      done[nearest] = true;
      last = nearest;
      row = row_of[nearest];
    }
    u[start] += reached;
    for (std::size_t j = 0; j < columns; ++j) {
      if (!done[j] || row_of[j] == kNone) continue;
      u[row_of[j]] += reached - distance[j];
      v[j] -= reached - distance[j];
    }
    for (; before[last] != kNone; last = before[last]) row_of[last] = row_of[before[last]];
    row_of[last] = start;
  }
  return row_of;
}

}  // namespace

std::vector<std::int64_t> assign_min_cost(std::span<const double> costs, std::size_t rows,
                                          std::size_t columns) {
  if (rows != 0 && (costs.size() / rows != columns || costs.size() % rows != 0)) {
    throw Error::failed("assignment: {} costs are no {} x {} matrix", costs.size(), rows, columns);
  }
  if (!std::all_of(costs.begin(), costs.end(), [](double cost) { return std::abs(cost) <= kMaxCost; })) {
    throw Error::failed("assignment: a cost is no number between {} and {}", -kMaxCost, kMaxCost);
  }
  std::vector<std::int64_t> column_of(rows, -1);
  if (rows <= columns) {
    const std::vector<std::size_t> row_of = match_rows(costs, rows, columns);
    for (std::size_t j = 0; j < columns; ++j) {
      if (row_of[j] != kNone) column_of[row_of[j]] = static_cast<std::int64_t>(j);
    }
    return column_of;
  }
  std::vector<double> transposed(costs.size());
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) transposed[j * rows + i] = costs[i * columns + j];
  }
  const std::vector<std::size_t> column_of_row = match_rows(transposed, columns, rows);
  for (std::size_t i = 0; i < rows; ++i) {
    if (column_of_row[i] != kNone) column_of[i] = static_cast<std::int64_t>(column_of_row[i]);
  }
  return column_of;
}

std::vector<std::int64_t> assign_max_score(std::span<const double> scores, std::size_t rows,
                                           std::size_t columns) {
  std::vector<double> costs(scores.size());
  std::transform(scores.begin(), scores.end(), costs.begin(), [](double score) { return -score; });
  return assign_min_cost(costs, rows, columns);
}

}  // namespace zoetrope::metrics
