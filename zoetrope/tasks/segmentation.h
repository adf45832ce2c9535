#pragma once
// Segmentation of feature sequences: what a network says of every frame becomes segments, freely or along a given
// transcript; and the losses by which the networks of models/sequence.h learn it.
//
//   tasks::Segmentation result = tasks::segment(*model, features, {.decode = tasks::Decode::kFull});
//   tasks::Segmentation aligned = tasks::align(*model, features, transcript);
//
// Inference (MuCon, section 9.3.6 of Fayyaz's thesis; the names are its Y, S and full):
//
//   frames    Y     each frame's largest score
//   segments  S     the decoded actions with the decoded lengths (9.5); ends are rounded to frames
//   full            the decoded actions, with the lengths that the frames' log-probabilities and Poisson distributions
//                   about the decoded lengths make the best (9.14, 9.15), found exactly (decoding/alignment.h)
//   alignment       of many known transcripts, the one that fits best (transcript_alignment.h), for any network
//
// A Poisson distribution has the mean of its segment's class, as in the authors' code (`class_means`), or its segment's
// own length, as in the text. Aligning is full decoding of the given actions. A network without a segment branch (SCT,
// the baselines') has no lengths of its own: it aligns by an alignment's prior and lengths where it is given one, else
// with equal mean lengths; it is segmented by `frames` where `segments` or `full` is asked for.

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/model.h"
#include "zoetrope/nn/mucon_loss.h"
#include "zoetrope/nn/sct_loss.h"
#include "zoetrope/tasks/transcript_alignment.h"

namespace zoetrope::tasks {

enum class Decode { kFrames, kSegments, kFull, kAlignment };
inline EnumNames<Decode> config_names(Decode) {
  return {{"frames", Decode::kFrames},
          {"segments", Decode::kSegments},
          {"full", Decode::kFull},
          {"alignment", Decode::kAlignment}};
}
/// Throws Error (kUsage), with the nearest name.
[[nodiscard]] Decode decode_of_name(const std::string& name);

struct DecodeOptions {
  Decode decode = Decode::kFull;
  bool class_means = true;
  std::shared_ptr<const AlignmentModel> alignment = nullptr;  ///< `alignment` needs it
  int threads = 1;                                            ///< that search transcripts; 0: all
};

struct Segmentation {
  std::vector<std::int64_t> labels = {};   ///< a frame's class, [T]
  std::vector<std::int64_t> actions = {};  ///< of the segments, in order
  std::vector<std::int64_t> lengths = {};  ///< of the segments, frames
  std::vector<float> confidence = {};  ///< of a segment: the mean probability of its class over its frames
};

/// `features` [1, D, T]. The model is in inference mode. Throws Error: kInput for features that it does not take, kUsage
/// for a model of clips and for `alignment` without one. A video that is too short for every transcript is segmented by
/// `frames`.
[[nodiscard]] Segmentation segment(models::Model& model, const torch::Tensor& features,
                                   const DecodeOptions& options = {});

/// Throws Error: kInput for a transcript of more actions than frames, kUsage or kFailed for a class that is not there.
[[nodiscard]] Segmentation align(models::Model& model, const torch::Tensor& features,
                                 std::span<const std::int64_t> transcript, const DecodeOptions& options = {});

/// Lengths whose shares are these, of `frames` frames in all: ends are rounded, half to even, so that a segment is at
/// most a frame shorter or longer than its share.
[[nodiscard]] std::vector<std::int64_t> round_lengths(std::span<const double> shares, std::int64_t frames);

/// What is known of a training video, by its supervision; what is empty is not known.
struct SequenceTarget {
  std::vector<std::int64_t> labels = {};      ///< of frames
  std::vector<std::int64_t> transcript = {};  ///< MuCon needs it
  std::vector<std::int64_t> actions = {};     ///< the set; SCT needs it
};

struct SequenceLossOptions {
  nn::MuconLossOptions mucon = {};
  nn::SctLossOptions sct = {};
  bool teacher_forcing = true;  ///< MuCon's decoder is given the true actions
};

/// A number. MuCon learns from the transcript, and from the labels where they are known; SCT from the set. Throws Error
/// (kUsage) for any other model (the baselines learn by training/*_objective.h), and where the target lacks what the model learns from.
[[nodiscard]] torch::Tensor sequence_loss(models::Model& model, const torch::Tensor& features,
                                          const SequenceTarget& target, const SequenceLossOptions& options);

}  // namespace zoetrope::tasks
