#include <fmt/format.h>

#include "apps/zoetrope/output.h"
#include "apps/zoetrope/score.h"
#include "zoetrope/core/error.h"
#include "zoetrope/data/caption_set.h"
#include "zoetrope/metrics/text.h"

namespace zoetrope::cli {

int score_captions(const ScoreOptions& options) {
  const data::CaptionSet truth = data::read_caption_set(options.truth, options.subset);
  const auto captions = data::read_made_captions(options.predictions);
  metrics::Bleu bleu;
  for (const data::CaptionedVideo& video : truth.videos) {
    const auto made = captions.find(video.id);
    if (made == captions.end()) {
      throw Error::input("{}: the video '{}' has no caption{}", options.predictions, video.id,
                         options.subset.empty() && !video.subset.empty()
                             ? fmt::format("; --subset {} scores its part alone", video.subset)
                             : "");
    }
    std::vector<metrics::Words> references;
    for (const std::string& caption : video.captions) references.push_back(metrics::words_of(caption));
    bleu.add(metrics::words_of(made->second), references);
  }
  constexpr double kPercent = 100;
  Json scores = Json::object();
  for (std::size_t order = 1; order <= metrics::Bleu::kMaxOrder; ++order)
    scores[std::to_string(order)] = kPercent * bleu.score(order);
  if (options.json) {
    print_json({{"task", "captions"},
                {"unit", "percent"},
                {"videos", bleu.num_captions()},
                {"bleu", scores},
                {"brevity_penalty", bleu.brevity_penalty()}});
    return 0;
  }
  fmt::print("{} videos, brevity penalty {:.4f}\n\n", bleu.num_captions(), bleu.brevity_penalty());
  for (const auto& [order, value] : scores.items())
    fmt::print("BLEU@{} {:6.2f}\n", order, value.get<double>());
  return 0;
}

}  // namespace zoetrope::cli
