#pragma once
// A convolution over space and time that is fast on a CPU where LibTorch's is not. Where something learns, on other
// devices and of other types than float32, it is LibTorch's; else:
//
//   - LibTorch gives a single small map to an implementation that is written for nothing in particular, some ten times
//     slower than oneDNN at kernels that see space. Maps are single and small where a clip keeps few of its frames
//     (models/adaptive.h), and behind the stems of narrow networks. This layer goes to oneDNN by itself.
//   - oneDNN has no code of its own for a kernel over space and time of each channel by itself (X3D, CSN). It has for
//     one over space: the frames of all channels are its channels, once for each frame of the kernel, and the results
//     are added where they belong in time.
//
// What that gains is measured by bench/models_bench and, of clips that keep few frames, by bench/adaptive_bench.

#include <torch/torch.h>

namespace zoetrope::nn {

/// torch::nn::Conv3d in all else, errors too, but for clone(), which makes one of those.
class Conv3dImpl : public torch::nn::Conv3dImpl {
 public:
  using torch::nn::Conv3dImpl::Conv3dImpl;
  /// Maps [N, C, T, H, W] to [N, C', T', H', W']; without N likewise.
  torch::Tensor forward(const torch::Tensor& input);
};
TORCH_MODULE(Conv3d);

/// For comparisons: as long as it lives, these layers are LibTorch's on this thread.
class PlainConv3dScope {
 public:
  PlainConv3dScope();
  ~PlainConv3dScope();
  PlainConv3dScope(const PlainConv3dScope&) = delete;
  PlainConv3dScope& operator=(const PlainConv3dScope&) = delete;

 private:
  bool before_;
};

}  // namespace zoetrope::nn
