#pragma once
// The best sentence of a network that says a word at a time, each given those before it: greedy, or by a beam.
//
//   const decoding::Sentence best = decoding::search_words(network, end, {.beam = 5});
//
//   log p(y)   the sum of its words' log-probabilities, the end among them
//   score      log p(y) / n^length_norm over its n words, the end among them; 0: log p itself, which favours short
//              sentences; 1: its mean
//   beam       of all sentences that are one word longer than those that live, the `beam` likeliest live on; one that
//              ends is kept, and the beam narrows by one; the search is over when none lives. At `max_words`, those
//              that live are taken as they are.
//
// Of a beam above 1, the greedy sentence is among those compared (the beam may have dropped its beginning): a beam is
// never worse than greedy by the score. A beam of 1 is greedy. Of equals, the one that is found first: by rank of its
// beginning, then by number of its word.

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/core/config.h"

namespace zoetrope::decoding {

/// What says the words. A class, and not a function, for it keeps the states of the sentences that live.
class WordSource {
 public:
  virtual ~WordSource() = default;

  /// Log-probabilities of the first word, one a word; -infinity for one that may not be said. Forgets earlier sentences.
  virtual std::vector<double> first() = 0;
  /// Of the word after each of several sentences, row by row: sentence i is sentence `parents[i]` of the last call (0 of
  /// `first`) and then word `words[i]`.
  virtual std::vector<double> next(std::span<const std::size_t> parents,
                                   std::span<const std::int64_t> words) = 0;
};

struct WordSearchOptions {
  std::int64_t beam = 3;
  double length_norm = 0.7;
  std::int64_t max_words = 20;  ///< without the end
};
void describe(ConfigFields& fields, WordSearchOptions& options);

struct Sentence {
  std::vector<std::int64_t> words = {};  ///< without the end
  double log_probability = 0;
  double score = 0;
  bool ended = false;  ///< else it was cut off
};

/// `end` is the word that ends a sentence. Throws Error (kUsage) for options that are out of range.
[[nodiscard]] Sentence search_words(WordSource& source, std::int64_t end, const WordSearchOptions& options);

}  // namespace zoetrope::decoding
