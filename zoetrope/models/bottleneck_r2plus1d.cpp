#include "zoetrope/models/bottleneck_r2plus1d.h"

#include <memory>

namespace zoetrope::models {

void describe(ConfigFields& f, BottleneckR2plus1dOptions& o) {
  describe(f, o.net);
  f.field("stage_conv_a_kernel_size", o.stage_conv_a_kernel_size, "of each stage").at_least(1);
  f.field("stage_conv_b_kernel_size", o.stage_conv_b_kernel_size, "of each stage, both parts").at_least(1);
  f.field("stage_spatial_stride", o.stage_spatial_stride, "of each stage, on conv_b").at_least(1);
  f.field("stage_temporal_stride", o.stage_temporal_stride, "of each stage, on conv_b").at_least(1);
}

BottleneckR2plus1d::BottleneckR2plus1d(const BottleneckR2plus1dOptions& o)
    : VideoNet(native_clip_of(o.net, {product(o.stage_temporal_stride), product(o.stage_spatial_stride),
                                      product(o.stage_spatial_stride)})) {
  add_block(make_stem(o.net));
  adapt_after(0, o.net.stem_dim_out, o.net.adaptive);
  const Stages4 depths = stage_depths(o.net.depth);
  std::int64_t dim_in = o.net.stem_dim_out;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::int64_t dim_out = stage_width(o.net, i);
    const std::int64_t spatial = o.stage_spatial_stride[i];
    const BottleneckOptions first{.dim_in = dim_in,
                                  .dim_inner = dim_out / 4,
                                  .dim_out = dim_out,
                                  .conv_a_kernel = o.stage_conv_a_kernel_size[i],
                                  .conv_b_kernel = o.stage_conv_b_kernel_size[i],
                                  .conv_b_stride = {o.stage_temporal_stride[i], spatial, spatial},
                                  .conv_b_factorized = true,
                                  .activation = o.net.activation,
                                  .inner_activation = o.net.activation};
    add_block(std::make_shared<VideoStage>(repeat_block(first, depths[i])));
    adapt_after(i + 1, dim_out, o.net.adaptive);
    dim_in = dim_out;
  }
  set_head(make_head(o.net, dim_in));
}

std::vector<ModelEntry> bottleneck_r2plus1d_models() {
  return {entry<BottleneckR2plus1d>(
      "r2plus1d_r50", "R(2+1)D",
      "Tran et al., \"A Closer Look at Spatiotemporal Convolutions for Action Recognition\", CVPR 2018",
      "github.com/facebookresearch/pytorchvideo models/r2plus1d.py", BottleneckR2plus1dOptions{})};
}

}  // namespace zoetrope::models
