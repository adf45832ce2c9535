#include "zoetrope/metrics/text.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

using Ngrams = std::map<Words, std::int64_t>;

Ngrams ngrams_of(const Words& words, std::size_t order) {
  Ngrams ngrams;
  for (std::size_t i = 0; i + order <= words.size(); ++i) {
    const auto first = words.begin() + static_cast<std::ptrdiff_t>(i);
    ++ngrams[Words(first, first + static_cast<std::ptrdiff_t>(order))];
  }
  return ngrams;
}

bool is_letter(unsigned char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

void check_order(std::size_t order) {
  if (order < 1 || order > Bleu::kMaxOrder)
    throw Error::usage("BLEU is of orders 1 to {}, not {}", Bleu::kMaxOrder, order);
}

}  // namespace

Words words_of(std::string_view sentence) {
  Words words;
  std::string word;
  const auto end = [&] {
    while (!word.empty() && !is_letter(static_cast<unsigned char>(word.back()))) word.pop_back();
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  for (const char c : sentence) {
    const char lower = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    const bool joins = !word.empty() && (lower == '-' || lower == '\'');
    if (is_letter(static_cast<unsigned char>(lower)) || joins)
      word += lower;
    else
      end();
  }
  end();
  return words;
}

void Bleu::add(const Words& caption, const std::vector<Words>& references) {
  if (references.empty()) throw Error::input("a caption has no reference to be compared with");
  for (std::size_t n = 1; n <= kMaxOrder; ++n) {
    std::vector<Ngrams> theirs;
    for (const Words& reference : references) theirs.push_back(ngrams_of(reference, n));
    for (const auto& [ngram, count] : ngrams_of(caption, n)) {
      std::int64_t most = 0;
      for (const Ngrams& reference : theirs) {
        const auto found = reference.find(ngram);
        if (found != reference.end()) most = std::max(most, found->second);
      }
      orders_[n - 1].matches += std::min(count, most);
      orders_[n - 1].ngrams += count;
    }
  }
  const auto length = std::ssize(caption);
  std::int64_t nearest = std::ssize(references.front());
  for (const Words& reference : references) {
    const std::int64_t theirs = std::ssize(reference);
    const std::int64_t off = std::abs(theirs - length), best = std::abs(nearest - length);
    if (off < best || (off == best && theirs < nearest)) nearest = theirs;
  }
  words_ += length;
  reference_words_ += nearest;
  ++captions_;
}

double Bleu::precision(std::size_t order) const {
  check_order(order);
  const Order& counts = orders_[order - 1];
  return counts.ngrams == 0 ? 0 : static_cast<double>(counts.matches) / static_cast<double>(counts.ngrams);
}

double Bleu::brevity_penalty() const {
  if (words_ > reference_words_) return 1;
  return words_ == 0 ? 0 : std::exp(1 - static_cast<double>(reference_words_) / static_cast<double>(words_));
}

double Bleu::score(std::size_t order) const {
  check_order(order);
  double sum = 0;
  for (std::size_t n = 1; n <= order; ++n) {
    const double share = precision(n);
    if (share == 0) return 0;
    sum += std::log(share);
  }
  return brevity_penalty() * std::exp(sum / static_cast<double>(order));
}

}  // namespace zoetrope::metrics
