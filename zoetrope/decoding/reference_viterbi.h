#pragma once
// The decoder of the authors' code, as it is: NeuralNetwork-Viterbi (Richard et al., CVPR 2018) and MuCon
// (Souri et al., TPAMI 2022), to whose numbers `zoetrope parity` holds it, and the beam that the thesis (M.
// Fayyaz, Holistic Video Understanding, figure 9.5) studies. What it does otherwise than alignment.h:
//
//   - Only every `frame_sampling`-th frame f, 2f, ... may end a segment, and all lengths are multiples of f;
//     the T mod f frames that remain go to the last segment without being scored.
//   - Where the label changes at a step, the f frames up to it are scored with the *old* label while they are
//     counted to the new segment: a boundary is one step late in the scores.
//   - The frames' sums are of float32.
//   - Of hypotheses with equal scores the later one wins: in the order in which they came to be, which is that
//     of their transcripts' tree with labels ascending.
//   - After each step only the `max_hypotheses` of highest score live on; of equals those of the larger
//     labels, then of the larger length. A hypothesis is a beginning of a transcript and the length of its
//     last segment. So the best may be lost, and where nothing that lives is a whole transcript, the result
//     is a part of one, with minus infinity; empty where nothing lives at all (max_length).
//
// Time is (steps) x (live hypotheses).

#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/decoding/alignment.h"
#include "zoetrope/decoding/transcript_trie.h"

namespace zoetrope::decoding {

struct ReferenceOptions {
  std::int64_t frame_sampling = 1;
  std::int64_t max_hypotheses = 0;  ///< 0: all live
  std::int64_t max_length = 2000;   ///< frames to which a segment may grow
};

/// A transcript that was found, with its lengths.
struct Decoding {
  double score = 0;
  std::vector<std::int64_t> transcript = {};
  std::vector<std::int64_t> lengths = {};  ///< frames, of sum T
};

/// `lengths` has a table for each class; those of a class that is in no transcript may be empty. Throws Error
/// where there are fewer frames than frame_sampling or no transcript, and as align does. As in the authors'
/// code, frames that score minus infinity are only understood where frame_sampling is 1 and they are alone:
/// sums of them are no numbers, which is an Error.
[[nodiscard]] Decoding reference_viterbi(const FrameScores& scores, const TranscriptTrie& transcripts,
                                         std::span<const LengthScores> lengths,
                                         const ReferenceOptions& options = {});

}  // namespace zoetrope::decoding
