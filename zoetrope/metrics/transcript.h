#pragma once
// Agreement of transcripts: which actions happen in what order, whatever their lengths.
//
//   matching_score(predicted, truth).ratio()          // 2 matches / (|A| + |A^|)
//
// Source: (2.16) of M. Fayyaz, Holistic Video Understanding, as MuCon's tables print it. What counts as a match
// differs between codes, and none of the text's words decides it; each is here under its name.

#include <cstdint>
#include <span>

namespace zoetrope::metrics {

struct TranscriptMatches {
  std::int64_t matches = 0;
  std::int64_t total = 0;  ///< of the labels of both transcripts

  /// In [0, 1]; 1 where both are empty.
  [[nodiscard]] double ratio() const {
    return total == 0 ? 1 : 2 * static_cast<double>(matches) / static_cast<double>(total);
  }
};

/// How matches are counted.
enum class MatchingRule {
  /// Equal labels on one cheapest edit path by the table of the PyPI package edit_distance 1.0.3, which
  /// MuCon's code calls: its first column counts one deletion too many. Of equally cheap steps a substitution
  /// (or equality) comes first, then an insertion, then a deletion.
  kEditDistancePackage,
  kEditDistance,  ///< the same by the textbook's table
  /// The longest common run, then the same on either side of it (Ratcliff and Obershelp), as Python's difflib
  /// has it, which SCT's code calls; labels that fill more than 1 % of a prediction of 200 or more begin no run.
  kDifflib
};

[[nodiscard]] TranscriptMatches matching_score(std::span<const std::int64_t> predicted,
                                               std::span<const std::int64_t> truth,
                                               MatchingRule rule = MatchingRule::kEditDistancePackage);

}  // namespace zoetrope::metrics
