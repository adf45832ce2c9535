#pragma once
// Frame scores, transcripts and length models that tests draw.

#include <cstdint>
#include <limits>
#include <vector>

#include "zoetrope/core/random.h"
#include "zoetrope/decoding/alignment.h"

namespace zoetrope::decoding {

struct DrawnScores {
  std::vector<float> values;
  std::int64_t num_classes = 0;

  [[nodiscard]] FrameScores view() const { return {values, num_classes}; }
};

/// In [-5, 0); whole numbers where `whole` (so that ties are many); some minus infinity.
inline DrawnScores draw_scores(RandomGenerator& random, std::int64_t frames, std::int64_t classes,
                               bool whole = false, double impossible = 0) {
  DrawnScores drawn{std::vector<float>(static_cast<std::size_t>(frames * classes)), classes};
  for (float& value : drawn.values) {
    value = whole ? -static_cast<float>(uniform_integer(random, 0, 4))
                  : static_cast<float>(uniform(random, -5, 0));
    if (uniform(random) < impossible) value = -std::numeric_limits<float>::infinity();
  }
  return drawn;
}

inline std::vector<std::int64_t> draw_transcript(RandomGenerator& random, std::int64_t segments,
                                                 std::int64_t classes) {
  std::vector<std::int64_t> transcript(static_cast<std::size_t>(segments));
  for (std::int64_t& label : transcript) label = uniform_integer(random, 0, classes);
  return transcript;
}

/// What an alignment scores by the definition, in the order of frames.
inline double score_of(const FrameScores& scores, const std::vector<std::int64_t>& transcript,
                       const std::vector<std::int64_t>& lengths, const std::vector<LengthScores>& tables) {
  double score = 0;
  std::int64_t t = 0;
  for (std::size_t m = 0; m < transcript.size(); ++m) {
    const auto length = static_cast<std::size_t>(lengths[m]);
    score += length < tables[m].size() ? tables[m][length] : -std::numeric_limits<double>::infinity();
    for (std::int64_t i = 0; i < lengths[m]; ++i, ++t)
      score += scores.values[static_cast<std::size_t>(t * scores.num_classes + transcript[m])];
  }
  return score;
}

/// The best of all lengths, each tried; of equals the one of the earliest last boundary, and so on.
inline Alignment try_all(const FrameScores& scores, const std::vector<std::int64_t>& transcript,
                         const std::vector<LengthScores>& tables) {
  Alignment best{-std::numeric_limits<double>::infinity(), {}};
  std::vector<std::int64_t> lengths(transcript.size(), 1);
  const auto recurse = [&](const auto& self, std::size_t m, std::int64_t left) -> void {
    if (m == 0) {
      lengths[0] = left;
      const double score = left < 1 ? best.score : score_of(scores, transcript, lengths, tables);
      if (left >= 1 && score > best.score) best = {score, lengths};
      return;
    }
    for (std::int64_t length = left - static_cast<std::int64_t>(m); length >= 1; --length) {
      lengths[m] = length;
      self(self, m - 1, left - length);
    }
  };
  if (!transcript.empty() && scores.num_frames() >= static_cast<std::int64_t>(transcript.size()))
    recurse(recurse, transcript.size() - 1, scores.num_frames());
  return best;
}

}  // namespace zoetrope::decoding
