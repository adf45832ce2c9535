#pragma once
// Videos whose structure is known, composed in memory from real clips of one scene each.

#include <opencv2/core.hpp>
#include <random>
#include <string>
#include <vector>

#include "zoetrope/metrics/boundaries.h"
#include "zoetrope/metrics/segmentation.h"
#include "zoetrope/structure/analyzer.h"

namespace zoetrope::structure::compose {

/// Frames of one scene, 8UC3 RGB, all of one size.
struct Clip {
  std::string name;
  std::vector<cv::Mat> frames;
};

/// The listed clips (tests/data/structure/clips.txt) of one part, "dev" or "report", scaled to `size`.
/// Throws Error (kInput) where the list or a clip cannot be read.
std::vector<Clip> load_clips(const std::string& data_folder, const std::string& part, cv::Size size);

enum class Join { kCut, kDissolve, kFadeToBlack, kFadeToWhite, kWipe };

/// `count` frames of a clip from frame `first` on, running to and fro where the clip is shorter; and how the
/// next piece follows: a dissolve or wipe of `length` frames shows both; a fade darkens this piece over the
/// first half of `length` and lights the next one over the second.
struct Piece {
  const Clip* clip = nullptr;
  int first = 0;
  int count = 0;
  Join join = Join::kCut;
  int length = 0;
};

/// Mixed frames are [begin, end); of a cut, both are the new scene's first frame.
struct TrueTransition {
  Join join = Join::kCut;
  int begin = 0;
  int end = 0;
};

struct Video {
  double fps = 25;
  std::vector<cv::Mat> frames;
  std::vector<TrueTransition> transitions;
};

Video compose(const std::vector<Piece>& pieces, double fps);

/// Pieces of `min_seconds` to `max_seconds` of different clips in a random order, joined by `joins` in turn;
/// gradual joins of 0.3 to `max_gradual` seconds.
Video compose_randomly(const std::vector<Clip>& clips, const std::vector<Join>& joins, int num_pieces,
                       double fps, double min_seconds, double max_seconds, double max_gradual,
                       std::mt19937& generator);

Structure analyze(const Video& video, StructureOptions options = {});

std::vector<metrics::Transition> predicted_transitions(const Structure& structure);
std::vector<metrics::Transition> true_transitions(const Video& video);

/// Boundaries within a second of a true one, and frames in the matched part; a part is what lies between two
/// true transitions' middles.
struct PartScores {
  metrics::MatchCounts boundaries;
  metrics::FrameCounts frames;

  PartScores& operator+=(const PartScores& other) {
    boundaries += other.boundaries;
    frames += other.frames;
    return *this;
  }
};
PartScores score_parts(const Structure& structure, const Video& video);

}  // namespace zoetrope::structure::compose
