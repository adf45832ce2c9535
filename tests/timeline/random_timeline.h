#pragma once
// Timelines that try a format's limits: odd characters, empty tracks, spans without length, far times.
// Seeded.

#include <random>
#include <string>

#include "zoetrope/timeline/timeline.h"

namespace zoetrope::timeline {

/// What a random timeline may hold; a format that cannot hold it is tested without.
struct RandomOptions {
  double max_seconds = 20'000;
  bool milliseconds = false;  ///< times are whole milliseconds and not negative
  bool four_digit_scores = false;
  bool control_characters = true;
  bool empty_labels = true;
};

class RandomTimeline {
 public:
  explicit RandomTimeline(unsigned seed, RandomOptions options = {}) : random_(seed), options_(options) {}

  Timeline timeline();
  Track track(const std::string& name);
  TextTrack text_track(const std::string& name);
  std::string text(bool may_be_empty);
  double time();
  int below(int n) { return static_cast<int>(random_() % static_cast<unsigned>(n)); }

 private:
  double score();
  void span(double& start, double& end);

  std::mt19937 random_;
  RandomOptions options_;
};

/// Equal in every field, doubles to the bit, NaN equal to NaN.
[[nodiscard]] bool same(const Timeline& a, const Timeline& b);
[[nodiscard]] bool same(const Track& a, const Track& b);

/// Bytes as a damaged file has them: cut, flipped, spliced, repeated.
[[nodiscard]] std::string damage(const std::string& bytes, std::mt19937& random);

}  // namespace zoetrope::timeline
