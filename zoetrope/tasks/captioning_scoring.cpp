#include "zoetrope/tasks/captioning_scoring.h"

#include <fmt/format.h>

namespace zoetrope::tasks {

void CaptionScoring::add(const std::string& caption, const std::vector<std::string>& references) {
  std::vector<metrics::Words> words;
  for (const std::string& reference : references) words.push_back(metrics::words_of(reference));
  bleu_.add(metrics::words_of(caption), words);
}

HeadMetrics CaptionScoring::result() const {
  HeadMetrics result{.name = "captions", .samples = bleu_.num_captions()};
  if (result.samples == 0) return result;
  for (const std::size_t order : {std::size_t{4}, std::size_t{1}, std::size_t{2}, std::size_t{3}})
    result.values.emplace_back(fmt::format("bleu@{}", order), bleu_.score(order));
  return result;
}

}  // namespace zoetrope::tasks
