#include "zoetrope/nn/temporal_attention.h"

#include "zoetrope/core/error.h"

namespace zoetrope::nn {

TemporalAttentionImpl::TemporalAttentionImpl(std::int64_t channels) {
  const std::int64_t width = channels / 4;
  if (width < 1) throw Error::usage("temporal attention needs 4 channels at least, not {}", channels);
  const auto layer = [&] { return Conv3d(torch::nn::Conv3dOptions(channels, width, 1)); };
  conv_a_ = register_module("convA", layer());
  conv_b_ = register_module("convB", layer());
  conv_v_ = register_module("convV", layer());
  reconstruct_ =
      register_module("conv_reconstruct", torch::nn::Conv1d(torch::nn::Conv1dOptions(width, channels, 1)));
}

torch::Tensor TemporalAttentionImpl::forward(const torch::Tensor& maps) {
  const torch::Tensor frames = maps.mean({3, 4}, /*keepdim=*/true);
  const auto of = [&](Conv3d& layer) { return layer(frames).squeeze(4).squeeze(3); };  // [N, C / 4, T]
  const torch::Tensor gathered = of(conv_a_).bmm(torch::softmax(of(conv_b_), 2).transpose(1, 2));
  const torch::Tensor distributed = gathered.bmm(torch::softmax(of(conv_v_), 1));
  return reconstruct_(distributed).unsqueeze(3).unsqueeze(4) * maps;
}

}  // namespace zoetrope::nn
