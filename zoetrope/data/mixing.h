#pragma once
// Mixing the samples of a batch with one another, labels and all.
//
//   data::mix_batch({.mixup = 0.2, .cutmix = 1.0}, random, clips, targets, known);
//
// Each batch is mixed in one way: where several are on, one is drawn for each batch. Samples are paired by a
// random permutation of the batch. Targets become shares: with lambda, lambda y1 + (1 - lambda) y2; a target
// counts as known where it is known of both.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/core/random.h"

namespace zoetrope::data {

struct MixingOptions {
  /// lambda ~ Beta(a, a), one a batch: x = lambda x1 + (1 - lambda) x2 (Zhang et al., mixup, ICLR 2018); 0:
  /// off.
  double mixup = 0;
  /// A box of the second clip, through all frames, in the first; lambda is the share that is left of it,
  /// drawn from Beta(a, a) (Yun et al., CutMix, ICCV 2019); 0: off.
  double cutmix = 0;
  /// Between-class learning (Tokozume et al., CVPR 2018): r ~ U(0, 1) for each pair; labels r y1 + (1 - r)
  /// y2.
  bool between_class = false;
  /// BC+ of the same paper: clips are centred, and mixed by p = 1 / (1 + s1 / s2 (1 - r) / r), divided by
  /// sqrt(p^2 + (1 - p)^2), s their standard deviations. Else as mixup.
  bool between_class_plus = false;
  double probability = 1;  ///< of mixing a batch at all
};
void describe(ConfigFields& fields, MixingOptions& options);

[[nodiscard]] bool mixes(const MixingOptions& options);

/// How one batch is mixed, drawn before any of its clips is touched.
struct MixingPlan {
  enum class Way { kNone, kMixup, kCutMix, kBetweenClass, kBetweenClassPlus };
  Way way = Way::kNone;
  std::vector<std::int64_t> partners = {};                ///< each sample's, by its place in the batch
  std::vector<float> shares = {};                         ///< each sample's own; its partner's is the rest
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;  ///< CutMix: the box of the partner's
};
[[nodiscard]] MixingPlan plan_mixing(const MixingOptions& options, RandomGenerator& random,
                                     std::int64_t count, std::int64_t height, std::int64_t width);

/// Samples of a batch, or of one rank's share of it.
struct MixedSamples {
  torch::Tensor clips;                        ///< float [N, C, T, H, W], normalised
  std::vector<torch::Tensor> targets, known;  ///< for each task, float [N, classes] and bool [N]
};
/// Mixes the samples that stand at `rows` of the batch with their partners, of the same number and order.
void mix_rows(const MixingPlan& plan, const std::vector<std::int64_t>& rows, MixedSamples& samples,
              const MixedSamples& partners);

/// The whole batch at once; the arguments are those of MixedSamples and are replaced. Batches of one stay as
/// they are.
void mix_batch(const MixingOptions& options, RandomGenerator& random, torch::Tensor& clips,
               std::vector<torch::Tensor>& targets, std::vector<torch::Tensor>& known);

}  // namespace zoetrope::data
