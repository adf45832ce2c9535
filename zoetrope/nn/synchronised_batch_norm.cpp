#include "zoetrope/nn/synchronised_batch_norm.h"

#include <array>
#include <tuple>
#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [C] each, in the input's precision; `count` is the number of values of a channel, over all processes.
struct Moments {
  torch::Tensor mean, variance;  // biased
  double count = 0;
};

// One sum over a table with a row a process: whoever has no share leaves its row empty.
Moments joint_moments(const torch::Tensor& input, JointBatch& joint) {
  const std::int64_t channels = input.size(1);
  torch::Tensor table = torch::zeros({joint.size(), 2 * channels + 1}, input.options().dtype(torch::kDouble));
  if (joint.has_share()) {
    const auto [mean, variance] = torch::batch_norm_update_stats(input, {}, {}, 0);
    torch::Tensor row = table[joint.rank()];
    row[0].fill_(static_cast<double>(input.numel() / channels));
    row.slice(0, 1, channels + 1).copy_(mean);
    row.slice(0, channels + 1).copy_(variance);
  }
  joint.sum(table);
  const torch::Tensor counts = table.slice(1, 0, 1), means = table.slice(1, 1, channels + 1);
  const torch::Tensor count = counts.sum();
  const torch::Tensor mean = (counts * means).sum(0) / count;
  const torch::Tensor variance =
      (counts * (table.slice(1, channels + 1) + (means - mean).square())).sum(0) / count;
  return {mean.to(input.scalar_type()), variance.to(input.scalar_type()), count.item<double>()};
}

// (x - mean) / sqrt(variance + eps) * weight + bias, channel by channel.
torch::Tensor normalise(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                        const Moments& moments, double eps) {
  return std::get<0>(torch::native_batch_norm(input, weight, bias, moments.mean, moments.variance,
                                              /*training=*/false, 0, eps));
}

torch::Tensor per_channel(const torch::Tensor& values, std::int64_t num_dims) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(num_dims), 1);
  shape[1] = -1;
  return values.view(shape);
}

thread_local JointBatch* present_joint_batch = nullptr;

class SynchronisedBatchNorm : public torch::autograd::Function<SynchronisedBatchNorm> {
 public:
  static torch::Tensor forward(AutogradContext* context, const torch::Tensor& input,
                               const torch::Tensor& weight, const torch::Tensor& bias,
                               const torch::Tensor& mean, const torch::Tensor& variance, double count,
                               double eps, std::int64_t joint) {
    context->save_for_backward({input, weight, mean, variance});
    context->saved_data["count"] = count;
    context->saved_data["eps"] = eps;
    context->saved_data["joint"] = joint;
    context->saved_data["has_share"] = reinterpret_cast<JointBatch*>(joint)->has_share();
    return normalise(input, weight, bias, {mean, variance, count}, eps);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const torch::Tensor &input = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
    const double count = context->saved_data["count"].toDouble(), eps = context->saved_data["eps"].toDouble();
    auto& joint = *reinterpret_cast<JointBatch*>(context->saved_data["joint"].toInt());
    const torch::Tensor dy = gradients[0].contiguous(input.suggest_memory_format());

    // Of fixed moments, these are the gradients of weight and bias: sums of dy (x - mean) / std and of dy.
    auto [unused, weighted, plain] =
        torch::native_batch_norm_backward(dy, input, weight, mean, variance, {}, {}, /*train=*/false, eps,
                                          std::array<bool, 3>{false, true, true});
    const bool has_share = context->saved_data["has_share"].toBool();
    if (!has_share) {
      weighted.zero_();
      plain.zero_();
    }
    torch::Tensor sums = torch::stack({weighted, plain}).to(torch::kDouble);
    joint.sum(sums);
    sums = (sums / count).to(input.scalar_type());
    const torch::Tensor scale = weight * (variance + eps).rsqrt();
    // dx = scale (dy - mean of dy - x_hat mean of dy x_hat)
    torch::Tensor dx = normalise(input, -sums[0] * scale, -sums[1] * scale, {mean, variance, count}, eps);
    dx.addcmul_(dy, per_channel(scale, dy.dim()));
    if (!has_share) dx.zero_();  // the others' samples do not depend on it
    const torch::Tensor none;
    return {dx, weighted, plain, none, none, none, none, none};
  }
};

}  // namespace

JointBatchScope::JointBatchScope(JointBatch* joint) noexcept
    : outer_(std::exchange(present_joint_batch, joint)) {}

JointBatchScope::~JointBatchScope() {
  present_joint_batch = outer_;
}

JointBatch* JointBatchScope::present() noexcept {
  return present_joint_batch;
}

torch::Tensor synchronised_batch_norm(const torch::Tensor& input, const torch::Tensor& weight,
                                      const torch::Tensor& bias, torch::Tensor running_mean,
                                      torch::Tensor running_var, double momentum, double eps,
                                      JointBatch& joint) {
  Moments moments;
  {
    const torch::NoGradGuard no_grad;
    moments = joint_moments(input.detach(), joint);
    if (moments.count < 2) {
      throw Error::usage(
          "batch normalisation of {} channels sees one value of each in training; larger batches or clips "
          "mend that",
          input.size(1));
    }
    if (running_mean.defined()) {
      running_mean.lerp_(moments.mean, momentum);
      running_var.lerp_(moments.variance * (moments.count / (moments.count - 1)), momentum);
    }
  }
  // LibTorch's functions of ours take no undefined tensor.
  return SynchronisedBatchNorm::apply(input, weight.defined() ? weight : torch::ones_like(moments.mean),
                                      bias.defined() ? bias : torch::zeros_like(moments.mean), moments.mean,
                                      moments.variance, moments.count, eps,
                                      reinterpret_cast<std::int64_t>(&joint));
}

}  // namespace zoetrope::nn
