#pragma once
// Channel-separated convolutional networks: no convolution mixes channels and looks at neighbours at once.
//
// Tran et al., "Video Classification with Channel-Separated Convolutional Networks", ICCV 2019 (arXiv
// 1904.02811), its interaction-reduced form (ir-CSN). Parameter names, initialisation and numbers are
// PyTorchVideo's (pytorchvideo/models/csn.py).
//
// Bottlenecks whose 3x3x3 convolution is of each channel by itself; stages 2 to 4 halve time and space.

#include <cstdint>
#include <vector>

#include "zoetrope/models/list.h"
#include "zoetrope/models/video_net.h"

namespace zoetrope::models {

/// The defaults are those of PyTorchVideo's csn_r101; names are its, too.
struct CsnOptions {
  VideoNetOptions net = {.depth = 101, .dropout = 0};
  Extent stage_conv_a_kernel_size = {1, 1, 1};
  Extent stage_conv_b_kernel_size = {3, 3, 3};
  std::int64_t stage_conv_b_width_per_group = 1;  ///< channels that conv_b mixes
  Stages4 stage_spatial_stride = {1, 2, 2, 2};
  Stages4 stage_temporal_stride = {1, 2, 2, 2};
  std::int64_t bottleneck_ratio = 4;  ///< width between blocks over width within
  double norm_eps = 1e-5;             ///< of all norms; 1e-3 in checkpoints of VMZ and mmaction2
};
void describe(ConfigFields& fields, CsnOptions& options);

class Csn : public VideoNet {
 public:
  explicit Csn(const CsnOptions& options);
};

/// csn_r101.
[[nodiscard]] std::vector<ModelEntry> csn_models();

}  // namespace zoetrope::models
