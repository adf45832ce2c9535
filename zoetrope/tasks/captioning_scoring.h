#pragma once
// How well what is said of the videos of a data set agrees with people: BLEU over all of them (metrics/text.h).
//
//   tasks::CaptionScoring scoring;
//   scoring.add("a fish rises", people);                    // of a video
//   const tasks::HeadMetrics metrics = scoring.result();    // bleu@4, bleu@1, bleu@2, bleu@3

#include <string>
#include <vector>

#include "zoetrope/metrics/text.h"
#include "zoetrope/tasks/scoring.h"

namespace zoetrope::tasks {

class CaptionScoring {
 public:
  /// Throws Error (kInput) without references.
  void add(const std::string& caption, const std::vector<std::string>& references);

  /// "bleu@4" first, by which models are compared. Samples are videos.
  [[nodiscard]] HeadMetrics result() const;

 private:
  metrics::Bleu bleu_;
};

}  // namespace zoetrope::tasks
