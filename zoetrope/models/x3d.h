#pragma once
// X3D: a small image network expanded step by step along time, space, width and depth.
//
// Feichtenhofer, "X3D: Expanding Architectures for Efficient Video Recognition", CVPR 2020 (arXiv
// 2004.04730). Parameter names, initialisation and numbers are PyTorchVideo's (pytorchvideo/models/x3d.py).
//
// The stem is a 1x3x3 convolution and a 5x1x1 one of each channel. Four stages follow of bottlenecks whose
// middle convolution, 3x3x3, is of each channel by itself; every other block has squeeze and excitation, and
// all have Swish in the middle. The head widens, pools the whole native map, and widens again before it
// classifies. Time is never strided.
//
// Takes a clip [N, 3, T, H, W] whose T and sides are `input_clip_length` and `input_crop_size`. A larger one
// is classified at every position.

#include <array>
#include <cstdint>
#include <vector>

#include "zoetrope/models/list.h"
#include "zoetrope/models/video_net.h"

namespace zoetrope::models {

/// The defaults are X3D-S. Names are the authors', save num_classes, in_channels and dropout.
struct X3dOptions {
  std::int64_t num_classes = 400;
  std::int64_t in_channels = 3;
  double dropout = 0.5;
  std::int64_t input_clip_length = 13;
  std::int64_t input_crop_size = 160;
  double width_factor = 2.0;
  double depth_factor = 2.2;
  double bottleneck_factor = 2.25;
  double norm_eps = 1e-5;
  double norm_momentum = 0.1;
  Activation activation = Activation::kRelu;
  Activation inner_activation = Activation::kSwish;
  std::int64_t stem_dim_in = 12;
  Extent stem_conv_kernel_size = {5, 3, 3};
  Extent stem_conv_stride = {1, 2, 2};
  std::array<Extent, 4> stage_conv_kernel_size = {{{3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}}};
  Stages4 stage_spatial_stride = {2, 2, 2, 2};
  Stages4 stage_temporal_stride = {1, 1, 1, 1};
  double se_ratio = 0.0625;
  bool shortcut_norm_always = false;  ///< also of shortcuts of unchanged width, as SlowFast's own X3D has it
  std::int64_t head_dim_out = 2048;
  Activation head_pool_activation = Activation::kRelu;
  bool head_bn_lin5_on = false;
  Activation head_activation = Activation::kNone;
  bool head_output_with_global_average = true;
  AdaptiveOptions adaptive = {};  ///< of a network that shortens its clips, the head pools all that is left
};
void describe(ConfigFields& fields, X3dOptions& options);

/// One of X3D's four stages, after expansion by the factors.
struct X3dStage {
  std::int64_t depth = 0;      ///< blocks
  std::int64_t dim_inner = 0;  ///< channels of the 3x3x3 convolutions
  std::int64_t dim_out = 0;
};
[[nodiscard]] std::array<X3dStage, 4> x3d_stages(const X3dOptions& options);

class X3d : public VideoNet {
 public:
  /// Throws Error (kUsage) for a native clip that is shorter or smaller than the strides.
  explicit X3d(const X3dOptions& options);
};

/// x3d_xs, x3d_s, x3d_m, x3d_l, x3d_xl.
[[nodiscard]] std::vector<ModelEntry> x3d_models();

}  // namespace zoetrope::models
