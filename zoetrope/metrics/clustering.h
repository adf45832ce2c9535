#pragma once
// Clustering of features, and how well clusters that know no names agree with classes that have them.
//
//   RandomGenerator generator = keyed_generator(seed, {});
//   const Clusters clusters = k_means(features, 2048, {.num_clusters = 20}, generator);
//   match_clusters(clusters.labels, truth).accuracy();
//
// Sources: Lloyd, Least squares quantization in PCM, IEEE Transactions on Information Theory 28, 1982; Arthur
// and Vassilvitskii, k-means++: The Advantages of Careful Seeding, SODA 2007. Accuracy by the best one-to-one
// assignment as for the clusters of M. Fayyaz, Holistic Video Understanding, table 5.11.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/core/random.h"

namespace zoetrope::metrics {

struct KMeansOptions {
  std::size_t num_clusters = 8;
  std::size_t restarts = 10;         ///< runs from other seeds, of which the one of least inertia is kept
  std::size_t max_iterations = 300;  ///< of one run, which ends before where no label changes
};

struct Clusters {
  std::vector<std::int64_t> labels;  ///< [num_points], the index of the nearest centre; of equals the lower
  std::vector<double> centres;       ///< [num_clusters, dimensions]
  double inertia = 0;                ///< sum of squared distances of the points from their centres
  std::size_t iterations = 0;        ///< of the kept run
};

/// `features` is [num_points, dimensions], row after row. Centres are seeded by k-means++: each a point,
/// drawn with a chance in proportion to its squared distance from the nearest centre so far. A cluster that
/// loses all its points takes, before centres move again, the point that is farthest from its centre, out of
/// a cluster of two or more. Where there are fewer distinct points than clusters, some stay empty, with a
/// point's place as their centre.
///
/// Sums are taken in double in a fixed order, without fused multiply-add, and draws do not depend on the
/// standard library: a generator in the same state gives the same clusters on every platform. Time
/// O(restarts iterations num_points num_clusters dimensions).
///
/// Throws Error where the size is not that of whole rows, a feature is not finite, there are fewer points
/// than clusters, or a number of the options is 0.
[[nodiscard]] Clusters k_means(std::span<const float> features, std::size_t dimensions,
                               const KMeansOptions& options, RandomGenerator& generator);

/// Labels of the same points by two labellings. Any integers may be labels.
struct Contingency {
  std::vector<std::int64_t> rows;     ///< the distinct labels of the first, ascending
  std::vector<std::int64_t> columns;  ///< those of the second
  std::vector<std::int64_t> counts;   ///< points of row and column, [rows, columns]

  [[nodiscard]] std::int64_t count(std::size_t row, std::size_t column) const {
    return counts[row * columns.size() + column];
  }
};

inline constexpr std::size_t kMaxContingencyLabels = 4096;  ///< on a side: the table is at most 128 MiB

/// Throws Error for labellings of unequal length, or of more distinct labels than that.
[[nodiscard]] Contingency count_contingency(std::span<const std::int64_t> first,
                                            std::span<const std::int64_t> second);

struct ClusterAgreement {
  Contingency table;                       ///< rows are clusters, columns classes
  std::vector<std::int64_t> class_of_row;  ///< of each cluster, the index of its column, or -1
  std::int64_t matched = 0;                ///< points whose cluster is matched to their class
  std::int64_t total = 0;

  /// 0 without points.
  [[nodiscard]] double accuracy() const {
    return total == 0 ? 0 : static_cast<double>(matched) / static_cast<double>(total);
  }
};

/// Clusters are matched to classes one to one, such that the number of matched points is the greatest
/// possible (the Hungarian method). Their numbers may differ; points of what is left over count as wrong.
/// Throws Error as count_contingency does.
[[nodiscard]] ClusterAgreement match_clusters(std::span<const std::int64_t> predicted,
                                              std::span<const std::int64_t> truth);

}  // namespace zoetrope::metrics
