#pragma once
// Segmentation through alignment: of many transcripts (all those of the training videos), the one whose best
// alignment scores highest, exact at every frame.
//
//   const TranscriptTrie trie = make_trie(transcripts, num_classes);          // once
//   const Decoding found = search_transcripts(scores, trie, poisson_tables(means, {.renormalize = true}));
//
// The same maximum as aligning each transcript by alignment.h, but a shared beginning is aligned once, a
// transcript's last segment only at the last frame, and a beginning goes on only while it can still win: its
// score at some frame, plus for each frame that is left the best of the classes that may follow, plus the best
// score of every length that may follow, has to reach the best whole transcript so far. That one is first
// sought by the authors' decoder (reference_viterbi.h) at some 200 steps, and aligned exactly: it only decides
// how much is left out, never what is found.
//
// Lengths of many classes compete: renormalise them, or long segments lose.

#include <cstdint>
#include <span>

#include "zoetrope/decoding/reference_viterbi.h"

namespace zoetrope::decoding {

struct SearchOptions {
  bool prune = true;    ///< false: every beginning is aligned, for tests
  int num_threads = 1;  ///< 0: all
};

/// `lengths` has a table for each class, concave and finite from 1 to its end; those of a class that is in no
/// transcript may be empty. Of equal scores the transcript that comes first in the order of labels. Where none
/// can be aligned, the score is minus infinity and the transcript empty. Throws Error as align does.
[[nodiscard]] Decoding search_transcripts(const FrameScores& scores, const TranscriptTrie& transcripts,
                                          std::span<const LengthScores> lengths,
                                          const SearchOptions& options = {});

}  // namespace zoetrope::decoding
