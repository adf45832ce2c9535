#pragma once
// A network for untrimmed videos on a whole video: from features, or from the video itself where an extractor
// is named, to a Timeline of detections.
//
//   Detector detector(bundle::load_bundle("runs/tsrnet/best"), {});
//   const DetectedVideo video = detector.detect("features/rgb/match.npy");     // and features/flow/match.npy
//   const timeline::Timeline timeline = detector.timeline_of(video);
//
// Features of two streams are two files, FOLDER/STREAM/NAME.npy, of which either may be given; or one, with
// both below one another. Memory: a piece of the features (tasks/detection.h) and a few numbers a frame,
// however long the video; of a video that goes through an extractor, its features.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/inference/sequence_extractor.h"
#include "zoetrope/tasks/detection.h"
#include "zoetrope/timeline/timeline.h"

namespace zoetrope::inference {

struct DetectorOptions {
  std::optional<tasks::DetectOptions> decoding = {};  ///< else the bundle's
  double fps = 0;                                     ///< columns of feature files a second; 0: the bundle's
  std::string extractor = {};                         ///< a bundle's folder; empty: what the bundle names
};

struct DetectedVideo {
  timeline::VideoSource video = {};
  double fps = 0;  ///< of what the network saw: columns a second, after sampling
  tasks::VideoScores scores = {};
  std::vector<tasks::Detected> found = {};  ///< seconds from the video's start
};

class Detector {
 public:
  /// Throws Error (kModel) for a bundle that detects nothing.
  Detector(bundle::Bundle bundle, DetectorOptions options);

  /// Throws Error: kInput for features that the model does not take, or whose streams differ much in length;
  /// kUsage where nothing says their rate.
  [[nodiscard]] DetectedVideo detect(const std::filesystem::path& npy) const;
  /// Throws Error: kUsage where no extractor is named, kModel where its features are not what the model
  /// takes.
  [[nodiscard]] DetectedVideo detect(const media::VideoReader& reader, const FrameProgress& progress = {});

  /// A track "action" with gaps, whose scores are those of the decoding; a curve of attention for each
  /// stream, of at most some thousand points (means).
  [[nodiscard]] timeline::Timeline timeline_of(const DetectedVideo& video) const;

  [[nodiscard]] const bundle::Bundle& bundle() const noexcept { return bundle_; }

 private:
  [[nodiscard]] data::FeatureStreams open(const std::filesystem::path& npy) const;
  [[nodiscard]] const models::Tsrnet& model() const;
  void decode(DetectedVideo& video) const;

  bundle::Bundle bundle_;
  DetectorOptions options_;
  std::optional<SequenceExtractor> extractor_;
};

}  // namespace zoetrope::inference
