#pragma once
// What tests of losses share: gradients against differences.

#include <torch/torch.h>

#include <algorithm>

namespace zoetrope::nn {

/// The largest difference between a gradient and central differences, relative to the gradient's largest
/// element.
template <typename Function>
double gradient_error(const Function& function, const torch::Tensor& at) {
  constexpr double kStep = 1e-6;
  const torch::Tensor x = at.clone().requires_grad_();
  const torch::Tensor gradient = torch::autograd::grad({function(x)}, {x})[0].flatten();
  double error = 0;
  for (std::int64_t i = 0; i < x.numel(); ++i) {
    const auto moved = [&](double by) {
      torch::Tensor y = at.clone();
      y.view({-1})[i] += by;
      return function(y).template item<double>();
    };
    const double difference = (moved(kStep) - moved(-kStep)) / (2 * kStep);
    error = std::max(error, std::abs(difference - gradient[i].template item<double>()));
  }
  return error / (gradient.abs().max().item<double>() + 1e-12);
}

}  // namespace zoetrope::nn
