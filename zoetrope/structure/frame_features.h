#pragma once
// What the analysis keeps of one frame: a small grey picture for optical flow, colour histograms on a grid
// for comparing what is shown where, and a thumbnail for comparing pixel by pixel. A frame of any size
// becomes some 20 KB.
//
// Sources: histograms on a spatial grid are the standard cue of shot detection (Boreczky and Rowe,
// "Comparison of video shot boundary detection techniques", 1996; TRECVID 2001-2007). They are soft binned: a
// level between two bin centres counts in both, so that compression noise and a slight change of exposure
// move little mass.

#include <array>
#include <opencv2/core.hpp>

namespace zoetrope::structure {

/// Shorter side in pixels of the picture that is analysed; the longer side keeps the aspect up to kMaxAspect.
inline constexpr int kAnalysisShortSide = 90;
/// A frame that is longer than this many times its width (or the reverse) is squeezed to this aspect, so that
/// a strip of 8192 x 16 pixels costs no more than a film frame.
inline constexpr int kMaxAspect = 4;

inline constexpr int kGrid = 4;  ///< histograms are taken on kGrid x kGrid cells
inline constexpr int kLumaBins = 12;
inline constexpr int kChromaBins = 8;  ///< of each of Cb and Cr
inline constexpr int kCellBins = kLumaBins + 2 * kChromaBins;
inline constexpr int kThumbWidth = 16;  ///< the whole frame, whatever its aspect
inline constexpr int kThumbHeight = 12;

using ColourGrid = std::array<float, static_cast<std::size_t>(kGrid* kGrid* kCellBins)>;
using Thumbnail = std::array<float, static_cast<std::size_t>(kThumbWidth* kThumbHeight * 3)>;

struct FrameFeatures {
  cv::Mat luma;  ///< 8UC1, analysis_size(frame)
  /// [cell row, cell column, bin]; of each cell, the luma bins sum to 1, Cb's and Cr's likewise.
  ColourGrid colour{};
  Thumbnail thumb{};    ///< [row, column, (Y, Cr, Cb)], levels in [0, 255]
  float mean_luma = 0;  ///< levels in [0, 255]
  bool even = false;    ///< the picture is black, white or one colour, but for a small logo or caption
};

/// The size at which a frame of this size is analysed: shorter side kAnalysisShortSide, up- or downscaled.
[[nodiscard]] cv::Size analysis_size(cv::Size frame);

/// `rgb` is 8UC3 in RGB order, not empty.
[[nodiscard]] FrameFeatures compute_features(const cv::Mat& rgb);

/// Mean over cells of the share of histogram mass that differs, luma and chroma weighing the same: 0 for
/// frames that show the same colours in the same places, 1 for frames that share none.
[[nodiscard]] float colour_distance(const ColourGrid& a, const ColourGrid& b);

/// Mean squared difference of the thumbnails in levels^2, over pixels and planes.
[[nodiscard]] float thumb_distance2(const Thumbnail& a, const Thumbnail& b);

}  // namespace zoetrope::structure
