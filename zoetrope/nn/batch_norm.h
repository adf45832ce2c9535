#pragma once
// Batch normalisation (Ioffe and Szegedy, ICML 2015) that can be left out of a trained network, once its
// scale and shift are in the convolution before it (fold_batch_norms.h). Options, names and numbers are those
// of torch::nn::BatchNorm2d and 3d, which cannot be derived from: LibTorch does not export all of them.

#include <torch/torch.h>

#include <ostream>

namespace zoetrope::nn {

class BatchNormImpl : public torch::nn::Module {
 public:
  /// `options` is the number of channels, or more.
  explicit BatchNormImpl(const torch::nn::BatchNormOptions& options);

  /// [N, C, ...]. In training by the batch's own mean and variance, which the running ones follow; else by
  /// the running ones. Throws Error (kUsage) in training where each channel has one value: it has no variance.
  torch::Tensor forward(const torch::Tensor& input);

  /// Scale 1, shift 0, and running statistics as new.
  void reset_parameters();
  void reset_running_stats();

  /// From now on the identity. Its own numbers become those of one, for those who read them.
  void set_folded();
  [[nodiscard]] bool folded() const noexcept { return folded_; }

  void pretty_print(std::ostream& stream) const override;

  torch::nn::BatchNormOptions options;
  torch::Tensor weight, bias;  ///< [C]; undefined where the options are not affine
  torch::Tensor running_mean, running_var, num_batches_tracked;  ///< [C], [C], scalar

 private:
  bool folded_ = false;
};

/// The same; the types tell 2D networks from 3D ones.
class BatchNorm2dImpl : public BatchNormImpl {
 public:
  using BatchNormImpl::BatchNormImpl;
};
TORCH_MODULE(BatchNorm2d);

class BatchNorm3dImpl : public BatchNormImpl {
 public:
  using BatchNormImpl::BatchNormImpl;
};
TORCH_MODULE(BatchNorm3d);

}  // namespace zoetrope::nn
