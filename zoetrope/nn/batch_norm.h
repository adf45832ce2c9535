#pragma once
// Batch normalisation that can be left out of a trained network, once its scale and shift are in the convolution before it
// (fold_batch_norms.h). Else LibTorch's own, with its names and its state.

#include <torch/torch.h>

namespace zoetrope::nn {

template <typename Norm>
class FoldableBatchNorm : public Norm {
 public:
  using Norm::Norm;

  torch::Tensor forward(const torch::Tensor& input) { return folded_ ? input : Norm::forward(input); }

  /// From now on the identity. Its own numbers become those of one, for those who read them.
  void set_folded() {
    const torch::NoGradGuard no_grad;
    this->weight.fill_(1);
    this->bias.zero_();
    this->running_mean.zero_();
    this->running_var.fill_(1 - this->options.eps());
    folded_ = true;
  }
  [[nodiscard]] bool folded() const noexcept { return folded_; }

 private:
  bool folded_ = false;
};

class BatchNorm2dImpl : public FoldableBatchNorm<torch::nn::BatchNorm2dImpl> {
 public:
  using FoldableBatchNorm::FoldableBatchNorm;
};
TORCH_MODULE(BatchNorm2d);

class BatchNorm3dImpl : public FoldableBatchNorm<torch::nn::BatchNorm3dImpl> {
 public:
  using FoldableBatchNorm::FoldableBatchNorm;
};
TORCH_MODULE(BatchNorm3d);

}  // namespace zoetrope::nn
