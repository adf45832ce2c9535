#pragma once
// The losses of one stream of TSRNet: Zhang et al., "Learning Transferable Self-attentive Representations for
// Action Recognition in Untrimmed Videos with Weak Supervision", AAAI 2019 (known from its slides).
//
//   L = L_class + alpha R_smooth + beta R_sparsity + transfer (fc1 L_FC1 + fc2 L_FC2)
//
//   L_class      cross-entropy of the softmax with the video's labels, each an equal share of 1 (as in
//                UntrimmedNets and W-TALC); mean over the videos
//   R            frame_attention.h; means over the videos
//   L_FC1        squared MMD (discrepancy.h, biased as written) between what FC1 takes of both sets
//   L_FC2        the same between what FC2 takes: FC1 of both
//
// alpha, beta, the weights of the transfer and the kernel's width are not given; 0.1, 0.1, 1, 1, 1 and the
// median of the distances are ours. L_FC1 reaches the attention alone, since no other parameter comes before
// it.

#include <torch/torch.h>

#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/nn/frame_attention.h"

namespace zoetrope::nn {

/// What a stream says of a batch. The trimmed part is undefined without a transfer.
struct TsrnetPrediction {
  std::vector<torch::Tensor> attention;  ///< of each untrimmed video, a [1, T]
  torch::Tensor feature;                 ///< m [N, D]
  torch::Tensor hidden;                  ///< FC1 of it [N, H]
  torch::Tensor logits;                  ///< [N, C]
  torch::Tensor trimmed_feature = {};    ///< [M, D]
  torch::Tensor trimmed_hidden = {};     ///< [M, H]
  torch::Tensor trimmed_logits = {};     ///< [M, C]
};

struct TsrnetLossOptions {
  double smooth = 0.1;    ///< alpha
  double sparsity = 0.1;  ///< beta
  AttentionSparsity form = AttentionSparsity::kL1;
  double transfer = 1;
  double fc1 = 1;
  double fc2 = 1;
  std::vector<double> bandwidths = {};  ///< of the kernels; empty: the median of the distances
  /// Weight of the cross-entropy of those trimmed clips whose class the untrimmed set has. The slides do not
  /// say whether they teach the classifier; 0: they do not.
  double trimmed_classes = 0;
};
void describe(ConfigFields& fields, TsrnetLossOptions& options);

/// Each without its weight; undefined where that is 0.
struct TsrnetLosses {
  torch::Tensor total;
  torch::Tensor classification, smooth, sparsity, fc1, fc2, trimmed_classes;
};

/// `labels` [N, C] and `trimmed_labels` [M, C] of 0 and 1; a trimmed clip of another class has none. Throws
/// Error (kUsage) for a video without a label.
[[nodiscard]] TsrnetLosses tsrnet_losses(const TsrnetPrediction& prediction, const torch::Tensor& labels,
                                         const torch::Tensor& trimmed_labels, AttentionKind kind,
                                         const TsrnetLossOptions& options = {});

/// The mean over rows of -sum_c y_c / |y| log softmax_c, of logits and labels [N, C].
[[nodiscard]] torch::Tensor shared_cross_entropy(const torch::Tensor& logits, const torch::Tensor& labels);

}  // namespace zoetrope::nn
