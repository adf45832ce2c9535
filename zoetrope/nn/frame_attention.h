#pragma once
// Self-attention over the frames of a video, one weight a frame: Lin et al., "A Structured Self-attentive
// Sentence Embedding", ICLR 2017, with a single row, as TSRNet has it (Zhang et al., AAAI 2019).
//
//   e = w2 tanh(W1 X)          X [N, D, T], W1 [d_a, D], w2 [1, d_a]; no biases
//   a = softmax(e)             over the frames; or sigmoid(e), each frame by itself (STPN, CVPR 2018);
//                              or 1 / T, without any parameters (`mean`: what the two-stream baseline does)
//   m = X a^T / sum(a)         [N, D]; a softmax sums to 1
//
//   R_smooth   = sum_i (a_i - a_(i+1))^2
//   R_sparsity = |a|_1         (`l1`), or the entropy of a / sum(a) over log T, in [0, 1] (`entropy`)
//
// A trap of the published form: after a softmax |a|_1 is 1 whatever the weights are, so that the term is a
// constant and teaches nothing. It is kept as written. `entropy`, or a sigmoid with `l1`, is a sparsity that
// acts. For a sigmoid both terms are means over the frames, since its sums would grow with the video.
//
// A long video need not be in memory at once: AttentionSum makes the same a and m of pieces.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"

namespace zoetrope::nn {

enum class AttentionKind { kSoftmax, kSigmoid, kMean };
inline EnumNames<AttentionKind> config_names(AttentionKind) {
  return {{"softmax", AttentionKind::kSoftmax},
          {"sigmoid", AttentionKind::kSigmoid},
          {"mean", AttentionKind::kMean}};
}

enum class AttentionSparsity { kL1, kEntropy };
inline EnumNames<AttentionSparsity> config_names(AttentionSparsity) {
  return {{"l1", AttentionSparsity::kL1}, {"entropy", AttentionSparsity::kEntropy}};
}

/// What a video is after attention.
struct Attended {
  torch::Tensor attention;  ///< a [N, T]
  torch::Tensor feature;    ///< m [N, D]
};

class FrameAttention : public torch::nn::Module {
 public:
  /// `hidden` is d_a. Of kMean, there are no parameters.
  FrameAttention(std::int64_t dimensions, std::int64_t hidden, AttentionKind kind);

  /// e [N, T] of X [N, D, T]; zeros of kMean.
  [[nodiscard]] torch::Tensor energies(const torch::Tensor& features);
  [[nodiscard]] Attended forward(const torch::Tensor& features);

  [[nodiscard]] AttentionKind kind() const noexcept { return kind_; }
  /// LibTorch's defaults for linear layers.
  void reset_parameters();

 private:
  AttentionKind kind_;
  torch::nn::Conv1d first_{nullptr}, second_{nullptr};
};

/// The same a and m of one video whose frames come piece by piece. Keeps e, and a sum of D numbers in
/// float64: the softmax is summed relative to the highest energy so far. Without gradients.
class AttentionSum {
 public:
  explicit AttentionSum(AttentionKind kind) : kind_(kind) {}

  /// The next frames: X [1, D, n] and their energies [1, n].
  void add(const torch::Tensor& features, const torch::Tensor& energies);
  /// Of all frames so far, in the kind and on the device of the features. Throws Error (kUsage) without any.
  [[nodiscard]] Attended result() const;

 private:
  AttentionKind kind_;
  std::vector<torch::Tensor> energies_;
  torch::Tensor sum_;  // [D]
  double highest_ = 0;
  double total_ = 0;  // of the weights in `sum_`
};

/// [N], of a [N, T]; 0 of a single frame.
[[nodiscard]] torch::Tensor attention_roughness(const torch::Tensor& attention, AttentionKind kind);
[[nodiscard]] torch::Tensor attention_sparsity(const torch::Tensor& attention, AttentionKind kind,
                                               AttentionSparsity form);

}  // namespace zoetrope::nn
