#pragma once
// Mixing the samples of a batch with one another, labels and all.
//
//   data::mix_batch({.mixup = 0.2, .cutmix = 1.0}, random, clips, targets, known);
//
// Each batch is mixed in one way: where several are on, one is drawn for each batch. Samples are paired by a
// random permutation of the batch. Targets become shares: with lambda, lambda y1 + (1 - lambda) y2; a target
// counts as known where it is known of both.

#include <torch/torch.h>

#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/core/random.h"

namespace zoetrope::data {

struct MixingOptions {
  /// lambda ~ Beta(a, a), one a batch: x = lambda x1 + (1 - lambda) x2 (Zhang et al., mixup, ICLR 2018); 0: off.
  double mixup = 0;
  /// A box of the second clip, through all frames, in the first; lambda is the share that is left of it, drawn
  /// from Beta(a, a) (Yun et al., CutMix, ICCV 2019); 0: off.
  double cutmix = 0;
  /// Between-class learning (Tokozume et al., CVPR 2018): r ~ U(0, 1) for each pair; labels r y1 + (1 - r) y2.
  bool between_class = false;
  /// BC+ of the same paper: clips are centred, and mixed by p = 1 / (1 + s1 / s2 (1 - r) / r), divided by
  /// sqrt(p^2 + (1 - p)^2), s their standard deviations. Else as mixup.
  bool between_class_plus = false;
  double probability = 1;  ///< of mixing a batch at all
};
void describe(ConfigFields& fields, MixingOptions& options);

[[nodiscard]] bool mixes(const MixingOptions& options);

/// `clips` float [N, C, T, H, W], normalised; for each task, `targets` float [N, classes] and `known` bool [N].
/// All are replaced. Batches of one stay as they are.
void mix_batch(const MixingOptions& options, RandomGenerator& random, torch::Tensor& clips,
               std::vector<torch::Tensor>& targets, std::vector<torch::Tensor>& known);

}  // namespace zoetrope::data
