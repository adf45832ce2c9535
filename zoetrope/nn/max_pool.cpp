#include "zoetrope/nn/max_pool.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;

// The maxima of elements 2 i - 1, 2 i and 2 i + 1 along a dimension, as far as they exist.
Tensor halved(const Tensor& x, std::int64_t dim) {
  const Tensor even = x.slice(dim, 0, x.size(dim), 2), odd = x.slice(dim, 1, x.size(dim), 2);
  // So many elements have a neighbour after them, and before them.
  const std::int64_t with_next = odd.size(dim), with_last = even.size(dim) - 1;
  Tensor most = even.clone(torch::MemoryFormat::Contiguous);
  if (with_next == 0) return most;
  Tensor left = most.narrow(dim, 0, with_next), right = most.narrow(dim, 1, with_last);
  torch::maximum_out(left, left, odd);
  torch::maximum_out(right, right, odd.narrow(dim, 0, with_last));
  return most;
}

enum class Window { kNone, kHalves, kOther };

Window window_of(std::int64_t kernel, std::int64_t stride, std::int64_t padding) {
  if (kernel == 1 && stride == 1 && padding == 0) return Window::kNone;
  return kernel == 3 && stride == 2 && padding == 1 ? Window::kHalves : Window::kOther;
}

}  // namespace

Tensor max_pool3d(const Tensor& maps, torch::IntArrayRef kernel, torch::IntArrayRef stride,
                  torch::IntArrayRef padding) {
  const bool learns = torch::GradMode::is_enabled() && maps.requires_grad();
  bool known = maps.dim() == 5 && maps.device().is_cpu() && !learns, halves = false;
  for (std::size_t i = 0; i < 3; ++i) {
    const Window window = window_of(kernel[i], stride[i], padding[i]);
    known = known && window != Window::kOther;
    halves = halves || window == Window::kHalves;
  }
  if (!known || !halves) return torch::max_pool3d(maps, kernel, stride, padding);
  Tensor most = maps;
  for (std::size_t i = 0; i < 3; ++i) {
    if (kernel[i] == 3) most = halved(most, static_cast<std::int64_t>(i) + 2);
  }
  return most;
}

}  // namespace zoetrope::nn
