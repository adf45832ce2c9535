#include "zoetrope/nn/discrepancy.h"

#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

// By products, so that no [n, m, D] is made; what rounding leaves below zero is none.
torch::Tensor squared_distances(const torch::Tensor& a, const torch::Tensor& b) {
  const torch::Tensor squares = a.square().sum(1, true) + b.square().sum(1).unsqueeze(0);
  return (squares - 2 * a.matmul(b.t())).clamp_min(0);
}

std::vector<double> median_bandwidth(const torch::Tensor& x, const torch::Tensor& y) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor pooled = torch::cat({x, y});
  const torch::Tensor distances = squared_distances(pooled, pooled).sqrt();
  const torch::Tensor pairs = torch::triu_indices(pooled.size(0), pooled.size(0), 1, torch::kLong);
  const double median = distances.cpu().index({pairs[0], pairs[1]}).median().item<double>();
  return {median > 0 ? median : 1.0};
}

torch::Tensor kernel(const torch::Tensor& a, const torch::Tensor& b, const std::vector<double>& bandwidths) {
  const torch::Tensor distances = squared_distances(a, b);
  torch::Tensor sum;
  for (const double s : bandwidths) {
    const torch::Tensor values = torch::exp(-distances / (2 * s * s));
    sum = sum.defined() ? sum + values : values;
  }
  return sum / static_cast<double>(bandwidths.size());
}

torch::Tensor mean_within(const torch::Tensor& k, bool unbiased) {
  if (!unbiased) return k.mean();
  const auto n = static_cast<double>(k.size(0));
  return (k.sum() - k.diagonal().sum()) / (n * (n - 1));
}

}  // namespace

torch::Tensor squared_mmd(const torch::Tensor& x, const torch::Tensor& y, const MmdOptions& options) {
  const std::int64_t fewest = options.unbiased ? 2 : 1;
  if (x.size(0) < fewest || y.size(0) < fewest)
    throw Error::usage("a discrepancy of {} and {} points; {} of each are needed", x.size(0), y.size(0),
                       fewest);
  const std::vector<double> bandwidths =
      options.bandwidths.empty() ? median_bandwidth(x, y) : options.bandwidths;
  return mean_within(kernel(x, x, bandwidths), options.unbiased) +
         mean_within(kernel(y, y, bandwidths), options.unbiased) - 2 * kernel(x, y, bandwidths).mean();
}

torch::Tensor lsep(const torch::Tensor& scores, const torch::Tensor& positives) {
  const torch::Tensor present = positives > 0;
  constexpr double kNever = -std::numeric_limits<double>::infinity();
  // The sum over pairs is a product of two sums; with the 1, a log-sum-exp of their logs and 0.
  const torch::Tensor absent_sum = scores.masked_fill(present, kNever).logsumexp(1);
  const torch::Tensor present_sum = (-scores).masked_fill(present.logical_not(), kNever).logsumexp(1);
  const torch::Tensor none = present.all(1).logical_or(present.logical_not().all(1));
  return torch::softplus((absent_sum + present_sum).masked_fill(none, kNever));
}

}  // namespace zoetrope::nn
