#pragma once
// Residual video networks that differ in where they look at neighbouring frames: Slow, I3D on ResNet-50, C2D.
//
// Slow: Feichtenhofer et al., "SlowFast Networks for Video Recognition", ICCV 2019, its slow pathway alone.
// I3D: Carreira and Zisserman, "Quo Vadis, Action Recognition?", CVPR 2017, on ResNet-50 as in Wang et al.,
// "Non-local Neural Networks", CVPR 2018, which also has C2D. Parameter names, initialisation and numbers are
// PyTorchVideo's (pytorchvideo/models/resnet.py).
//
// A stem of one convolution, four stages of bottlenecks whose conv_a has a kernel of 1 or 3 in time and whose
// conv_b is 1x3x3, and a linear classifier of the pooled map. I3D and C2D halve time by a pool after the
// first stage; then blocks.2 is that pool.

#include <array>
#include <vector>

#include "zoetrope/models/list.h"
#include "zoetrope/models/video_net.h"

namespace zoetrope::models {

/// The defaults are those of PyTorchVideo's create_resnet; names are its, too.
struct SlowOptions {
  VideoNetOptions net;
  Pool stage1_pool = Pool::kNone;
  Extent stage1_pool_kernel_size = {2, 1, 1};  ///< and stride
  /// Of each stage, the kernels of its blocks, which repeat until all have one.
  std::array<std::vector<Extent>, 4> stage_conv_a_kernel_size = {
      {{{1, 1, 1}}, {{1, 1, 1}}, {{3, 1, 1}}, {{3, 1, 1}}}};
  std::array<Extent, 4> stage_conv_b_kernel_size = {{{1, 3, 3}, {1, 3, 3}, {1, 3, 3}, {1, 3, 3}}};
  Stages4 stage_conv_b_num_groups = {1, 1, 1, 1};
  std::array<Extent, 4> stage_conv_b_dilation = {{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}};
  Stages4 stage_spatial_h_stride = {1, 2, 2, 2};
  Stages4 stage_spatial_w_stride = {1, 2, 2, 2};
  Stages4 stage_temporal_stride = {1, 1, 1, 1};
};
void describe(ConfigFields& fields, SlowOptions& options);

class Slow : public VideoNet {
 public:
  explicit Slow(const SlowOptions& options);
};

/// slow_r50, i3d_r50, c2d_r50.
[[nodiscard]] std::vector<ModelEntry> slow_models();

}  // namespace zoetrope::models
