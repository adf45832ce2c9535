#pragma once
// What sets of actions say of order and length: Richard, Kuehne, Gall, "Action Sets: Weakly Supervised Action
// Segmentation without Ordering Constraints", CVPR 2018, in the reading of their code
// (alexanderrichard/action-sets).
//
//   const std::vector<double> means = set_mean_lengths(videos, num_classes, 50);
//   const std::vector<Transcript> grammar = monte_carlo_grammar(videos, means, background, 1000, random);
//
// Mean lengths ("loss based"): of all lengths, one a class, those with which the sets add up to the videos
// best,
//
//   minimise sum over videos v of ( sum over c in set(v) of mean_c - T_v )^2,   mean_c >= shortest
//
// A convex problem; it is solved exactly where the sets determine it (coordinate by coordinate, from an equal
// start), where the authors stop an optimiser for general constraints after 10,000 values. Where they do not,
// as of two classes that only occur together, the solution is the one that the equal start leads to.
//
// The Monte Carlo grammar: for each video, actions are drawn from its set, without the background, until
// their mean lengths, and the background's at the begin and the end, fill the video. Videos are passed over
// until there are enough; of those, `count` are kept, drawn without order.

#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/core/random.h"
#include "zoetrope/decoding/transcript_trie.h"

namespace zoetrope::decoding {

struct SetVideo {
  std::vector<std::int64_t> actions = {};  ///< each once
  std::int64_t num_frames = 0;
};

/// [num_classes]. Of a class that is in no set, the mean of the others. Throws Error for a class that is not
/// there, for no videos, and for `shortest` that is not above 0.
[[nodiscard]] std::vector<double> set_mean_lengths(std::span<const SetVideo> videos, std::int64_t num_classes,
                                                   double shortest);

/// The share of each class in the frames of the videos whose set holds it, over the classes of a sum of 1; of
/// a class that is in no set, as ClassStatistics has it.
[[nodiscard]] std::vector<double> set_prior(std::span<const SetVideo> videos, std::int64_t num_classes);

/// `count` transcripts, with repetitions. `background` is a class, or -1: then nothing stands at begin and
/// end. Throws Error where no video has an action that fits.
[[nodiscard]] std::vector<Transcript> monte_carlo_grammar(std::span<const SetVideo> videos,
                                                          std::span<const double> mean_lengths,
                                                          std::int64_t background, std::int64_t count,
                                                          RandomGenerator& random);

}  // namespace zoetrope::decoding
