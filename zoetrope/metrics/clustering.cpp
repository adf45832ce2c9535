#include "zoetrope/metrics/clustering.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include "zoetrope/core/error.h"
#include "zoetrope/core/random.h"
#include "zoetrope/metrics/assignment.h"

namespace zoetrope::metrics {
namespace {

struct Points {
  std::span<const float> features;
  std::size_t dimensions = 0;

  std::size_t size() const { return features.size() / dimensions; }
  const float* operator[](std::size_t point) const { return features.data() + point * dimensions; }
};

void check_arguments(std::span<const float> features, std::size_t dimensions, const KMeansOptions& options) {
  if (dimensions == 0 || features.size() % dimensions != 0) {
    throw Error::failed("k-means: {} features are no rows of {}", features.size(), dimensions);
  }
  if (options.num_clusters == 0 || options.restarts == 0 || options.max_iterations == 0) {
    throw Error::failed("k-means: clusters, restarts and iterations must be at least 1, not {}, {} and {}",
                        options.num_clusters, options.restarts, options.max_iterations);
  }
  if (features.size() / dimensions < options.num_clusters) {
    throw Error::failed("k-means: {} points are too few for {} clusters", features.size() / dimensions,
                        options.num_clusters);
  }
  const auto odd = std::find_if(features.begin(), features.end(), [](float x) { return !std::isfinite(x); });
  if (odd != features.end()) {
    throw Error::failed("k-means: a feature of point {} is {}, not finite",
                        static_cast<std::size_t>(odd - features.begin()) / dimensions, *odd);
  }
}

// Four sums, so that additions need not wait for one another; their order is part of the result.
double squared_distance(const float* point, const double* centre, std::size_t dimensions) {
  std::array<double, 4> sums = {};
  std::size_t i = 0;
  for (; i + sums.size() <= dimensions; i += sums.size()) {
    for (std::size_t lane = 0; lane < sums.size(); ++lane) {
      const double difference = point[i + lane] - centre[i + lane];
      sums[lane] += difference * difference;
    }
  }
  for (; i < dimensions; ++i) {
    const double difference = point[i] - centre[i];
    sums[0] += difference * difference;
  }
  return (sums[0] + sums[1]) + (sums[2] + sums[3]);
}

// An index with a chance in proportion to its weight; any where all weights are 0.
std::size_t draw_index(std::span<const double> weights, RandomGenerator& generator) {
  double total = 0;
  for (const double weight : weights) total += weight;
  const double unit = uniform(generator);
  if (total == 0) return static_cast<std::size_t>(unit * static_cast<double>(weights.size()));
  const double target = unit * total;
  double sum = 0;
  std::size_t last = 0;  // of a weight above 0, where rounding leaves the sum below the target
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (weights[i] == 0) continue;
    sum += weights[i];
    if (sum > target) return i;
    last = i;
  }
  return last;
}

std::vector<double> seed_centres(const Points& points, std::size_t num_clusters, RandomGenerator& generator) {
  std::vector<double> centres(num_clusters * points.dimensions);
  std::vector<double> nearest(points.size(), 1);  // the first centre is drawn from all points alike
  for (std::size_t cluster = 0; cluster < num_clusters; ++cluster) {
    const float* const point = points[draw_index(nearest, generator)];
    double* const centre = centres.data() + cluster * points.dimensions;
    std::copy(point, point + points.dimensions, centre);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double distance = squared_distance(points[i], centre, points.dimensions);
      nearest[i] = cluster == 0 ? distance : std::min(nearest[i], distance);
    }
  }
  return centres;
}

// Lloyd's iterations from one seeding.
class Run {
 public:
  Run(const Points& points, std::size_t num_clusters, std::vector<double> centres)
      : points_(points), num_clusters_(num_clusters), distances_(points.size()) {
    clusters_.centres = std::move(centres);
    clusters_.labels.assign(points.size(), -1);
    assign_points();
  }

  Clusters finish(std::size_t max_iterations) && {
    bool changed = true;
    while (changed && clusters_.iterations < max_iterations) {
      ++clusters_.iterations;
      fill_empty_clusters();
      move_centres();
      changed = assign_points();
    }
    for (const double distance : distances_) clusters_.inertia += distance;
    return std::move(clusters_);
  }

 private:
  // Whether a label changed.
  bool assign_points() {
    bool changed = false;
    for (std::size_t i = 0; i < points_.size(); ++i) {
      std::int64_t label = 0;
      double least = std::numeric_limits<double>::infinity();
      for (std::size_t cluster = 0; cluster < num_clusters_; ++cluster) {
        const double distance = squared_distance(points_[i], centre(cluster), points_.dimensions);
        if (distance >= least) continue;
        least = distance;
        label = static_cast<std::int64_t>(cluster);
      }
      changed |= label != clusters_.labels[i];
      clusters_.labels[i] = label;
      distances_[i] = least;
    }
    count_points();
    return changed;
  }

  void count_points() {
    sizes_.assign(num_clusters_, 0);
    for (const std::int64_t label : clusters_.labels) ++sizes_[static_cast<std::size_t>(label)];
  }

  void fill_empty_clusters() {
    for (std::size_t cluster = 0; cluster < num_clusters_; ++cluster) {
      if (sizes_[cluster] > 0) continue;
      std::size_t farthest = points_.size();
      for (std::size_t i = 0; i < points_.size(); ++i) {
        if (sizes_[static_cast<std::size_t>(clusters_.labels[i])] < 2 || distances_[i] == 0) continue;
        if (farthest == points_.size() || distances_[i] > distances_[farthest]) farthest = i;
      }
      if (farthest == points_.size()) return;  // every point lies on its centre
      --sizes_[static_cast<std::size_t>(clusters_.labels[farthest])];
      ++sizes_[cluster];
      clusters_.labels[farthest] = static_cast<std::int64_t>(cluster);
      distances_[farthest] = 0;
    }
  }

  void move_centres() {
    for (std::size_t cluster = 0; cluster < num_clusters_; ++cluster) {
      if (sizes_[cluster] > 0) std::fill_n(centre(cluster), points_.dimensions, 0.0);
    }
    for (std::size_t i = 0; i < points_.size(); ++i) {
      double* const sum = centre(static_cast<std::size_t>(clusters_.labels[i]));
      for (std::size_t d = 0; d < points_.dimensions; ++d) sum[d] += points_[i][d];
    }
    for (std::size_t cluster = 0; cluster < num_clusters_; ++cluster) {
      if (sizes_[cluster] == 0) continue;
      for (std::size_t d = 0; d < points_.dimensions; ++d) {
        centre(cluster)[d] /= static_cast<double>(sizes_[cluster]);
      }
    }
  }

  double* centre(std::size_t cluster) { return clusters_.centres.data() + cluster * points_.dimensions; }

  Points points_;
  std::size_t num_clusters_;
  std::vector<double> distances_;  // of each point from its centre, squared
  std::vector<std::int64_t> sizes_;
  Clusters clusters_;
};

std::vector<std::int64_t> distinct(std::span<const std::int64_t> labels) {
  std::vector<std::int64_t> values(labels.begin(), labels.end());
  std::sort(values.begin(), values.end());
  values.erase(std::unique(values.begin(), values.end()), values.end());
  if (values.size() > kMaxContingencyLabels) {
    throw Error::failed("contingency: {} distinct labels, but at most {} can be counted", values.size(),
                        kMaxContingencyLabels);
  }
  return values;
}

std::size_t index_of(const std::vector<std::int64_t>& ascending, std::int64_t label) {
  return static_cast<std::size_t>(std::lower_bound(ascending.begin(), ascending.end(), label) -
                                  ascending.begin());
}

}  // namespace

Clusters k_means(std::span<const float> features, std::size_t dimensions, const KMeansOptions& options,
                 RandomGenerator& generator) {
  check_arguments(features, dimensions, options);
  const Points points{features, dimensions};
  Clusters best;
  for (std::size_t restart = 0; restart < options.restarts; ++restart) {
    Run run(points, options.num_clusters, seed_centres(points, options.num_clusters, generator));
    Clusters clusters = std::move(run).finish(options.max_iterations);
    if (restart == 0 || clusters.inertia < best.inertia) best = std::move(clusters);
  }
  return best;
}

Contingency count_contingency(std::span<const std::int64_t> first, std::span<const std::int64_t> second) {
  if (first.size() != second.size()) {
    throw Error::failed("contingency: {} labels against {}", first.size(), second.size());
  }
  Contingency table{.rows = distinct(first), .columns = distinct(second), .counts = {}};
  table.counts.assign(table.rows.size() * table.columns.size(), 0);
  for (std::size_t i = 0; i < first.size(); ++i) {
    ++table
          .counts[index_of(table.rows, first[i]) * table.columns.size() + index_of(table.columns, second[i])];
  }
  return table;
}

ClusterAgreement match_clusters(std::span<const std::int64_t> predicted,
                                std::span<const std::int64_t> truth) {
  ClusterAgreement agreement{.table = count_contingency(predicted, truth), .class_of_row = {}};
  const Contingency& table = agreement.table;
  agreement.total = static_cast<std::int64_t>(truth.size());
  const std::vector<double> scores(table.counts.begin(), table.counts.end());
  agreement.class_of_row = assign_max_score(scores, table.rows.size(), table.columns.size());
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    const std::int64_t column = agreement.class_of_row[row];
    if (column >= 0) agreement.matched += table.count(row, static_cast<std::size_t>(column));
  }
  return agreement;
}

}  // namespace zoetrope::metrics
