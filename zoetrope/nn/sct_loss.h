#pragma once
// The losses of SCT: Fayyaz and Gall, "SCT: Set Constrained Temporal Transformer for Set Supervised Action
// Segmentation", CVPR 2020 (equations 8.5 to 8.16 of Fayyaz's thesis). All that is known of a video is which of the C
// classes occur in it.
//
//   set                L_S  each class of the set is sure somewhere
//   region             L_R  each region is sure of some class of the set
//   inverse sparsity   R_I  each class of the set takes many regions
//   consistency        L_C  neighbouring regions agree
//   self-supervision   L_T  a class's share of Y, as a mask, gathers S, which must say that class
//   length             R_L  regions' log lengths stay in [-delta, delta]
//   Jensen-Shannon     L_J  the alternative to L_T: Y and softmax(S) agree, per frame
//
// `SctReading` chooses between the authors' code (MohsenFayyaz89/SCT; the default) and the text, which differ: the code
// weighs the background 0.001, has no term for absent classes in L_S, and sums in L_C and R_L, where the text has
// means. A loss is off where its weight is 0.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"

namespace zoetrope::nn {

enum class SctReading { kCode, kText };
inline EnumNames<SctReading> config_names(SctReading) {
  return {{"code", SctReading::kCode}, {"text", SctReading::kText}};
}

enum class InverseSparsity {
  kDistance,   ///< |activation - mean over regions|
  kDivergence  ///< of two Bernoulli distributions with these means
};
inline EnumNames<InverseSparsity> config_names(InverseSparsity) {
  return {{"distance", InverseSparsity::kDistance}, {"divergence", InverseSparsity::kDivergence}};
}

/// What the network says of a video of T frames in K regions.
struct SctPrediction {
  torch::Tensor regions;      ///< A [C, K]: probabilities
  torch::Tensor log_lengths;  ///< L [K]
  torch::Tensor frames;       ///< S [C, T]: logits of the frame branch
  torch::Tensor upsampled;    ///< Y [C, T]: A spread over time by L
};

struct SctLossOptions {
  double set = 1;  ///< weights of the sum
  double region = 0.1;
  double inverse_sparsity = 0.1;
  double consistency = 0.1;
  double self_supervision = 1;
  double length = 0.1;
  double jensen_shannon = 0;

  SctReading reading = SctReading::kCode;
  double length_width = 1;  ///< delta
  InverseSparsity sparsity = InverseSparsity::kDistance;
  double activation = 1;             ///< the mean over regions that R_I wants
  std::int64_t background = 0;       ///< a class, or -1: none; a recipe's is that of its data
  double background_weight = 0.001;  ///< of it, in the code's reading
};
void describe(ConfigFields& fields, SctLossOptions& options);

/// Each with its weight; undefined where that is 0.
struct SctLosses {
  torch::Tensor total;
  torch::Tensor set, region, inverse_sparsity, consistency, self_supervision, length, jensen_shannon;
};

/// `actions`: the set, each once. Throws Error (kUsage) for an empty one and for classes that are not there.
[[nodiscard]] SctLosses sct_losses(const SctPrediction& prediction, const std::vector<std::int64_t>& actions,
                                   const SctLossOptions& options = {});

/// V [M, C] (8.9, 8.11): what each action's rows of Y gather from S, over T.
[[nodiscard]] torch::Tensor gathered_scores(const SctPrediction& prediction, const torch::Tensor& actions);

}  // namespace zoetrope::nn
