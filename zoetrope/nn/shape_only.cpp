#include "zoetrope/nn/shape_only.h"

#include <ATen/native/ConvUtils.h>
#include <ATen/native/Pool.h>
#include <torch/library.h>
#include <torch/torch.h>

#include <cstdint>
#include <tuple>
#include <vector>

namespace zoetrope::nn {
namespace {

// A mode of the dispatcher that a thread enters and leaves, which LibTorch itself leaves unused.
constexpr auto kMode = c10::DispatchKey::TESTING_ONLY_GenericMode;

torch::Tensor empty_shape(at::IntArrayRef size, c10::optional<at::ScalarType> type,
                          c10::optional<at::Layout> layout, c10::optional<at::Device> /*device*/,
                          c10::optional<bool> pinned, c10::optional<at::MemoryFormat> format) {
  const c10::impl::ExcludeDispatchKeyGuard no_mode(kMode);
  return at::empty(size, type, layout, torch::Device(torch::kMeta), pinned, format);
}

#if TORCH_VERSION_MAJOR < 2
using MaybeTensor = c10::optional<torch::Tensor>;

// What LibTorch 1.13 does not know the shapes of without computing.
torch::Tensor convolution_shape(const torch::Tensor& input, const torch::Tensor& weight,
                                const MaybeTensor& /*bias*/, at::IntArrayRef stride, at::IntArrayRef padding,
                                at::IntArrayRef dilation, bool transposed, at::IntArrayRef output_padding,
                                std::int64_t groups) {
  const std::vector<std::int64_t> shape =
      transposed ? at::native::conv_input_size(input.sizes(), weight.sizes(), padding, output_padding, stride,
                                               dilation, groups)
                 : at::native::conv_output_size(input.sizes(), weight.sizes(), padding, stride, dilation);
  return torch::empty(shape, input.options());
}

std::tuple<torch::Tensor, torch::Tensor, torch::Tensor> batch_norm_shape(
    const torch::Tensor& input, const MaybeTensor& /*weight*/, const MaybeTensor& /*bias*/,
    const MaybeTensor& /*running_mean*/, const MaybeTensor& /*running_var*/, bool training,
    double /*momentum*/, double /*eps*/) {
  const torch::Tensor saved = torch::empty({training ? input.size(1) : 0}, input.options());
  return {torch::empty_like(input), saved, saved};
}

std::tuple<torch::Tensor, torch::Tensor> max_pool3d_shape(const torch::Tensor& input, at::IntArrayRef kernel,
                                                          at::IntArrayRef stride, at::IntArrayRef padding,
                                                          at::IntArrayRef dilation, bool ceil_mode) {
  const auto of = [](at::IntArrayRef sizes, std::size_t i) {
    return sizes.size() == 1 ? sizes[0] : sizes[i];
  };
  std::vector<std::int64_t> shape = input.sizes().vec();
  for (std::size_t i = 0; i < 3; ++i) {
    std::int64_t& size = shape[shape.size() - 3 + i];
    size =
        at::native::pooling_output_shape(size, of(kernel, i), of(padding, i),
                                         of(stride.empty() ? kernel : stride, i), of(dilation, i), ceil_mode);
  }
  return {torch::empty(shape, input.options()), torch::empty(shape, input.options().dtype(torch::kLong))};
}
#endif

}  // namespace

ShapeOnly::ShapeOnly() : guard_(kMode) {}

TORCH_LIBRARY_IMPL(_, TESTING_ONLY_GenericMode, library) {
  library.fallback(torch::CppFunction::makeFallthrough());
}
TORCH_LIBRARY_IMPL(aten, TESTING_ONLY_GenericMode, library) {
  library.impl("empty.memory_format", empty_shape);
}
#if TORCH_VERSION_MAJOR < 2
TORCH_LIBRARY_IMPL(aten, Meta, library) {
  library.impl("convolution_overrideable", convolution_shape);
  library.impl("relu", [](const torch::Tensor& x) { return torch::empty_like(x); });
  library.impl("native_batch_norm", batch_norm_shape);
  library.impl("max_pool3d_with_indices", max_pool3d_shape);
}
#endif

}  // namespace zoetrope::nn
