#pragma once
// Losses that compare sets: the maximum mean discrepancy of two samples (Gretton et al., "A Kernel Two-Sample Test",
// JMLR 2012), and LSEP, a ranking loss of several labels (Li, Song and Luo, "Improving Pairwise Ranking for
// Multi-label Image Classification", CVPR 2017).

#include <torch/torch.h>

#include <vector>

namespace zoetrope::nn {

struct MmdOptions {
  /// Of the Gaussian kernels k(a, b) = exp(-|a - b|^2 / (2 s^2)), which are averaged. Empty: one, the median of the
  /// distances within the pooled samples, which is held (no gradient).
  std::vector<double> bandwidths = {};
  bool unbiased = false;  ///< without the pairs of a point with itself
};

/// Squared: mean k(x, x) + mean k(y, y) - 2 mean k(x, y), of x [n, D] and y [m, D]. Throws Error (kUsage) for an empty
/// sample, or one of a single point where `unbiased`.
[[nodiscard]] torch::Tensor squared_mmd(const torch::Tensor& x, const torch::Tensor& y,
                                        const MmdOptions& options = {});

/// [N]: log(1 + sum over absent u and present v of exp(s_u - s_v)) of scores [N, C] and positives [N, C] (0 or 1).
[[nodiscard]] torch::Tensor lsep(const torch::Tensor& scores, const torch::Tensor& positives);

}  // namespace zoetrope::nn
