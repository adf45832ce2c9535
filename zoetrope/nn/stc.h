#pragma once
// The spatio-temporal channel correlation block: Diba, Fayyaz, Sharma, Arzani, Yousefzadeh, Gall and Van Gool,
// "Spatio-Temporal Channel Correlation Networks for Action Classification", ECCV 2018; M. Fayyaz, Holistic Video
// Understanding, section 4.2, whose equations are named. Maps X [N, C, T, H, W] are rescaled channel by channel, twice:
//
//   temporal branch (TCB)  z = mean of X over T, H, W, in R^C;     s = sigmoid(W2 relu(W1 z))   (4.1) to (4.3)
//   spatial branch (SCB)   z = mean of X over H, W, in R^(T C);    s = sigmoid(W2 relu(W1 z))   (4.4) to (4.6)
//   x_stc = (s_tcb X + s_scb X) / 2                                                             (4.7)
//
// with W1 [C/r, C] and W2 [C, C/r] in the temporal branch, W1 [T C/r, T C] and W2 [C, T C/r] in the spatial one. One
// branch alone is x_stc by itself, not halved.
//
// What the paper leaves open, and what is done here:
//   - (4.2) and (4.5) print two bare products; the text has a sigmoid after them and calls the layers non-linear. So as
//     in squeeze and excitation: ReLU between, sigmoid after. The products have no biases, as printed.
//   - r is 4 in the text and 16 in table 4.1 ("fc [16, 256]"): an option; 4.
//   - x_stc is "added to the residual layer": the block's output is relu(F + x_stc + shortcut), with X = F, the last
//     normalisation of the residual branch. As in squeeze and excitation, relu(x_stc + shortcut), it is by `join`.
//   - W1 of the spatial branch has a length of time in it: another length is refused. To begin a network of longer clips
//     with a shorter one's weights, `init` takes over all others.
//
// The spatial branch is large: (T C)^2 / r weights in W1. A network of depth 101 with 16 frames has T C = 2048, so a
// million a block, 33 blocks; with 64 frames sixteen times as many.
//
// Parameters: `tcb.fc1`, `tcb.fc2`, `scb.fc1`, `scb.fc2`. The T C of the spatial branch are the frames of the first
// channel, then those of the second.

#include <torch/torch.h>

#include <cstdint>

#include "zoetrope/core/config.h"

namespace zoetrope::nn {

enum class StcJoin {
  kAdd,     ///< X + x_stc goes on
  kReplace  ///< x_stc goes on
};
EnumNames<StcJoin> config_names(StcJoin);

struct StcOptions {
  bool temporal = true;
  bool spatial = true;
  std::int64_t reduction = 4;
  StcJoin join = StcJoin::kAdd;
  std::int64_t frames = 16;  ///< of a network's clips: what the spatial branches are made for

  [[nodiscard]] bool any() const noexcept { return temporal || spatial; }
};
void describe(ConfigFields& fields, StcOptions& options);

class StcBlock : public torch::nn::Module {
 public:
  /// `frames`: T of the maps. Throws Error (kUsage) without a branch.
  StcBlock(std::int64_t channels, std::int64_t frames, const StcOptions& options);

  /// Maps [N, C, T, H, W] to the same shape: x_stc, joined with them. Throws Error (kUsage) for another T where there is
  /// a spatial branch.
  torch::Tensor forward(const torch::Tensor& maps);
  /// x_stc alone.
  torch::Tensor rescaled(const torch::Tensor& maps);

 private:
  struct Branch {
    torch::nn::Linear fc1{nullptr}, fc2{nullptr};
  };
  Branch make_branch(const char* name, std::int64_t inputs, std::int64_t outputs);

  StcOptions options_;
  std::int64_t frames_;
  Branch tcb_, scb_;
};

}  // namespace zoetrope::nn
