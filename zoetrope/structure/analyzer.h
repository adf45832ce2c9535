#pragma once
// What can be seen in a video without labels and without a trained model: shots, motion, the camera, parts,
// and the segments that represent it. One pass over the frames, in order, in bounded memory.
//
//   StructureAnalyzer analyzer;
//   while (auto frame = stream.next()) analyzer.push(*frame);
//   Structure structure = analyzer.finish();
//   add_to_timeline(structure, timeline);
//
// or, for a file, `analyze_structure(reader)`. Frames may have any size from 1 x 1 pixels and any rate, also
// a varying one; times are those of the frames. The same frames give the same result, whatever the number of
// threads.
//
// Memory: some 20 KB a frame of the last 3.3 seconds (at most 32 frames a second), 3 MB of samples, and what
// is found: 100 bytes a transition and 70 bytes a motion sample, of which there are at most
// kMaxMotionSamples.

#include <cstdint>
#include <memory>
#include <opencv2/core.hpp>
#include <vector>

#include "zoetrope/structure/camera.h"
#include "zoetrope/structure/motion.h"
#include "zoetrope/structure/parts.h"
#include "zoetrope/structure/representatives.h"
#include "zoetrope/structure/samples.h"
#include "zoetrope/structure/shots.h"

namespace zoetrope::structure {

/// An hour at ten a second; then neighbours are merged.
inline constexpr std::size_t kMaxMotionSamples = 36000;

struct StructureOptions {
  ShotOptions shots;
  CameraOptions camera;
  PartOptions parts;
  RepresentativeOptions representatives;
};

/// [begin, end) in seconds. Shots meet in the middle of a gradual transition.
struct Shot {
  double begin = 0;
  double end = 0;
};

struct Structure {
  double begin = 0;  ///< seconds: pts of the first frame
  double end = 0;    ///< seconds: end of the last frame
  std::int64_t num_frames = 0;
  std::int64_t lost_frames = 0;  ///< that could not be decoded; 0 where frames were pushed
  std::vector<Shot> shots;       ///< without gaps from begin to end
  std::vector<Transition> transitions;
  std::vector<MotionSample> motion;   ///< in order; those across a transition are left out
  std::vector<CameraSegment> camera;  ///< without gaps from begin to end
  std::vector<Part> parts;            ///< without gaps from begin to end
  std::vector<Representative> representatives;
  std::vector<Sample> samples;  ///< what parts and representatives were chosen on; brightness
};

class StructureAnalyzer {
 public:
  explicit StructureAnalyzer(StructureOptions options = {});
  ~StructureAnalyzer();

  /// The next frame: 8UC3, RGB, not empty, on screen in [pts, pts + duration) seconds. The picture is not
  /// kept. Throws Error (kUsage) for another type, or where pts is not above the frame before's.
  void push(const cv::Mat& rgb, double pts, double duration);
  /// Of what was pushed; without a frame, everything is empty. The analyzer is spent.
  [[nodiscard]] Structure finish();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace zoetrope::structure
