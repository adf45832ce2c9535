#include "zoetrope/models/csn.h"

#include <memory>

#include "zoetrope/nn/batch_norm.h"

namespace zoetrope::models {

void describe(ConfigFields& f, CsnOptions& o) {
  describe(f, o.net);
  f.field("stage_conv_a_kernel_size", o.stage_conv_a_kernel_size, "of all stages").at_least(1);
  f.field("stage_conv_b_kernel_size", o.stage_conv_b_kernel_size, "of all stages").at_least(1);
  f.field("stage_conv_b_width_per_group", o.stage_conv_b_width_per_group,
          "channels that conv_b mixes; 1 separates all")
      .at_least(1);
  f.field("stage_spatial_stride", o.stage_spatial_stride, "of each stage, on conv_b").at_least(1);
  f.field("stage_temporal_stride", o.stage_temporal_stride, "of each stage, on conv_b").at_least(1);
  f.field("bottleneck_ratio", o.bottleneck_ratio, "width between blocks over width within").at_least(1);
  f.field("norm_eps", o.norm_eps, "epsilon of all norms; 1e-3 in checkpoints of VMZ and mmaction2")
      .range(0, 1);
}

Csn::Csn(const CsnOptions& o)
    : VideoNet(native_clip_of(o.net, {product(o.stage_temporal_stride), product(o.stage_spatial_stride),
                                      product(o.stage_spatial_stride)})) {
  add_block(make_stem(o.net));
  adapt_after(0, o.net.stem_dim_out, o.net.adaptive);
  const Stages4 depths = stage_depths(o.net.depth);
  std::int64_t dim_in = o.net.stem_dim_out;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::int64_t dim_out = stage_width(o.net, i);
    const std::int64_t dim_inner = dim_out / o.bottleneck_ratio;
    const std::int64_t spatial = o.stage_spatial_stride[i];
    const BottleneckOptions first{.dim_in = dim_in,
                                  .dim_inner = dim_inner,
                                  .dim_out = dim_out,
                                  .conv_a_kernel = o.stage_conv_a_kernel_size,
                                  .conv_b_kernel = o.stage_conv_b_kernel_size,
                                  .conv_b_stride = {o.stage_temporal_stride[i], spatial, spatial},
                                  .conv_b_groups = dim_inner / o.stage_conv_b_width_per_group,
                                  .activation = o.net.activation,
                                  .inner_activation = o.net.activation};
    add_block(std::make_shared<VideoStage>(repeat_block(first, depths[i])));
    adapt_after(i + 1, dim_out, o.net.adaptive);
    dim_in = dim_out;
  }
  set_head(make_head(o.net, dim_in));
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* norm = dynamic_cast<nn::BatchNormImpl*>(module.get())) norm->options.eps(o.norm_eps);
  }
}

std::vector<ModelEntry> csn_models() {
  return {entry<Csn>(
      "csn_r101", "CSN",
      "Tran et al., \"Video Classification with Channel-Separated Convolutional Networks\", ICCV 2019",
      "github.com/facebookresearch/pytorchvideo models/csn.py", CsnOptions{})};
}

}  // namespace zoetrope::models
