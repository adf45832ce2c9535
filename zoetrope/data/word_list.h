#pragma once
// The words that a captioner knows, by number: what it learns from a set of captions, and what its bundle keeps as
// labels.
//
//   const data::WordList words = data::word_list_of(train, /*min_count=*/2);
//   words.ids_of("A fish rises.")                    // [2, 7, 11]
//   words.sentence_of(ids)                           // "a fish rises"
//
// Words are those of metrics::words_of (lower case, without punctuation). Number 0 ends a sentence, number 1 stands for
// any other word; then come the words, the most frequent first, and those of one count in alphabetical order.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "zoetrope/data/caption_set.h"

namespace zoetrope::data {

inline constexpr std::int64_t kEndWord = 0, kUnknownWord = 1;
inline constexpr const char *kEndLabel = "<end>", *kUnknownLabel = "<unk>";

class WordList {
 public:
  /// As labels() gives them. Throws Error (kInput) that begins with `name` where the two special words are not at their
  /// places, where there is no other, and for a word that stands twice.
  WordList(std::vector<std::string> labels, const std::string& name);

  [[nodiscard]] std::int64_t size() const noexcept { return std::ssize(labels_); }
  [[nodiscard]] const std::vector<std::string>& labels() const noexcept { return labels_; }

  /// Without an end.
  [[nodiscard]] std::vector<std::int64_t> ids_of(std::string_view sentence) const;
  /// Words joined by blanks, up to an end.
  [[nodiscard]] std::string sentence_of(std::span<const std::int64_t> ids) const;

 private:
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::int64_t> ids_;
};

/// Those that stand `min_count` times or more in the captions. Throws Error (kInput) where there is none.
[[nodiscard]] WordList word_list_of(const CaptionSet& captions, std::int64_t min_count = 1);

}  // namespace zoetrope::data
