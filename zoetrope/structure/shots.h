#pragma once
// Shot boundaries: cuts, and the gradual transitions between shots (dissolves, fades through black or white,
// wipes).
//
// Cuts. The dissimilarity (dissimilarity.h) of neighbouring frames is compared with its own surroundings, the
// adaptive threshold of the TRECVID shot boundary task's classical systems (Smeaton, Over and Doherty, "Video
// shot boundary detection: seven years of TRECVid activity", 2010); a peak counts only if no frame shortly
// after resembles a frame shortly before, which a flash or a dropped frame would allow.
//
// Gradual transitions. A dissolve from frame A to frame B is a straight walk in the space of pictures: frame
// t is (1 - alpha) A + alpha B with alpha rising from 0 to 1 (the linear mixture of Hampapur, Jain and
// Weymouth, "Digital video segmentation", 1994; its variance follows a parabola, Alattar 1993). From the
// squared distances of thumbnails alone the law of cosines gives alpha and how far t lies off the line. Off
// the line, relative to alpha (1 - alpha) |AB|^2 (the bend), a dissolve of stills has 0, a wipe 1 (every
// pixel is either A's or B's), unrelated pictures 3. Motion within the shots bends a dissolve too, so that
// bend alone cannot tell it from a pan; but where two pictures mix, gradients of both are weakened: their
// energy falls from (1 - alpha) E + alpha F to (1 - alpha)^2 E + alpha^2 F (Alattar's parabola, of gradients
// instead of levels so that motion does not matter). The share of that loss which is seen (the dip) is 0.7 to
// 1.7 in dissolves and below 0.6 in 99 % of moving stretches, exposure changes included, of the development
// clips. A fade is a dissolve with an even picture; fade-out and fade-in around a short even stretch are one
// transition.
//
// Memory is bounded by the window (gradual_max and some more, at 32 frames a second), whatever the video's
// length; work is a flow a frame pair and some more at each candidate.

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "zoetrope/structure/dissimilarity.h"
#include "zoetrope/structure/frame_features.h"

namespace zoetrope::structure {

enum class TransitionKind { kCut, kDissolve, kFade, kWipe };

/// "cut", "dissolve", "fade", "wipe".
[[nodiscard]] const char* transition_name(TransitionKind kind);

/// From the last frame that shows the old shot alone to the first that shows the new one alone. A cut lies
/// between two frames: begin == end, the new shot's first time.
struct Transition {
  TransitionKind kind = TransitionKind::kCut;
  double begin = 0;              ///< seconds: where the first mixed frame appears
  double end = 0;                ///< seconds: where the first frame of the new shot alone appears
  std::int64_t first_frame = 0;  ///< index of the first mixed frame; of a cut, of the new shot's first frame
  std::int64_t last_frame = 0;   ///< index of the new shot's first frame
  float score = 0;               ///< dissimilarity of the shots' frames on both sides, in [0, 1]
  bool from_even = false;        ///< the picture before is even (black, white, a plain colour)
  bool to_even = false;          ///< the picture after is
};

struct ShotOptions {
  /// Neighbouring frames of a cut differ at least so much. In [0, 1]; see dissimilarity.h for what is usual.
  float cut_floor = 0.30F;
  /// and by so much of their surroundings' upper quartile more: a shaking camera raises the bar.
  float cut_contrast = 0.7F;
  /// Frames on both sides within cut_window seconds must stay apart by this share of the cut's own
  /// dissimilarity.
  float cut_return = 0.5F;
  double cut_window = 0.25;
  /// Gradual transitions take at most so many seconds.
  double gradual_max = 2.5;
  /// The shots around a gradual transition differ at least so much (dissimilarity).
  float gradual_floor = 0.36F;
  /// Thumbnails of its two ends differ at least so much, root mean square in levels.
  float gradual_step = 10;
  /// alpha may step forward by so much from frame to frame (more where there are hardly any frames between)
  /// ...
  float gradual_fastest = 0.4F;
  /// ... and back by so much in all: motion within the shots is not the mixture's.
  float gradual_backwards = 0.4F;
  /// and the correlation of their blocks is at most 1 - this, whatever the colours: a change of light keeps
  /// structure.
  float gradual_structure = 0.5F;
  /// A dissolve's frames may lie off the line by still_bend and 1 for each second in which the shots may
  /// move, at most dissolve_bend; lose gradient energy like a mixture's (dip); and rise steadily but for this
  /// (root mean square).
  float still_bend = 0.3F;
  float dissolve_bend = 1.2F;
  float dissolve_dip = 0.55F;
  float dissolve_ramp = 0.15F;
  /// The mixture of the ends explains the middle frame at least as well as motion from either end does, but
  /// for this factor.
  float dissolve_mixture = 1.1F;
  /// The same of a wipe, whose pixels are one or the other shot's but for this share (mix).
  float wipe_bend = 1.3F;
  float wipe_mix = 0.2F;
  /// An even stretch between two transitions up to so many seconds is part of one fade.
  double max_even = 1.0;
};

class CutDetector;
class GradualDetector;

/// Push every frame in order, then finish once.
class ShotDetector {
 public:
  explicit ShotDetector(ShotOptions options = {});
  ~ShotDetector();
  void push(const FrameFeatures& features, std::int64_t index, double pts);
  /// All transitions of the video, in order, none overlapping another.
  [[nodiscard]] std::vector<Transition> finish();

 private:
  ShotOptions options_;
  std::unique_ptr<CutDetector> cuts_;
  std::unique_ptr<GradualDetector> gradual_;
};

}  // namespace zoetrope::structure
