#include "zoetrope/models/x3d.h"

#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/nn/conv3d.h"

namespace zoetrope::models {
namespace {

using torch::Tensor;

NormOptions norm_of(const X3dOptions& o) {
  return {.eps = o.norm_eps, .momentum = o.norm_momentum};
}

/// Strides of the whole network: in time, in height and in width (the stem's may differ).
Extent total_stride(const X3dOptions& o) {
  Extent total = o.stem_conv_stride;
  for (std::size_t i = 0; i < 4; ++i) {
    total[0] *= o.stage_temporal_stride[i];
    total[1] *= o.stage_spatial_stride[i];
    total[2] *= o.stage_spatial_stride[i];
  }
  return total;
}

/// The last map of the native clip, which the head pools at once.
Extent native_map(const X3dOptions& o) {
  const Extent stride = total_stride(o);
  if (o.input_clip_length < stride[0]) {
    throw Error::usage("'input_clip_length': {} frames are fewer than the temporal stride, {}",
                       o.input_clip_length, stride[0]);
  }
  if (o.input_crop_size < stride[1]) {
    throw Error::usage("'input_crop_size': {} pixels are fewer than the spatial stride, {}",
                       o.input_crop_size, stride[1]);
  }
  // As the authors: time rounded down, both sides by the stride in height, rounded up.
  const std::int64_t side = (o.input_crop_size + stride[1] - 1) / stride[1];
  return {o.input_clip_length / stride[0], side, side};
}

std::vector<BottleneckOptions> stage_blocks(const X3dOptions& o, std::size_t index, std::int64_t dim_in,
                                            const X3dStage& stage) {
  const std::int64_t spatial = o.stage_spatial_stride[index];
  const BottleneckOptions first{.dim_in = dim_in,
                                .dim_inner = stage.dim_inner,
                                .dim_out = stage.dim_out,
                                .conv_b_kernel = o.stage_conv_kernel_size[index],
                                .conv_b_stride = {o.stage_temporal_stride[index], spatial, spatial},
                                .conv_b_groups = stage.dim_inner,
                                .se_ratio = o.se_ratio,
                                .shortcut_norm_always = o.shortcut_norm_always,
                                .activation = o.activation,
                                .inner_activation = o.inner_activation,
                                .norm = norm_of(o)};
  std::vector<BottleneckOptions> blocks = repeat_block(first, stage.depth);
  for (std::size_t i = 1; i < blocks.size(); i += 2) blocks[i].se_ratio = 0;
  return blocks;
}

/// Widens, pools, and widens again, so that the widest layer sees one position.
class ProjectedPool : public VideoBlock {
 public:
  ProjectedPool(const X3dOptions& o, const X3dStage& last) : activation_(o.head_pool_activation) {
    pre_conv_ =
        register_module("pre_conv", make_conv({.in_channels = last.dim_out, .out_channels = last.dim_inner}));
    pre_norm_ = register_module("pre_norm", make_norm(last.dim_inner, norm_of(o)));
    // Clips that may come out shorter have no native last map.
    const bool shortens = o.adaptive.kind == AdaptiveKind::kSimilarity;
    pool_ = register_module("pool", std::make_shared<VideoPool>(
                                        PoolOptions{.kind = shortens ? Pool::kAdaptive : Pool::kAverage,
                                                    .kernel = shortens ? Extent{1, 1, 1} : native_map(o)}));
    post_conv_ = register_module("post_conv",
                                 make_conv({.in_channels = last.dim_inner, .out_channels = o.head_dim_out}));
    if (o.head_bn_lin5_on) post_norm_ = register_module("post_norm", make_norm(o.head_dim_out, norm_of(o)));
  }

  Tensor forward(const Tensor& x, Stages* stages) override {
    const Tensor wide = activate(activation_, pre_norm_(pre_conv_(x)));
    Tensor y = post_conv_(pool_->forward(wide, stages));
    if (post_norm_) y = post_norm_(y);
    return activate(activation_, y);
  }

 private:
  Activation activation_;
  nn::Conv3d pre_conv_{nullptr}, post_conv_{nullptr};
  nn::BatchNorm3d pre_norm_{nullptr}, post_norm_{nullptr};
  std::shared_ptr<VideoPool> pool_;
};

}  // namespace

void describe(ConfigFields& f, X3dOptions& o) {
  f.field("num_classes", o.num_classes, "classes").at_least(1);
  f.field("in_channels", o.in_channels, "channels of the clip").at_least(1);
  f.field("dropout", o.dropout, "probability of dropping a feature in training").range(0, 1);
  f.field("input_clip_length", o.input_clip_length, "frames of the native clip; sizes the head's pool")
      .at_least(1);
  f.field("input_crop_size", o.input_crop_size, "height and width of the native clip; sizes the head's pool")
      .at_least(1);
  f.field("width_factor", o.width_factor, "expansion of the widths").range(0, 100);
  f.field("depth_factor", o.depth_factor, "expansion of the depths, which are 1, 2, 5, 3").range(0, 100);
  f.field("bottleneck_factor", o.bottleneck_factor, "width within a block over width between blocks")
      .range(0.01, 100);
  f.field("norm_eps", o.norm_eps, "epsilon of the batch norms").range(0, 1);
  f.field("norm_momentum", o.norm_momentum, "weight of a batch in the norms' running statistics").range(0, 1);
  f.field("activation", o.activation, "of the stem, and in and after the blocks");
  f.field("inner_activation", o.inner_activation, "after the blocks' middle convolution");
  f.field("stem_dim_in", o.stem_dim_in, "width of stem and first stage before expansion").at_least(1);
  f.field("stem_conv_kernel_size", o.stem_conv_kernel_size, "in time, height and width").at_least(1);
  f.field("stem_conv_stride", o.stem_conv_stride, "in time, height and width").at_least(1);
  f.field("stage_conv_kernel_size", o.stage_conv_kernel_size, "of each stage's middle convolutions")
      .at_least(1);
  f.field("stage_spatial_stride", o.stage_spatial_stride, "of each stage's first block").at_least(1);
  f.field("stage_temporal_stride", o.stage_temporal_stride, "of each stage's first block").at_least(1);
  f.field("se_ratio", o.se_ratio, "part of the channels that squeeze and excitation keeps; 0 is none")
      .range(0, 100);
  f.field("shortcut_norm_always", o.shortcut_norm_always,
          "norms also in shortcuts of unchanged width, as in checkpoints of PySlowFast and mmaction2");
  f.field("head_dim_out", o.head_dim_out, "features that the classifier takes").at_least(1);
  f.field("head_pool_activation", o.head_pool_activation, "around the head's pool");
  f.field("head_bn_lin5_on", o.head_bn_lin5_on, "a batch norm before the classifier");
  f.field("head_activation", o.head_activation, "of the authors' `output`; never of the logits");
  f.field("head_output_with_global_average", o.head_output_with_global_average,
          "average the authors' `output` over positions");
  f.field("adaptive", o.adaptive, "temporal resolution that adapts to the clip");
}

std::array<X3dStage, 4> x3d_stages(const X3dOptions& o) {
  constexpr std::array kDepths = {1.0, 2.0, 5.0, 3.0};
  std::array<X3dStage, 4> stages;
  std::int64_t dim = o.stem_dim_in;
  for (std::size_t i = 0; i < 4; ++i) {
    if (i > 0) dim = round_width(static_cast<double>(dim), 2);
    stages[i].dim_out = round_width(static_cast<double>(dim), o.width_factor);
    stages[i].dim_inner =
        static_cast<std::int64_t>(o.bottleneck_factor * static_cast<double>(stages[i].dim_out));
    const double factor = o.depth_factor == 0 ? 1 : o.depth_factor;
    stages[i].depth = static_cast<std::int64_t>(std::ceil(factor * kDepths[i]));
  }
  return stages;
}

X3d::X3d(const X3dOptions& o)
    : VideoNet({o.in_channels, o.input_clip_length, o.input_crop_size, o.input_crop_size}) {
  std::int64_t width = round_width(static_cast<double>(o.stem_dim_in), o.width_factor);
  add_block(std::make_shared<VideoStem>(StemOptions{.conv = {.in_channels = o.in_channels,
                                                             .out_channels = width,
                                                             .kernel = o.stem_conv_kernel_size,
                                                             .stride = o.stem_conv_stride},
                                                    .separable = true,
                                                    .activation = o.activation,
                                                    .norm = norm_of(o)}));
  adapt_after(0, width, o.adaptive);
  const std::array<X3dStage, 4> stages = x3d_stages(o);
  for (std::size_t i = 0; i < 4; ++i) {
    add_block(std::make_shared<VideoStage>(stage_blocks(o, i, width, stages[i])));
    width = stages[i].dim_out;
    adapt_after(i + 1, width, o.adaptive);
  }
  set_head(VideoHead(HeadOptions{.dim_in = o.head_dim_out,
                                 .num_classes = o.num_classes,
                                 .dropout = o.dropout,
                                 .activation = o.head_activation,
                                 .global_average = o.head_output_with_global_average},
                     std::make_shared<ProjectedPool>(o, stages.back())));
}

std::vector<ModelEntry> x3d_models() {
  const auto model = [](const std::string& name, std::int64_t frames, std::int64_t side, double depth,
                        double width) {
    X3dOptions options;
    options.input_clip_length = frames;
    options.input_crop_size = side;
    options.depth_factor = depth;
    options.width_factor = width;
    return entry<X3d>(
        name, "X3D",
        "Feichtenhofer, \"X3D: Expanding Architectures for Efficient Video Recognition\", CVPR 2020",
        "github.com/facebookresearch/pytorchvideo models/x3d.py", options);
  };
  // XL has no implementation of its authors; its factors are the paper's.
  return {model("x3d_xs", 4, 160, 2.2, 2.0), model("x3d_s", 13, 160, 2.2, 2.0),
          model("x3d_m", 16, 224, 2.2, 2.0), model("x3d_l", 16, 312, 5.0, 2.0),
          model("x3d_xl", 16, 312, 5.0, 2.9)};
}

}  // namespace zoetrope::models
