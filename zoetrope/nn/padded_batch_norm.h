#pragma once
// Batch normalisation of a batch that ends in many equal samples, of which one is given: the frames of zeros
// behind clips of different lengths (models/adaptive.h). Values, gradients and running statistics are those
// of the whole batch (Ioffe and Szegedy, ICML 2015), where the gradient of the one sample is the sum over its
// copies.
//
// With x of S samples and n values of a channel in the whole batch, the last sample counting c times:
//
//   mean = (sum of the others + c last) / n,   variance likewise (put together as by Chan et al., 1979)
//   dx_s = weight / std (dy_s - k_s (sum dy + x_hat_s sum dy x_hat) / n),   k_s = 1, of the last c

#include <torch/torch.h>

#include <cstdint>

#include "zoetrope/nn/batch_norm.h"

namespace zoetrope::nn {

/// `norm` of [S, C, ...], S at least 2, whose last sample stands for `copies` equal ones, one or more. In
/// evaluation as `norm` itself, which then sees no difference. The norm has weight and bias.
[[nodiscard]] torch::Tensor padded_batch_norm(BatchNormImpl& norm, const torch::Tensor& input,
                                              std::int64_t copies);

}  // namespace zoetrope::nn
