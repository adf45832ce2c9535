#pragma once
// Max pooling in space and time, faster where most networks need it. The pool behind their stems takes
// windows of 3 in steps of 2, padded by 1, along height and width and perhaps time. Such a maximum may be
// taken along one dimension after the other, and along each as maxima of whole slices, which a processor
// computes many at a time; LibTorch 1.13 looks at each window by itself. The values are the same, bit for
// bit. It pays without gradients, which would have to find the place of each maximum.

#include <torch/torch.h>

namespace zoetrope::nn {

/// torch::max_pool3d of maps [N, C, T, H, W]; each of the last three is for (T, H, W).
[[nodiscard]] torch::Tensor max_pool3d(const torch::Tensor& maps, torch::IntArrayRef kernel,
                                       torch::IntArrayRef stride, torch::IntArrayRef padding);

}  // namespace zoetrope::nn
