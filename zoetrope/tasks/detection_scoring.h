#pragma once
// How good a network for untrimmed videos is over the videos of a data set: at the classes of whole videos,
// of each stream and fused, and at finding them.
//
//   tasks::DetectionScoring scoring(classes);
//   scoring.add(scores, found, truth);                      // of a video
//   const tasks::HeadMetrics metrics = scoring.result();
//
// map, accuracy      mAP over the classes (by steps, metrics/multilabel.h), and the share of videos whose
// best
//                    class is one of theirs; with two streams, STREAM_map and STREAM_accuracy of each alone
// map@10 .. map@90   detection at tIoU 0.1 to 0.9, and average_map at 0.5:0.05:0.95, by ActivityNet's
// evaluator

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "zoetrope/metrics/detection.h"
#include "zoetrope/tasks/detection.h"
#include "zoetrope/tasks/scoring.h"

namespace zoetrope::tasks {

/// Of the names above.
[[nodiscard]] std::vector<std::pair<std::string, double>> detection_precisions(
    std::span<const metrics::Detection> detections, std::span<const metrics::TrueSegment> truth);

class DetectionScoring {
 public:
  explicit DetectionScoring(std::vector<std::string> classes);

  /// `truth` in seconds, with class ids; the video's number is filled in. Its classes are those of the
  /// segments.
  void add(const VideoScores& scores, std::span<const Detected> found,
           std::vector<metrics::TrueSegment> truth);

  /// "map" first; the classes' values are the average precisions of the fused scores. Samples are videos.
  [[nodiscard]] HeadMetrics result() const;

 private:
  struct Ranking {
    std::string prefix;  // of the metrics' names
    std::vector<float> scores;
  };
  std::vector<std::string> classes_;
  std::vector<Ranking> rankings_;  // the first fused
  std::vector<std::uint8_t> positives_;
  std::vector<metrics::Detection> detections_;
  std::vector<metrics::TrueSegment> truth_;
  std::int64_t videos_ = 0;
};

}  // namespace zoetrope::tasks
