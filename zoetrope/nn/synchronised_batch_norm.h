#pragma once
// Batch normalisation of a batch that several processes share out: each has some of the samples, all take the
// mean and variance of all of them, and gradients flow through both, as if one process had the whole batch
// (Peng et al., MegDet, CVPR 2018, section 3.2; equations of Ioffe and Szegedy, ICML 2015).
//
// Forward, each process tells the number, mean and variance of its values, channel by channel, in one sum
// over the processes; they are put together as by Chan et al. (1979), in float64, in the same order
// everywhere. Backward, the sums of dy and dy (x - mean) are added up, in one sum more. The gradients of
// weight and bias are of the process's own samples: the processes add them up as all others. Shares may
// differ, and be empty.
//
//   const nn::JointBatchScope scope(&joint);       // in training, batch norms (batch_norm.h) are synchronised
//   torch::Tensor logits = model->forward(share);  // joint outlives the backward pass

#include <torch/torch.h>

namespace zoetrope::nn {

/// The processes that train a model together, as a norm sees them.
class JointBatch {
 public:
  virtual ~JointBatch() = default;
  [[nodiscard]] virtual int rank() const = 0;
  [[nodiscard]] virtual int size() const = 0;
  /// Replaces a tensor by its sum over the processes; all of them call it, with tensors of one shape and
  /// kind.
  virtual void sum(torch::Tensor& tensor) = 0;
  /// Whether what this process computes are samples of the batch. One without a share computes something of
  /// the right shape, so that it takes part in every sum, and adds nothing to it.
  [[nodiscard]] virtual bool has_share() const = 0;
};

/// While one lives, the batch norms that this thread computes in training are of a joint batch; of nullptr,
/// of this process's own. Like LibTorch's NoGradGuard, it spares every network a parameter that it would only
/// pass on.
class JointBatchScope {
 public:
  explicit JointBatchScope(JointBatch* joint) noexcept;
  ~JointBatchScope();
  JointBatchScope(const JointBatchScope&) = delete;
  JointBatchScope& operator=(const JointBatchScope&) = delete;

  [[nodiscard]] static JointBatch* present() noexcept;

 private:
  JointBatch* outer_;
};

/// [N, C, ...] by the joint mean and variance, which the running ones follow; these and weight and bias, [C],
/// may be undefined. `joint` outlives the backward pass. Throws Error (kUsage) where each channel has one
/// value in all.
torch::Tensor synchronised_batch_norm(const torch::Tensor& input, const torch::Tensor& weight,
                                      const torch::Tensor& bias, torch::Tensor running_mean,
                                      torch::Tensor running_var, double momentum, double eps,
                                      JointBatch& joint);

}  // namespace zoetrope::nn
