#include "zoetrope/nn/padded_batch_norm.h"

#include <array>
#include <tuple>

namespace zoetrope::nn {
namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

// [C] each, in the input's precision; `count` is the number of values of a channel in the whole batch.
struct PaddedMoments {
  Tensor mean, variance;  // biased
  double count = 0;
};

PaddedMoments moments_of(const Tensor& input, std::int64_t copies) {
  const std::int64_t others = input.size(0) - 1;
  const auto values = static_cast<double>(input[0].numel() / input.size(1));
  const auto [mean, variance] = torch::batch_norm_update_stats(input.narrow(0, 0, others), {}, {}, 0);
  const auto [last_mean, last_variance] =
      torch::batch_norm_update_stats(input.narrow(0, others, 1), {}, {}, 0);
  const double count = values * static_cast<double>(others + copies);
  const double share = values * static_cast<double>(copies) / count;  // of the last in the whole
  const Tensor apart = last_mean.to(torch::kDouble) - mean.to(torch::kDouble);
  const Tensor spread = (1 - share) * variance.to(torch::kDouble) + share * last_variance.to(torch::kDouble);
  PaddedMoments moments;
  moments.mean = (mean.to(torch::kDouble) + share * apart).to(input.scalar_type());
  moments.variance = (spread + share * (1 - share) * apart.square()).to(input.scalar_type());
  moments.count = count;
  return moments;
}

// (x - mean) / sqrt(variance + eps) * weight + bias, channel by channel.
Tensor normalised(const Tensor& input, const Tensor& weight, const Tensor& bias, const Tensor& mean,
                  const Tensor& variance, double eps) {
  return std::get<0>(
      torch::native_batch_norm(input, weight, bias, mean, variance, /*training=*/false, 0, eps));
}

class PaddedBatchNorm : public torch::autograd::Function<PaddedBatchNorm> {
 public:
  static Tensor forward(AutogradContext* context, const Tensor& input, const Tensor& weight,
                        const Tensor& bias, const Tensor& mean, const Tensor& variance, double count,
                        double eps, std::int64_t copies) {
    context->save_for_backward({input, weight, mean, variance});
    context->saved_data["count"] = count;
    context->saved_data["eps"] = eps;
    context->saved_data["copies"] = copies;
    return normalised(input, weight, bias, mean, variance, eps);
  }

  static variable_list backward(AutogradContext* context, variable_list gradients) {
    const variable_list saved = context->get_saved_variables();
    const Tensor &input = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
    const double count = context->saved_data["count"].toDouble(), eps = context->saved_data["eps"].toDouble();
    const Tensor dy = gradients[0].contiguous();
    // Of fixed moments, these are the gradients of weight and bias: sums of dy (x - mean) / std and of dy.
    auto [unused, to_weight, to_bias] =
        torch::native_batch_norm_backward(dy, input, weight, mean, variance, {}, {}, /*train=*/false, eps,
                                          std::array<bool, 3>{false, true, true});
    const Tensor scale = weight * (variance + eps).rsqrt();
    Tensor dx = normalised(input, to_weight * scale / -count, to_bias * scale / -count, mean, variance, eps);
    dx.narrow(0, dx.size(0) - 1, 1).mul_(static_cast<double>(context->saved_data["copies"].toInt()));
    std::vector<std::int64_t> shape(static_cast<std::size_t>(dy.dim()), 1);
    shape[1] = -1;
    dx.addcmul_(dy, scale.view(shape));
    const Tensor none;
    return {dx, to_weight, to_bias, none, none, none, none, none};
  }
};

}  // namespace

Tensor padded_batch_norm(BatchNormImpl& norm, const Tensor& input, std::int64_t copies) {
  if (!norm.is_training()) return norm.forward(input);
  // Of half precision, too, the moments are those of the norm's own.
  const Tensor x = input.to(norm.weight.scalar_type()).contiguous();
  PaddedMoments moments;
  {
    const torch::NoGradGuard no_grad;
    moments = moments_of(x.detach(), copies);
    norm.num_batches_tracked.add_(1);
    // Without a momentum, all batches count alike, as in BatchNorm.
    const double momentum =
        norm.options.momentum() ? *norm.options.momentum() : 1.0 / norm.num_batches_tracked.item<double>();
    norm.running_mean.lerp_(moments.mean, momentum);
    norm.running_var.lerp_(moments.variance * (moments.count / (moments.count - 1)), momentum);
  }
  return PaddedBatchNorm::apply(x, norm.weight, norm.bias, moments.mean, moments.variance, moments.count,
                                norm.options.eps(), copies);
}

}  // namespace zoetrope::nn
