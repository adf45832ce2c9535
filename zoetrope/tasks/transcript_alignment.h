#pragma once
// Segmentation through alignment: a video's frame scores against transcripts that are known, with a length
// model and a prior of the classes (NeuralNetwork-Viterbi, CDFL, ActionSet).
//
//   const AlignmentModel model = make_alignment({.transcripts = ..., .prior = ..., .mean_lengths = ...});
//   const decoding::Decoding found = search_alignment(log_probabilities, model);
//
// A frame scores log p(c|x) - log prior(c), a segment its Poisson log mass about its class's mean length,
// divided by that of the mean. By default the search is exact at every frame (decoding/transcript_search.h).
// With `frame_sampling` above 1, or a `beam`, it is the authors' decoder (decoding/reference_viterbi.h):
// every so many-th frame, and of the hypotheses only so many live on.
//
// Where no transcript fits so: lengths up to the video's are allowed, then every frame is looked at.

#include <torch/torch.h>

#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/decoding/alignment.h"
#include "zoetrope/decoding/reference_viterbi.h"
#include "zoetrope/decoding/transcript_trie.h"

namespace zoetrope::tasks {

struct AlignmentOptions {
  std::vector<std::vector<std::int64_t>> transcripts = {};
  std::vector<double> prior = {};         ///< of each class, above 0
  std::vector<double> mean_lengths = {};  ///< of each class, frames, above 0
  std::int64_t frame_sampling = 1;
  std::int64_t beam = 0;           ///< hypotheses that live on after a step; 0: all that can win
  std::int64_t max_length = 2000;  ///< so many frames or more no segment has, where that is possible
};

struct AlignmentModel {
  AlignmentOptions options = {};
  decoding::TranscriptTrie trie = {};  ///< of the transcripts
};

/// Throws Error (kUsage) for priors and lengths that are not above 0 or not as many, and for labels that are
/// no class; without transcripts it is for `fit_alignment` alone.
[[nodiscard]] AlignmentModel make_alignment(AlignmentOptions options);

/// `log_probabilities` [T, C], on the CPU. `threads`: 0 for all. Where every transcript has more segments
/// than the video has frames, the transcript is empty. Throws Error (kUsage) for other classes and without
/// transcripts.
[[nodiscard]] decoding::Decoding search_alignment(const torch::Tensor& log_probabilities,
                                                  const AlignmentModel& model, int threads = 1);

/// The lengths of a given transcript's segments. Throws Error (kInput) where it has more segments than the
/// video has frames.
[[nodiscard]] std::vector<std::int64_t> fit_alignment(const torch::Tensor& log_probabilities,
                                                      std::span<const std::int64_t> transcript,
                                                      const AlignmentModel& model);

}  // namespace zoetrope::tasks
