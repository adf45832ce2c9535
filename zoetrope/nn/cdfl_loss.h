#pragma once
// The constrained discriminative forward loss: Li, Lei, Todorovic, "Weakly Supervised Energy-Based Learning
// for Action Segmentation", ICCV 2019. Of a video with a transcript a_1 .. a_M whose best alignment is known,
// all segmentations with boundaries near the found ones count, not the best alone.
//
// Candidates for a boundary b are every `step` frames of [b - window / 2, b + window / 2], and b. With the
// energy of a segment e_c(s, t) = - sum of log p(c|x_u) over s <= u < t, and sums over s that are candidates
// for the start:
//
//   valid     F_0(0) = 0,  exp(-F_i(t)) = sum_s exp(-F_{i-1}(s) - e_{a_i}(s, t))
//   invalid   G_0(0) = 0,  exp(-G_i(t)) = sum_s sum_c exp(-G_{i-1}(s) - g_{i,c}(s, t))
//             g_{i,c} = e_c where e_c < e_{a_i}, else 0: only labels that beat the true one are fought
//   loss      F_M(T) - G_M(T)
//
// This is the form of the authors' code (JunLi-Galios/CDFL, utils/viterbi.py), whose candidates beyond the
// video's ends are not taken over: they are dropped. Computed in float64.

#include <torch/torch.h>

#include <cstdint>
#include <span>

#include "zoetrope/core/config.h"

namespace zoetrope::nn {

struct CdflOptions {
  std::int64_t window = 10;  ///< frames
  std::int64_t step = 5;
};
void describe(ConfigFields& fields, CdflOptions& options);

/// Numbers, in float64.
struct CdflLosses {
  torch::Tensor total, valid, invalid;
};

/// `log_probabilities` [T, C]; `lengths` of the transcript's segments, 1 or more, of sum T. Throws Error for
/// those that do not fit.
[[nodiscard]] CdflLosses cdfl_losses(const torch::Tensor& log_probabilities,
                                     std::span<const std::int64_t> transcript,
                                     std::span<const std::int64_t> lengths, const CdflOptions& options = {});

}  // namespace zoetrope::nn
