#pragma once
// Weights for the frames of a clip, all of which are kept: what the thesis of similarity_sampling.h compares the
// sampling with (its section 6.4.13, open in detail). Double attention (Chen, Kalantidis, Li, Yan and Feng,
// "A^2-Nets: Double Attention Networks", NeurIPS 2018, equations 3 to 6) over frames in place of positions:
//
//   X [N, C, T, H, W],  x its mean over space [N, C, T];  A, B, V = three linear layers of x, C / 4 wide
//   G = A softmax_t(B)^T            what the clip holds, gathered over time
//   a = W G softmax_channels(V)     distributed to the frames, [N, C, T];  the result is a * X
//
// Following the authors' code (github.com/SimilarityGuidedSampling, attention.py), a multiplies the maps. It averages
// over space after the layers, which is the same and dearer. Parameters bear its names.

#include <torch/torch.h>

#include <cstdint>

#include "zoetrope/nn/conv3d.h"

namespace zoetrope::nn {

class TemporalAttentionImpl : public torch::nn::Module {
 public:
  /// Throws Error (kUsage) for fewer than 4 channels.
  explicit TemporalAttentionImpl(std::int64_t channels);

  /// [N, C, T, H, W] to the same.
  [[nodiscard]] torch::Tensor forward(const torch::Tensor& maps);

 private:
  Conv3d conv_a_{nullptr}, conv_b_{nullptr}, conv_v_{nullptr};
  torch::nn::Conv1d reconstruct_{nullptr};
};
TORCH_MODULE(TemporalAttention);

}  // namespace zoetrope::nn
