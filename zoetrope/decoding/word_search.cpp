#include "zoetrope/decoding/word_search.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

struct Candidate {
  std::size_t parent = 0;
  std::int64_t word = 0;
  double log_probability = 0;
};

// A strict order: the likelier first, then by rank of the beginning and by number of the word.
bool is_better(const Candidate& a, const Candidate& b) {
  if (a.log_probability != b.log_probability) return a.log_probability > b.log_probability;
  return std::pair(a.parent, a.word) < std::pair(b.parent, b.word);
}

// The likeliest continuations of the sentences that live, best first.
std::vector<Candidate> best_candidates(const std::vector<Sentence>& live, const std::vector<double>& rows,
                                       std::size_t count) {
  const std::size_t num_words = rows.size() / live.size();
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < live.size(); ++i) {
    for (std::size_t w = 0; w < num_words; ++w) {
      const double value = rows[i * num_words + w];
      if (std::isnan(value))
        throw Error::failed("the network says a word with a probability that is no number");
      if (value == -std::numeric_limits<double>::infinity()) continue;
      candidates.push_back({i, static_cast<std::int64_t>(w), live[i].log_probability + value});
    }
    // After each sentence, for memory: a beam of a hundred and ten thousand words would be a million otherwise.
    if (candidates.size() <= count) continue;
    const auto last = candidates.begin() + static_cast<std::ptrdiff_t>(count);
    std::nth_element(candidates.begin(), last, candidates.end(), is_better);
    candidates.resize(count);
  }
  std::ranges::sort(candidates, is_better);
  return candidates;
}

void rate(Sentence& sentence, double length_norm) {
  const auto words = static_cast<double>(std::ssize(sentence.words) + (sentence.ended ? 1 : 0));
  sentence.score = sentence.log_probability / std::pow(std::max(words, 1.0), length_norm);
}

// The sentences that a beam of that width ends with, in the order in which they ended.
std::vector<Sentence> search(WordSource& source, std::int64_t end, const WordSearchOptions& options,
                             std::size_t beam) {
  std::vector<Sentence> done, live(1);
  std::vector<double> rows = source.first();
  while (true) {
    std::vector<Sentence> longer;
    std::vector<std::size_t> parents;
    std::vector<std::int64_t> words;
    for (const Candidate& candidate : best_candidates(live, rows, beam - done.size())) {
      Sentence sentence = live[candidate.parent];
      sentence.log_probability = candidate.log_probability;
      if (candidate.word == end) {
        sentence.ended = true;
        done.push_back(std::move(sentence));
        continue;
      }
      sentence.words.push_back(candidate.word);
      parents.push_back(candidate.parent);
      words.push_back(candidate.word);
      longer.push_back(std::move(sentence));
    }
    live = std::move(longer);
    if (live.empty() || std::ssize(live.front().words) >= options.max_words) break;
    rows = source.next(parents, words);
  }
  done.insert(done.end(), live.begin(), live.end());
  for (Sentence& sentence : done) rate(sentence, options.length_norm);
  return done;
}

}  // namespace

void describe(ConfigFields& f, WordSearchOptions& o) {
  f.field("beam", o.beam, "sentences that live on after a word; 1: greedy").range(1, 100);
  f.field("length_norm", o.length_norm, "power of the length by which log-probabilities are divided")
      .range(0, 2);
  f.field("max_words", o.max_words, "of a sentence").range(1, 1000);
}

Sentence search_words(WordSource& source, std::int64_t end, const WordSearchOptions& options) {
  if (options.beam < 1 || options.max_words < 1 || !(options.length_norm >= 0)) {
    throw Error::usage("a beam of {}, {} words and a length norm of {} cannot be searched", options.beam,
                       options.max_words, options.length_norm);
  }
  std::vector<Sentence> found = search(source, end, options, 1);
  if (options.beam > 1) {
    for (Sentence& sentence : search(source, end, options, static_cast<std::size_t>(options.beam)))
      found.push_back(std::move(sentence));
  }
  if (found.empty()) throw Error::failed("the network may say no word");
  return *std::ranges::max_element(found, {}, &Sentence::score);
}

}  // namespace zoetrope::decoding
