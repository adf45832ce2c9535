#pragma once
// What the video looks like over time, in bounded memory: a short description of each quarter of a second,
// or, once there are kMaxSamples of them, of each half second, second and so on. Parts and representative
// segments are chosen on these.
//
// A description has three blocks, each the square root of a histogram, so that Euclidean distance between
// descriptions is Hellinger's between histograms (the kernel of Arandjelovic and Zisserman, "Three things
// everyone should know to improve object retrieval", 2012, section 3):
//   colour       [2 x 2 cells, luma 12 + Cb 8 + Cr 8 bins], mean of the frames
//   orientation  [2 x 2 cells, 8 unsigned directions] of the gradient weighted by its length (HOG, Dalal and Triggs,
//                2005, without its normalisation by neighbours), of the sample's first frame
//   motion       one number, the logarithm of the flow's mean length
// Colour and orientation have lengths whose squares sum to 1; so two samples that share nothing are at most 2
// apart (squared), two scenes some 0.2 to 0.8, and a shot's own frames below 0.05.

#include <array>
#include <optional>
#include <vector>

#include "zoetrope/structure/frame_features.h"
#include "zoetrope/structure/halving.h"

namespace zoetrope::structure {

inline constexpr std::size_t kMaxSamples = 4096;  ///< 17 minutes at the base rate; 3 MB
inline constexpr double kSampleSeconds = 0.25;    ///< the base rate

inline constexpr int kPooledGrid = 2;
inline constexpr int kOrientationBins = 8;
inline constexpr std::size_t kColourDims = kPooledGrid * kPooledGrid * kCellBins;
inline constexpr std::size_t kOrientationDims = kPooledGrid * kPooledGrid * kOrientationBins;
inline constexpr std::size_t kSampleDims = kColourDims + kOrientationDims + 1;

using Description = std::array<float, kSampleDims>;

/// Squared Euclidean distance.
[[nodiscard]] double distance2(const Description& a, const Description& b);

struct Sample {
  double begin = 0;  ///< seconds: pts of the first frame
  double end = 0;    ///< seconds: end of the last frame
  Description description{};
  float brightness = 0;  ///< mean luma, levels in [0, 255]
  float even = 0;        ///< share of the time in which the picture is even: black, white, one colour

  [[nodiscard]] double seconds() const noexcept { return end - begin; }
  /// The mean of both, weighted by time.
  void merge(const Sample& next);
};

class SampleCollector {
 public:
  /// Frames in order. `motion` is what motion.h measured last, percent of the diagonal a second.
  void push(const FrameFeatures& features, double pts, double duration, double motion);
  [[nodiscard]] std::vector<Sample> finish();

 private:
  void close();

  HalvingBuffer<Sample> samples_{kMaxSamples};
  Sample open_;
  ColourGrid colour_{};  ///< summed over the open sample's frames
  double motion_ = 0;    ///< summed
  double brightness_ = 0, even_ = 0;
  int frames_ = 0;
};

}  // namespace zoetrope::structure
