#pragma once
// The assignment problem: the one-to-one matching of rows to columns of least total cost, by successive
// shortest augmenting paths with potentials (the Hungarian method; Jonker and Volgenant, Computing 38, 1987).

#include <cstdint>
#include <span>
#include <vector>

namespace zoetrope::metrics {

/// `costs` is [rows, columns], row after row, of numbers between -1e100 and 1e100; min(rows, columns) pairs
/// are made. Returns for each row its column, or -1. Time O(min^2 max), memory O(rows * columns). Throws
/// Error where the size is not rows * columns or a cost is none of those.
[[nodiscard]] std::vector<std::int64_t> assign_min_cost(std::span<const double> costs, std::size_t rows,
                                                        std::size_t columns);

/// The same of greatest total score.
[[nodiscard]] std::vector<std::int64_t> assign_max_score(std::span<const double> scores, std::size_t rows,
                                                         std::size_t columns);

}  // namespace zoetrope::metrics
