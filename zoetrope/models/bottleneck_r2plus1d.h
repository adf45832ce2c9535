#pragma once
// R(2+1)D on ResNet-50: each 3x3x3 convolution is one in time, a norm, a ReLU, and one in space.
//
// Tran et al., "A Closer Look at Spatiotemporal Convolutions for Action Recognition", CVPR 2018 (arXiv
// 1711.11248), with bottlenecks. Parameter names, initialisation and numbers are PyTorchVideo's
// (pytorchvideo/models/r2plus1d.py), which has the temporal convolution first and as many channels between
// the two as around them; the paper and torchvision have the spatial one first and choose the channels
// between for an equal count of parameters.

#include <array>
#include <vector>

#include "zoetrope/models/list.h"
#include "zoetrope/models/video_net.h"

namespace zoetrope::models {

/// The defaults are those of PyTorchVideo's r2plus1d_r50; names are its, too.
struct BottleneckR2plus1dOptions {
  VideoNetOptions net = {
      .stem_conv_kernel_size = {1, 7, 7}, .stem_pool = Pool::kNone, .head_activation = Activation::kSoftmax};
  std::array<Extent, 4> stage_conv_a_kernel_size = {{{1, 1, 1}, {1, 1, 1}, {1, 1, 1}, {1, 1, 1}}};
  std::array<Extent, 4> stage_conv_b_kernel_size = {{{3, 3, 3}, {3, 3, 3}, {3, 3, 3}, {3, 3, 3}}};
  Stages4 stage_spatial_stride = {2, 2, 2, 2};
  Stages4 stage_temporal_stride = {1, 1, 2, 2};
};
void describe(ConfigFields& fields, BottleneckR2plus1dOptions& options);

class BottleneckR2plus1d : public VideoNet {
 public:
  explicit BottleneckR2plus1d(const BottleneckR2plus1dOptions& options);
};

/// r2plus1d_r50.
[[nodiscard]] std::vector<ModelEntry> bottleneck_r2plus1d_models();

}  // namespace zoetrope::models
