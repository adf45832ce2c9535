#include "zoetrope/parity/compare.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::parity {
namespace {

constexpr double kInfinite = std::numeric_limits<double>::infinity();

// The kept elements, float64 on the CPU.
torch::Tensor kept_elements(const torch::Tensor& computed, const Summary& summary) {
  const torch::Tensor flat = computed.detach().reshape({-1});
  return flat.slice(0, 0, flat.numel(), summary.stride).to(torch::kCPU, torch::kFloat64).contiguous();
}

double largest_difference(const torch::Tensor& computed, const Summary& summary) {
  if (summary.values.empty()) return 0;
  const torch::Tensor whole = computed.detach().to(torch::kCPU, torch::kFloat64);
  const torch::Tensor theirs = torch::tensor(summary.values, torch::kFloat64);
  const double values = (kept_elements(computed, summary) - theirs).abs().max().item<double>();
  const double mean = std::abs(whole.mean().item<double>() - summary.mean);
  const double std = std::abs(whole.std(/*unbiased=*/false).item<double>() - summary.std);
  if (!std::isfinite(values) || !std::isfinite(mean) || !std::isfinite(std)) return kInfinite;
  return std::max({values, mean, std}) / scale_of(summary);
}

}  // namespace

std::string_view name_of(CheckKind kind) {
  switch (kind) {
    case CheckKind::kOutput:
      return "output";
    case CheckKind::kStage:
      return "stage";
    case CheckKind::kGradient:
      break;
  }
  return "gradient";
}

double scale_of(const Summary& summary) {
  const double mean = std::abs(summary.mean);
  return (summary.std < 1e-6 * mean ? mean : summary.std) + 1e-12;
}

Check compare(const torch::Tensor& computed, const Summary& summary, CheckKind kind, double tolerance) {
  Check check{.name = summary.name, .kind = kind, .tolerance = summary.exact ? 0 : tolerance};
  if (computed.sizes() != at::IntArrayRef(summary.shape)) {
    check.difference = kInfinite;
    check.note = fmt::format("shape [{}], not [{}]", fmt::join(computed.sizes(), ", "),
                             fmt::join(summary.shape, ", "));
    return check;
  }
  if (summary.exact) {
    const torch::Tensor theirs = torch::tensor(summary.values, torch::kFloat64);
    check.difference = kept_elements(computed, summary).ne(theirs).sum().item<double>();
  } else {
    check.difference = largest_difference(computed, summary);
  }
  check.ok = check.difference <= check.tolerance;
  return check;
}

}  // namespace zoetrope::parity
