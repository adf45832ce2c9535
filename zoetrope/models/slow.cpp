#include "zoetrope/models/slow.h"

#include <memory>
#include <string>

namespace zoetrope::models {
namespace {

Extent strides(const SlowOptions& o) {
  Extent total = {product(o.stage_temporal_stride), product(o.stage_spatial_h_stride),
                  product(o.stage_spatial_w_stride)};
  if (o.stage1_pool != Pool::kNone) {
    for (std::size_t i = 0; i < 3; ++i) total[i] *= o.stage1_pool_kernel_size[i];
  }
  return total;
}

}  // namespace

void describe(ConfigFields& f, SlowOptions& o) {
  describe(f, o.net);
  f.field("stage1_pool", o.stage1_pool, "after the first stage");
  f.field("stage1_pool_kernel_size", o.stage1_pool_kernel_size, "and stride").at_least(1);
  f.field("stage_conv_a_kernel_size", o.stage_conv_a_kernel_size,
          "of each stage, the kernels that its blocks take in turn")
      .at_least(1);
  f.field("stage_conv_b_kernel_size", o.stage_conv_b_kernel_size, "of each stage").at_least(1);
  f.field("stage_conv_b_num_groups", o.stage_conv_b_num_groups, "of each stage; 1 is a plain convolution")
      .at_least(1);
  f.field("stage_conv_b_dilation", o.stage_conv_b_dilation, "of each stage").at_least(1);
  f.field("stage_spatial_h_stride", o.stage_spatial_h_stride, "of each stage, on conv_b").at_least(1);
  f.field("stage_spatial_w_stride", o.stage_spatial_w_stride, "of each stage, on conv_b").at_least(1);
  f.field("stage_temporal_stride", o.stage_temporal_stride, "of each stage, on conv_a").at_least(1);
}

Slow::Slow(const SlowOptions& o) : VideoNet(native_clip_of(o.net, strides(o))) {
  add_block(make_stem(o.net));
  adapt_after(0, o.net.stem_dim_out, o.net.adaptive);
  const Stages4 depths = stage_depths(o.net.depth);
  std::int64_t dim_in = o.net.stem_dim_out;
  for (std::size_t i = 0; i < 4; ++i) {
    const std::int64_t dim_out = stage_width(o.net, i);
    const BottleneckOptions first{
        .dim_in = dim_in,
        .dim_inner = dim_out / 4,
        .dim_out = dim_out,
        .conv_a_stride = {o.stage_temporal_stride[i], 1, 1},
        .conv_b_kernel = o.stage_conv_b_kernel_size[i],
        .conv_b_stride = {1, o.stage_spatial_h_stride[i], o.stage_spatial_w_stride[i]},
        .conv_b_dilation = o.stage_conv_b_dilation[i],
        .conv_b_groups = o.stage_conv_b_num_groups[i],
        .activation = o.net.activation,
        .inner_activation = o.net.activation};
    add_block(std::make_shared<VideoStage>(repeat_block(first, depths[i], o.stage_conv_a_kernel_size[i])));
    if (i == 0 && o.stage1_pool != Pool::kNone) {
      add_block(std::make_shared<VideoPool>(
          PoolOptions{.kind = o.stage1_pool,
                      .kernel = o.stage1_pool_kernel_size,
                      .stride = o.stage1_pool_kernel_size,
                      .few_frames = o.net.adaptive.kind == AdaptiveKind::kSimilarity}));
    }
    adapt_after(i + 1, dim_out, o.net.adaptive);
    dim_in = dim_out;
  }
  set_head(make_head(o.net, dim_in));
}

std::vector<ModelEntry> slow_models() {
  const std::string source = "github.com/facebookresearch/pytorchvideo models/resnet.py";
  SlowOptions slow;
  slow.net.stem_conv_kernel_size = {1, 7, 7};
  slow.net.head_pool_kernel_size = {8, 7, 7};

  SlowOptions i3d;
  i3d.net.stem_conv_kernel_size = {5, 7, 7};
  i3d.stage1_pool = Pool::kMax;
  constexpr Extent kThree = {3, 1, 1};
  constexpr Extent kOne = {1, 1, 1};
  i3d.stage_conv_a_kernel_size = {{{kThree}, {kThree, kOne}, {kThree, kOne}, {kOne, kThree}}};

  SlowOptions c2d;
  c2d.net.stem_conv_kernel_size = {1, 7, 7};
  c2d.stage1_pool = Pool::kMax;
  c2d.stage_conv_a_kernel_size = {{{kOne}, {kOne}, {kOne}, {kOne}}};

  return {
      entry<Slow>("slow_r50", "Slow",
                  "Feichtenhofer et al., \"SlowFast Networks for Video Recognition\", ICCV 2019", source,
                  slow),
      entry<Slow>(
          "i3d_r50", "I3D",
          "Carreira and Zisserman, \"Quo Vadis, Action Recognition? A New Model and the Kinetics Dataset\", "
          "CVPR 2017",
          source, i3d),
      entry<Slow>("c2d_r50", "C2D", "Wang et al., \"Non-local Neural Networks\", CVPR 2018", source, c2d)};
}

}  // namespace zoetrope::models
