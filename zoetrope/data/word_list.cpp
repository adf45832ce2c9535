#include "zoetrope/data/word_list.h"

#include <algorithm>
#include <map>

#include "zoetrope/core/error.h"
#include "zoetrope/metrics/text.h"

namespace zoetrope::data {

WordList::WordList(std::vector<std::string> labels, const std::string& name) : labels_(std::move(labels)) {
  constexpr std::size_t kSpecial = 2;
  if (labels_.size() <= kSpecial || labels_[0] != kEndLabel || labels_[1] != kUnknownLabel)
    throw Error::input("{}: is no list of words: it begins with '{}', '{}' and then the words", name,
                       kEndLabel, kUnknownLabel);
  for (std::size_t i = 0; i < labels_.size(); ++i) {
    if (!ids_.emplace(labels_[i], static_cast<std::int64_t>(i)).second)
      throw Error::input("{}: the word '{}' stands twice", name, labels_[i]);
  }
}

std::vector<std::int64_t> WordList::ids_of(std::string_view sentence) const {
  std::vector<std::int64_t> ids;
  for (const std::string& word : metrics::words_of(sentence)) {
    const auto found = ids_.find(word);
    ids.push_back(found == ids_.end() ? kUnknownWord : found->second);
  }
  return ids;
}

std::string WordList::sentence_of(std::span<const std::int64_t> ids) const {
  std::string sentence;
  for (const std::int64_t id : ids) {
    if (id == kEndWord) break;
    if (!sentence.empty()) sentence += ' ';
    sentence += labels_.at(static_cast<std::size_t>(id));
  }
  return sentence;
}

WordList word_list_of(const CaptionSet& captions, std::int64_t min_count) {
  std::map<std::string, std::int64_t> counts;
  for (const CaptionedVideo& video : captions.videos) {
    for (const std::string& caption : video.captions) {
      for (const std::string& word : metrics::words_of(caption)) ++counts[word];
    }
  }
  std::vector<std::pair<std::string, std::int64_t>> words;
  for (const auto& entry : counts) {
    if (entry.second >= min_count) words.push_back(entry);
  }
  if (words.empty()) throw Error::input("no word stands {} times or more in the captions", min_count);
  std::ranges::stable_sort(words, [](const auto& a, const auto& b) { return a.second > b.second; });
  std::vector<std::string> labels = {kEndLabel, kUnknownLabel};
  for (const auto& [word, count] : words) labels.push_back(word);
  return {std::move(labels), "captions"};
}

}  // namespace zoetrope::data
