#pragma once
// How well sentences agree with those of people: BLEU of captions.
//
//   Bleu bleu;
//   for (video) bleu.add(words_of(caption), references);      // references: words of each person's sentence
//   bleu.score();                                             // BLEU@4 in [0, 1]; tables print percent
//
// Source: Papineni, Roukos, Ward and Zhu, "BLEU: a Method for Automatic Evaluation of Machine Translation", ACL 2002. Over
// the whole corpus: p_n is the share of the captions' n-grams that are in a reference, each counted at most as often as in
// the reference that has it most often; BLEU@N = BP exp(1/N sum_n log p_n). With c the words of all captions and r those
// of each caption's reference of nearest length (of two equally near, the shorter), BP is 1 for c > r, else exp(1 - r/c).
// Nothing is smoothed: 0 where an order has no match, or no n-gram at all.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace zoetrope::metrics {

using Words = std::vector<std::string>;

/// A sentence's words in lower case (of ASCII letters; other bytes stay as they are). Punctuation separates words and is
/// dropped, but for hyphens and apostrophes within one.
[[nodiscard]] Words words_of(std::string_view sentence);

class Bleu {
 public:
  static constexpr std::size_t kMaxOrder = 4;

  /// Throws Error (kInput) without references.
  void add(const Words& caption, const std::vector<Words>& references);

  /// BLEU@`order`, 1 to 4. Throws Error (kUsage) for another order.
  [[nodiscard]] double score(std::size_t order = kMaxOrder) const;
  /// p_n of one order; 0 without n-grams.
  [[nodiscard]] double precision(std::size_t order) const;
  [[nodiscard]] double brevity_penalty() const;
  [[nodiscard]] std::int64_t num_captions() const noexcept { return captions_; }

 private:
  struct Order {
    std::int64_t matches = 0;
    std::int64_t ngrams = 0;
  };
  std::array<Order, kMaxOrder> orders_ = {};
  std::int64_t captions_ = 0;
  std::int64_t words_ = 0;            // of captions
  std::int64_t reference_words_ = 0;  // of the references of nearest length
};

}  // namespace zoetrope::metrics
