#pragma once
// A stack of dilated residual layers over a sequence, as WaveNet (van den Oord et al., 2016) has them, with pools in
// time: the backbone of MuCon and of SCT.
//
//   x = relu(first_conv(X))                                     1x1, D to D'
//   layer i: x = x + dropout(conv_1x1(relu(dilated_conv(x))))   kernel 3, dilation d_i; then a pool, where i has one
//   last_conv(relu(x))                                          1x1
//
// Parameters are the authors' (yassersouri/MuCon, MohsenFayyaz89/SCT): `first_conv`, `last_conv`, `l_0.dilated_conv`,
// `l_0.conv_1x1`, ... The ReLU after the first convolution is theirs, not the papers'. A pool halves; an odd last
// frame is dropped.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"

namespace zoetrope::nn {

enum class TemporalPool { kMax, kSum };
inline EnumNames<TemporalPool> config_names(TemporalPool) {
  return {{"max", TemporalPool::kMax}, {"sum", TemporalPool::kSum}};
}

struct DilatedStackOptions {
  std::int64_t in_channels = 2048;
  std::int64_t channels = 128;
  std::vector<std::int64_t> dilations = {1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024};
  std::vector<std::int64_t> pool_after = {1, 2, 4, 8};  ///< indices of layers
  TemporalPool pool = TemporalPool::kMax;
  double dropout = 0.25;
  bool leaky = false;                         ///< leaky ReLUs (slope 0.01) in place of ReLUs
  std::vector<std::int64_t> keep_after = {};  ///< layers whose outputs (after a pool) are given, too
};

class DilatedStack : public torch::nn::Module {
 public:
  /// Throws Error (kUsage) for an index of a layer that is not there.
  explicit DilatedStack(const DilatedStackOptions& options);

  /// [N, D, T] to the outputs of `keep_after` in their order in the stack, then the last, [N, D', T'].
  /// Throws Error (kUsage) for a sequence that is too short for the pools.
  std::vector<torch::Tensor> forward(const torch::Tensor& sequence);

  /// What the pools make of so many frames.
  [[nodiscard]] std::int64_t pooled_length(std::int64_t frames) const;

 private:
  class Layer : public torch::nn::Module {
   public:
    explicit Layer(const DilatedStackOptions& options, std::int64_t dilation);
    torch::Tensor forward(const torch::Tensor& x);

   private:
    torch::nn::Conv1d dilated_conv_, conv_1x1_;
    double dropout_;
    bool leaky_;
  };

  DilatedStackOptions options_;
  torch::nn::Conv1d first_conv_, last_conv_;
  std::vector<std::shared_ptr<Layer>> layers_;
};

}  // namespace zoetrope::nn
