#include "zoetrope/metrics/importance.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

double sum_of(std::span<const double> values, const std::vector<std::size_t>& selected) {
  double sum = 0;
  for (const std::size_t index : selected) sum += values[index];
  return sum;
}

}  // namespace

std::vector<std::size_t> select_segments(std::span<const double> importance, std::size_t count) {
  for (std::size_t i = 0; i < importance.size(); ++i) {
    if (std::isnan(importance[i])) throw Error::failed("importance: that of segment {} is NaN", i);
  }
  std::vector<std::size_t> order(importance.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return importance[a] > importance[b]; });
  order.resize(std::min(order.size(), count));
  std::sort(order.begin(), order.end());
  return order;
}

double importance_accuracy(std::span<const double> predicted, std::span<const double> truth,
                           std::size_t count) {
  if (predicted.size() != truth.size() || truth.empty() || count == 0) {
    throw Error::failed("importance accuracy: {} predicted and {} true segments, of which {} are taken",
                        predicted.size(), truth.size(), count);
  }
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (truth[i] >= 0 && std::isfinite(truth[i])) continue;
    throw Error::failed("importance accuracy: the true importance {} of segment {} is no number from 0 on",
                        truth[i], i);
  }
  const double best = sum_of(truth, select_segments(truth, count));
  return best == 0 ? 1 : sum_of(truth, select_segments(predicted, count)) / best;
}

}  // namespace zoetrope::metrics
