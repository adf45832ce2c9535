#pragma once
// Adaptive temporal resolution as an option of the video networks: after one of its stages a network samples the maps
// of its frames by their similarity (nn/similarity_sampling.h) and does the rest of its work on those that are left.
// Fayyaz et al., "3D CNNs with Adaptive Temporal Feature Resolutions", CVPR 2021. Attention over frames, which keeps
// all of them, stands in its place for comparison (nn/temporal_attention.h).
//
//   models::make_model("x3d_s", {adaptive.kind = "similarity"})
//
// Clips of a batch keep different numbers of bins, so there are two ways to compute the rest:
//   padded  all clips as long as the longest, zeros at the end, as the authors train and test. A shorter clip's
//           numbers then depend on the batch that it is in: zeros become other values behind a norm's shift, reach
//           their neighbours in time and count in the last mean.
//   packed  nothing is computed for the zeros. In evaluation, each clip's numbers are those that it has alone. For a
//           batch of one, and for clips that keep equally many, both are the same.
//
// In evaluation, packed clips of equal length go together, one length after the other. Where no layer strides over time
// and none sees all of it, clips of all lengths may, in a row along time: one run in place of many, which is faster
// unless single clips already keep the processor busy. The slim 3D ResNets do so (models/atfr_resnet3d.h).
//
// In training, the statistics of the norms are those of the padded batch, and packing must not change them. It is
// allowed where layers see each frame by itself: there, all the frames of zeros stay alike, so that one of them is
// computed, and counts in the statistics as often as it stands there (nn/padded_batch_norm.h). Values, gradients and
// running statistics are those of the padded execution, to rounding. That is done in the slim 3D ResNets, whose res3 and
// res4 are such layers (models/atfr_resnet3d.h). The others train padded: behind their sampling, stages that see time
// and stages that do not (of C2D, Slow and SlowFast's slow pathway) take turns. So do all where norms are synchronised
// between processes.

#include <torch/torch.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/model.h"
#include "zoetrope/nn/similarity_sampling.h"
#include "zoetrope/nn/temporal_attention.h"

namespace zoetrope::models {

enum class AdaptiveKind { kNone, kSimilarity, kAttention };
EnumNames<AdaptiveKind> config_names(AdaptiveKind);

/// Stages by the names of the paper: the stem with its pool, then the four stages res2 to res5; there is nothing left
/// to save after the last.
enum class AdaptivePlace { kStem, kRes2, kRes3, kRes4 };
EnumNames<AdaptivePlace> config_names(AdaptivePlace);

enum class AdaptiveExecution { kPacked, kPadded };
EnumNames<AdaptiveExecution> config_names(AdaptiveExecution);

struct AdaptiveOptions {
  AdaptiveKind kind = AdaptiveKind::kNone;
  AdaptivePlace after = AdaptivePlace::kRes2;
  AdaptiveExecution execution = AdaptiveExecution::kPacked;
  nn::SimilaritySamplingOptions sampling = {};
};
void describe(ConfigFields& fields, AdaptiveOptions& options);

/// The number of the stage after which the network adapts: 0 of the stem.
[[nodiscard]] std::size_t stage_of(AdaptivePlace place);

/// Maps of which each clip's first `counts` are its own; the rest are zeros.
struct AdaptedMaps {
  torch::Tensor maps;  ///< [N, C, T', H, W]
  std::vector<std::int64_t> counts;

  /// Frames of zeros, of all clips together.
  [[nodiscard]] std::int64_t zeros() const;
};

/// The layer of one pathway, or none.
class TemporalAdapter {
 public:
  TemporalAdapter() = default;
  /// Registers its parameters under the parent: `ts_layer`, of attention `attn_layer` (the authors' names), behind the
  /// prefix.
  TemporalAdapter(torch::nn::Module& parent, std::int64_t channels, const AdaptiveOptions& options,
                  const std::string& prefix = "");

  explicit operator bool() const { return static_cast<bool>(sampling_) || static_cast<bool>(attention_); }
  /// Whether clips may come out shorter: heads then have to pool all that is left.
  [[nodiscard]] bool shortens() const { return static_cast<bool>(sampling_); }
  [[nodiscard]] AdaptedMaps forward(const torch::Tensor& maps);

 private:
  nn::SimilaritySampling sampling_{nullptr};
  nn::TemporalAttention attention_{nullptr};
};

/// The rest of a network: from the maps of each pathway to outputs, [N, ...] each.
using NetworkTail = std::function<NamedTensors(const std::vector<torch::Tensor>& maps, Stages* stages)>;

/// The frames that are left, as a batch [F, C, 1, H, W] for layers that see each by itself. Where clips end in zeros,
/// the last is a frame of zeros that stands for `copies` of them.
struct KeptFrames {
  torch::Tensor frames;
  std::int64_t copies = 0;
};
[[nodiscard]] KeptFrames kept_frames(const AdaptedMaps& adapted);
/// Back: such a batch, after those layers, as maps [N, C, T', H, W] of clips that keep so many.
[[nodiscard]] torch::Tensor padded_maps(const torch::Tensor& frames, const std::vector<std::int64_t>& counts);

/// The frames of clips of a batch in a row along time. Layers that see each frame by itself take them as they are;
/// where kernels reach over three frames, clips are parted by frames of zeros, which is what each sees beside it alone.
class ClipsInARow {
 public:
  /// Whether that is faster than one length after the other: on a GPU, and of small maps.
  [[nodiscard]] static bool suits(const AdaptedMaps& adapted);
  /// Clips of so many frames each, on that device.
  ClipsInARow(const std::vector<std::int64_t>& counts, torch::Device device);

  /// Maps [N, C, T, H, W], of which each clip's first are its own, to [1, C, F, H, W].
  [[nodiscard]] torch::Tensor join(const torch::Tensor& maps) const;
  /// Joined clips to [1, C, F + N - 1, H, W].
  [[nodiscard]] torch::Tensor part(const torch::Tensor& joined) const;
  /// Makes what lies between parted clips zeros again: norms have made other values of them.
  void clear_between(torch::Tensor& parted) const;
  /// The mean over time and space of each of parted clips: [N, C].
  [[nodiscard]] torch::Tensor means(const torch::Tensor& parted) const;

 private:
  std::vector<std::int64_t> counts_;
  torch::Tensor between_;  // places of the zeros, [N - 1]
  torch::Tensor shares_;   // of each place in the mean of each clip, [F + N - 1, N]
};

/// Runs the rest on the maps of each pathway, packed or padded. Appends the output "bins": how many maps each
/// clip kept, [N], or [N, pathways] of several. Stages of a packed batch of unequal clips end in zeros along time.
[[nodiscard]] NamedTensors run_adapted(const std::vector<AdaptedMaps>& pathways, bool packed, Stages* stages,
                                       const NetworkTail& tail);

}  // namespace zoetrope::models
