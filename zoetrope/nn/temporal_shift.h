#pragma once
// The temporal shift of Lin, Gan and Han, "TSM: Temporal Shift Module for Efficient Video Understanding",
// ICCV 2019 (section 3, figure 1b): of C channels, the first C / shift_div take the values of the next frame,
// the second C / shift_div those of the previous one, the rest stay. Where there is no such frame, zeros come
// in. It has no parameters and costs no multiply-adds.
//
// In the authors' code (github.com/mit-han-lab/temporal-shift-module, ops/temporal_shift.py) it wraps another
// module, which gives that module's parameters the prefix `net.`; so does TemporalShift.

#include <torch/torch.h>

#include <cstdint>

namespace zoetrope::nn {

/// `frames` [N * num_segments, C, H, W], the frames of a clip one after the other, shifted; the same shape.
/// Throws Error (kUsage) where the frames are no multiple of `num_segments`.
[[nodiscard]] torch::Tensor temporal_shift(const torch::Tensor& frames, std::int64_t num_segments,
                                           std::int64_t shift_div);

/// A module that sees shifted frames.
class TemporalShift : public torch::nn::Module {
 public:
  /// `net` takes [N * num_segments, C, H, W].
  TemporalShift(torch::nn::AnyModule net, std::int64_t num_segments, std::int64_t shift_div);

  torch::Tensor forward(const torch::Tensor& frames);

 private:
  torch::nn::AnyModule net_;
  std::int64_t num_segments_;
  std::int64_t shift_div_;
};

}  // namespace zoetrope::nn
