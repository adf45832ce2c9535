#include "zoetrope/nn/temporal_shift.h"

#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {

torch::Tensor temporal_shift(const torch::Tensor& frames, std::int64_t num_segments, std::int64_t shift_div) {
  if (frames.dim() != 4 || frames.size(0) % num_segments != 0) {
    throw Error::usage("a temporal shift over {} segments takes [N * {}, C, H, W], not [{}]", num_segments,
                       num_segments, fmt::join(frames.sizes(), ", "));
  }
  const std::int64_t fold = frames.size(1) / shift_div;
  const torch::Tensor clips =
      frames.reshape({-1, num_segments, frames.size(1), frames.size(2), frames.size(3)});
  torch::Tensor shifted = torch::zeros_like(clips);
  const auto move = [&](const torch::Tensor& to, const torch::Tensor& from, std::int64_t channel,
                        std::int64_t count) {
    to.narrow(2, channel, count).copy_(from.narrow(2, channel, count));
  };
  const std::int64_t kept = num_segments - 1;
  move(shifted.narrow(1, 0, kept), clips.narrow(1, 1, kept), 0, fold);
  move(shifted.narrow(1, 1, kept), clips.narrow(1, 0, kept), fold, fold);
  move(shifted, clips, 2 * fold, frames.size(1) - 2 * fold);
  return shifted.view(frames.sizes());
}

TemporalShift::TemporalShift(torch::nn::AnyModule net, std::int64_t num_segments, std::int64_t shift_div)
    : net_(std::move(net)), num_segments_(num_segments), shift_div_(shift_div) {
  register_module("net", net_.ptr());
}

torch::Tensor TemporalShift::forward(const torch::Tensor& frames) {
  return net_.forward(temporal_shift(frames, num_segments_, shift_div_));
}

}  // namespace zoetrope::nn
