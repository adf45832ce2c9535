#include "zoetrope/nn/batch_norm.h"

#include "zoetrope/core/error.h"
#include "zoetrope/nn/synchronised_batch_norm.h"

namespace zoetrope::nn {

BatchNormImpl::BatchNormImpl(const torch::nn::BatchNormOptions& o) : options(o) {
  const std::int64_t channels = options.num_features();
  if (options.affine()) {
    weight = register_parameter("weight", torch::ones({channels}));
    bias = register_parameter("bias", torch::zeros({channels}));
  }
  running_mean = register_buffer("running_mean", torch::zeros({channels}));
  running_var = register_buffer("running_var", torch::ones({channels}));
  num_batches_tracked = register_buffer("num_batches_tracked", torch::tensor(std::int64_t{0}));
}

torch::Tensor BatchNormImpl::forward(const torch::Tensor& input) {
  if (folded_) return input;
  JointBatch* const joint = JointBatchScope::present();
  double momentum = options.momentum().value_or(0);
  if (is_training()) {
    if (!joint && input.numel() == input.size(1)) {
      throw Error::usage(
          "batch normalisation of {} channels sees one value of each in training; larger batches or clips "
          "mend that",
          input.size(1));
    }
    num_batches_tracked.add_(1);
    // Without a momentum, all batches count alike.
    if (!options.momentum()) momentum = 1.0 / num_batches_tracked.item<double>();
  }
  if (joint && is_training()) {
    return synchronised_batch_norm(input, weight, bias, running_mean, running_var, momentum, options.eps(),
                                   *joint);
  }
  return torch::batch_norm(input, weight, bias, running_mean, running_var, is_training(), momentum,
                           options.eps(), at::globalContext().userEnabledCuDNN());
}

void BatchNormImpl::reset_running_stats() {
  running_mean.zero_();
  running_var.fill_(1);
  num_batches_tracked.zero_();
}

void BatchNormImpl::reset_parameters() {
  const torch::NoGradGuard no_grad;
  reset_running_stats();
  if (!weight.defined()) return;
  weight.fill_(1);
  bias.zero_();
}

void BatchNormImpl::set_folded() {
  const torch::NoGradGuard no_grad;
  reset_running_stats();
  running_var.fill_(1 - options.eps());
  if (weight.defined()) {
    weight.fill_(1);
    bias.zero_();
  }
  folded_ = true;
}

void BatchNormImpl::pretty_print(std::ostream& stream) const {
  stream << "BatchNorm(" << options.num_features() << ", eps=" << options.eps()
         << (folded_ ? ", folded)" : ")");
}

}  // namespace zoetrope::nn
