#pragma once
// The parts of `zoetrope score`: segmentations, detections and captions.

#include <cstdint>
#include <string>
#include <vector>

namespace zoetrope::cli {

struct ScoreOptions {
  std::string predictions, truth, layout = "mstcn", evaluator = "activitynet";
  std::string videos, subset, ambiguous;
  std::vector<std::string> background;
  std::int64_t max_length_difference = 0;
  double positions_per_second = 25.0 / 16;  // I3D features of W-TALC's data: a vector for 16 frames of 25 fps
  bool json = false;
};

/// Reads both sides, prints the numbers, returns the exit code. Throws Error for what is wrong with the files.
int score_segmentation(const ScoreOptions& options);
int score_detection(const ScoreOptions& options);
int score_captions(const ScoreOptions& options);

}  // namespace zoetrope::cli
