#pragma once
// The losses of MuCon: Souri, Fayyaz, Minciullo, Francesca and Gall, "Fast Weakly Supervised Action Segmentation Using
// Mutual Consistency", TPAMI 2022 (equations 9.1 to 9.13 of Fayyaz's thesis).
//
//   transcript    L_t   sum over steps of the cross-entropy of the decoded actions, the end symbol last
//   consistency   L_mu  each segment's mask gathers the frame branch's logits, which must say the segment's action
//   length        L_l   sum relu(l - w) + relu(-l - w)
//   smoothing     L_s   squared difference of neighbouring frames' log-probabilities, cut off
//   and, of videos whose frames are labelled, a cross-entropy over frames and the error of the relative lengths
//
// Defaults are those of the authors' code (yassersouri/MuCon), where it differs from the text: the mean over segments
// in L_mu, the cut-off on the mean in L_s, the earlier frame held, lengths compared as shares. `text_readings()` sets
// the text's. With an overlap, the code divides by the enlarged lengths.

#include <torch/torch.h>

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/nn/temporal_masks.h"

namespace zoetrope::nn {

/// What the network says of a video of T frames.
struct MuconPrediction {
  torch::Tensor transcript;    ///< [steps, N + 1]: log-probabilities of actions and, last, the end
  torch::Tensor lengths;       ///< [steps - 1]: relative log lengths; the last step, the end's, has none
  torch::Tensor segmentation;  ///< [T, N]: logits
};

/// What is known of the video.
struct MuconTarget {
  std::vector<std::int64_t> transcript = {};  ///< the actions in their order
  std::optional<torch::Tensor> labels = {};   ///< of each frame, int64 [T]; [any length] is stretched to
  std::optional<torch::Tensor> lengths = {};  ///< of the segments, float [M]; needed with `labels`
};

enum class ConsistencyKind {
  kMaskedMean,  ///< (9.1, 9.2): cross-entropy of the mean of the masked logits ("flint" in the code)
  kMaskedSum    ///< the frames' cross-entropies, masked, summed, over T ("arithmetic")
};
inline EnumNames<ConsistencyKind> config_names(ConsistencyKind) {
  return {{"masked_mean", ConsistencyKind::kMaskedMean}, {"masked_sum", ConsistencyKind::kMaskedSum}};
}

enum class LengthError {
  kShares,  ///< of softmax(l) from l^ / sum l^
  kLogs     ///< of l from log l^, both with their means taken off
};
inline EnumNames<LengthError> config_names(LengthError) {
  return {{"shares", LengthError::kShares}, {"logs", LengthError::kLogs}};
}

enum class MuconReading {
  kCode,  ///< the options below, whose defaults are the authors' code's
  kText   ///< those of the text in their place (text_readings)
};
inline EnumNames<MuconReading> config_names(MuconReading) {
  return {{"code", MuconReading::kCode}, {"text", MuconReading::kText}};
}

struct MuconLossOptions {
  MuconReading reading = MuconReading::kCode;
  double transcript = 1;  ///< weights of the sum
  double consistency = 1;
  double length = 0.1;           ///< alpha; 1 for Hollywood Extended
  double smoothing = 0.1;        ///< beta
  double classification = 1;     ///< of labelled frames
  double supervised_length = 1;  ///< of labelled frames

  ConsistencyKind kind = ConsistencyKind::kMaskedMean;
  MaskShape mask = MaskShape::kBox;
  double overlap = 0;
  bool align_corners = false;
  bool sum_segments = false;  ///< L_mu as a sum over segments (9.3), not their mean
  bool mean_steps = false;    ///< L_t as a mean over steps
  double length_width = 2;    ///< w
  LengthError length_error = LengthError::kShares;

  bool smooth_logits = false;   ///< L_s on logits, not on log-probabilities
  bool hold_earlier = true;     ///< no gradient to the earlier of two frames
  double smoothing_limit = 16;  ///< tau squared; 0: none
  bool limit_each = false;      ///< the limit cuts each difference (9.13), not the mean

  std::int64_t background = 0;           ///< the class that the next two are of; -1: none
  double background_in_consistency = 1;  ///< its weight in L_mu
  double background_in_transcript = 1;   ///< its weight in L_t
};
void describe(ConfigFields& fields, MuconLossOptions& options);

/// The options with the text's readings in place of the code's: L_mu a sum over segments, tau cuts each difference,
/// both of two frames get a gradient, labelled lengths are compared as logs.
[[nodiscard]] MuconLossOptions text_readings(MuconLossOptions options);

struct MuconLosses {
  torch::Tensor total;
  torch::Tensor transcript, consistency, length, smoothing;  ///< without their weights
  torch::Tensor classification, supervised_length;           ///< undefined where no frames are labelled
};

/// `taught`: the decoder was given the true actions, which then are L_mu's labels; else those are its own choices (an
/// end symbol among them counts as class 0). Throws Error (kUsage) where steps and transcript are not of one length.
[[nodiscard]] MuconLosses mucon_losses(const MuconPrediction& prediction, const MuconTarget& target,
                                       bool taught, const MuconLossOptions& options = {});

/// L_mu of segments of these relative log lengths and actions, alone.
[[nodiscard]] torch::Tensor consistency_loss(const torch::Tensor& log_lengths,
                                             const torch::Tensor& segmentation,
                                             std::span<const std::int64_t> actions,
                                             const MuconLossOptions& options = {});
/// L_s of logits [T, N].
[[nodiscard]] torch::Tensor smoothing_loss(const torch::Tensor& segmentation,
                                           const MuconLossOptions& options = {});
/// L_l: sum of relu(l - w) + relu(-l - w).
[[nodiscard]] torch::Tensor length_regulariser(const torch::Tensor& log_lengths, double width);

}  // namespace zoetrope::nn
