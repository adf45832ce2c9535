#include "zoetrope/models/slowfast.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/nn/conv3d.h"

namespace zoetrope::models {
namespace {

using torch::Tensor;

constexpr std::size_t kSlow = 0;
constexpr std::size_t kFast = 1;

/// One pathway as a network of its own: its stem, and what its head pools.
VideoNetOptions pathway(const SlowFastOptions& o, std::size_t which) {
  return {.in_channels = o.in_channels[which],
          .activation = o.activation,
          .stem_dim_out = o.stem_dim_outs[which],
          .stem_conv_kernel_size = o.stem_conv_kernel_sizes[which],
          .stem_conv_stride = o.stem_conv_strides[which],
          .stem_pool = o.stem_pool[which],
          .stem_pool_kernel_size = o.stem_pool_kernel_sizes[which],
          .stem_pool_stride = o.stem_pool_strides[which],
          .head_pool = o.head_pool,
          .head_pool_kernel_size = o.head_pool_kernel_sizes[which]};
}

std::vector<std::int64_t> native_shape(const SlowFastOptions& o, std::size_t which) {
  const std::int64_t spatial = product(o.stage_spatial_strides[which]);
  const auto& [channels, frames, height, width] =
      native_clip_of(pathway(o, which), {product(o.stage_temporal_strides[which]), spatial, spatial});
  return {1, channels, frames, height, width};
}

/// Channels that the fast pathway gives to the slow one, whose own are `slow_width`.
std::int64_t fused_width(const SlowFastOptions& o, std::int64_t slow_width) {
  return slow_width / o.slowfast_channel_reduction_ratio * o.slowfast_conv_channel_fusion_ratio;
}

/// Zeros before and behind, the odd one behind.
Tensor padded_to(const Tensor& x, std::int64_t frames) {
  const std::int64_t missing = frames - x.size(2);
  return missing > 0 ? torch::constant_pad_nd(x, {0, 0, 0, 0, missing / 2, missing - missing / 2}) : x;
}

/// Brings the fast pathway to the slow rate and puts it beside the slow one.
class FuseFastToSlowImpl : public torch::nn::Module {
 public:
  FuseFastToSlowImpl(const SlowFastOptions& o, std::int64_t slow_width)
      : activation_(o.activation), pads_(o.adaptive.kind == AdaptiveKind::kSimilarity) {
    const std::int64_t width = fused_width(o, slow_width);
    conv_ = register_module("conv_fast_to_slow",
                            make_conv({.in_channels = slow_width / o.slowfast_channel_reduction_ratio,
                                       .out_channels = width,
                                       .kernel = o.slowfast_fusion_conv_kernel_size,
                                       .stride = o.slowfast_fusion_conv_stride}));
    if (o.slowfast_fusion_norm) norm_ = register_module("norm", make_norm(width));
  }

  Tensor forward(const Tensor& slow, const Tensor& fast) {
    Tensor lateral = conv_(fast);
    if (norm_) lateral = activate(activation_, norm_(lateral));
    if (!pads_) return torch::cat({slow, lateral}, 1);
    const std::int64_t frames = std::max(slow.size(2), lateral.size(2));
    return torch::cat({padded_to(slow, frames), padded_to(lateral, frames)}, 1);
  }

 private:
  Activation activation_;
  bool pads_;  // what differs in length, where the pathways adapt to the clip
  nn::Conv3d conv_{nullptr};
  nn::BatchNorm3d norm_{nullptr};
};
TORCH_MODULE(FuseFastToSlow);

std::shared_ptr<VideoBlock> make_stage(const SlowFastOptions& o, std::size_t which, std::size_t stage) {
  // The slow pathway's widths; the fast one's are a fraction of them.
  const std::int64_t before = stage == 0 ? o.stem_dim_outs[kSlow] : stage_width(pathway(o, kSlow), stage - 1);
  const std::int64_t after = stage_width(pathway(o, kSlow), stage);
  const std::int64_t divisor = which == kSlow ? 1 : o.slowfast_channel_reduction_ratio;
  const std::int64_t spatial = o.stage_spatial_strides[which][stage];
  const BottleneckOptions first{.dim_in = which == kSlow ? before + fused_width(o, before) : before / divisor,
                                .dim_inner = after / 4 / divisor,
                                .dim_out = after / divisor,
                                .conv_a_stride = {o.stage_temporal_strides[which][stage], 1, 1},
                                .conv_b_kernel = o.stage_conv_b_kernel_sizes[which][stage],
                                .conv_b_stride = {1, spatial, spatial},
                                .conv_b_dilation = o.stage_conv_b_dilations[which][stage],
                                .conv_b_groups = o.stage_conv_b_num_groups[which][stage],
                                .activation = o.activation,
                                .inner_activation = o.activation};
  const std::int64_t blocks = o.blocks.empty() ? stage_depths(o.depth)[stage] : o.blocks[stage];
  return std::make_shared<VideoStage>(repeat_block(first, blocks, o.stage_conv_a_kernel_sizes[which][stage]));
}

void check(const SlowFastOptions& o) {
  if (!o.blocks.empty() && o.blocks.size() != std::tuple_size_v<Stages4>)
    throw Error::usage("'blocks': one number for each of four stages, not {}", o.blocks.size());
  if (o.stem_dim_outs[kSlow] != o.stem_dim_outs[kFast] * o.slowfast_channel_reduction_ratio) {
    throw Error::usage(
        "'stem_dim_outs': the slow pathway's {} channels are not 'slowfast_channel_reduction_ratio', {}, "
        "times the "
        "fast one's {}",
        o.stem_dim_outs[kSlow], o.slowfast_channel_reduction_ratio, o.stem_dim_outs[kFast]);
  }
  if (o.head_pool != Pool::kAverage && o.head_pool != Pool::kAdaptive)
    throw Error::usage("'head_pool': SlowFast's is avg or adaptive");
}

}  // namespace

class SlowFastBlock : public torch::nn::Module {
 public:
  SlowFastBlock(std::shared_ptr<VideoBlock> slow, std::shared_ptr<VideoBlock> fast, FuseFastToSlow fusion)
      : pathways_{std::move(slow), std::move(fast)}, fusion_(std::move(fusion)) {
    torch::nn::ModuleList list;
    for (const std::shared_ptr<VideoBlock>& block : pathways_) list->push_back(block);
    register_module("multipathway_blocks", list);
    if (fusion_) register_module("multipathway_fusion", fusion_);
  }

  /// Both pathways; `fuse` merges them.
  Pathways<Tensor> run_pathways(const Pathways<Tensor>& x, Stages* stages) {
    Pathways<Tensor> y;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const std::string name = fmt::format("multipathway_blocks.{}", i);
      if (stages) stages->push(name);
      y[i] = pathways_[i]->forward(x[i], stages);
      if (stages) stages->pop();
      keep(stages, name, y[i]);
    }
    return y;
  }
  Pathways<Tensor> fuse(Pathways<Tensor> y) {
    if (fusion_) y[kSlow] = fusion_(y[kSlow], y[kFast]);
    return y;
  }

 private:
  Pathways<std::shared_ptr<VideoBlock>> pathways_;
  FuseFastToSlow fusion_;
};

void describe(ConfigFields& f, SlowFastOptions& o) {
  f.field("num_classes", o.num_classes, "classes").at_least(1);
  f.field("in_channels", o.in_channels, "channels of the slow and the fast input").at_least(1);
  f.field("depth", o.depth, "layers: 50, 101 or 152; 18 has one block a stage");
  f.field("blocks", o.blocks, "of each of the four stages, in place of those of depth").range(1, 1000);
  f.field("dropout", o.dropout, "probability of dropping a feature in training").range(0, 1);
  f.field("activation", o.activation, "of stems, blocks and fusion");
  f.field("slowfast_channel_reduction_ratio", o.slowfast_channel_reduction_ratio,
          "channels of the slow pathway over those of the fast one")
      .at_least(1);
  f.field("slowfast_conv_channel_fusion_ratio", o.slowfast_conv_channel_fusion_ratio,
          "channels that fusion gives for each fast one")
      .at_least(1);
  f.field("slowfast_fusion_conv_kernel_size", o.slowfast_fusion_conv_kernel_size, "on the fast pathway")
      .at_least(1);
  f.field("slowfast_fusion_conv_stride", o.slowfast_fusion_conv_stride, "the first is fast over slow frames")
      .at_least(1);
  f.field("slowfast_fusion_norm", o.slowfast_fusion_norm,
          "a norm and an activation after the fusion; none in checkpoints of mmaction2");
  // From here on, of the slow pathway and of the fast one.
  f.field("stem_dim_outs", o.stem_dim_outs, "widths of the stems").at_least(1);
  f.field("stem_conv_kernel_sizes", o.stem_conv_kernel_sizes, "in time, height and width").at_least(1);
  f.field("stem_conv_strides", o.stem_conv_strides, "in time, height and width").at_least(1);
  f.field("stem_pool", o.stem_pool, "after the stems' convolutions");
  f.field("stem_pool_kernel_sizes", o.stem_pool_kernel_sizes, "in time, height and width").at_least(1);
  f.field("stem_pool_strides", o.stem_pool_strides, "in time, height and width").at_least(1);
  f.field("stage_conv_a_kernel_sizes", o.stage_conv_a_kernel_sizes,
          "of each stage, the kernels that its blocks take in turn")
      .at_least(1);
  f.field("stage_conv_b_kernel_sizes", o.stage_conv_b_kernel_sizes, "of each stage").at_least(1);
  f.field("stage_conv_b_num_groups", o.stage_conv_b_num_groups, "of each stage").at_least(1);
  f.field("stage_conv_b_dilations", o.stage_conv_b_dilations, "of each stage").at_least(1);
  f.field("stage_spatial_strides", o.stage_spatial_strides, "of each stage, on conv_b").at_least(1);
  f.field("stage_temporal_strides", o.stage_temporal_strides, "of each stage, on conv_a").at_least(1);
  f.field("head_pool", o.head_pool, "of each pathway: avg or adaptive");
  f.field("head_pool_kernel_sizes", o.head_pool_kernel_sizes, "the native inputs' last maps").at_least(1);
  f.field("head_activation", o.head_activation, "of the authors' `output`; never of the logits");
  f.field("head_output_with_global_average", o.head_output_with_global_average,
          "average the authors' `output` over positions");
  f.field("adaptive", o.adaptive, "temporal resolution that adapts to the clip");
}

void SlowFast::make_blocks() {
  const SlowFastOptions& o = options_;
  const auto fuse = [&](std::int64_t slow_width) { return FuseFastToSlow(o, slow_width); };
  blocks_.push_back(std::make_shared<SlowFastBlock>(
      make_stem(pathway(o, kSlow)), make_stem(pathway(o, kFast)), fuse(o.stem_dim_outs[kSlow])));
  for (std::size_t i = 0; i < 4; ++i) {
    const bool last = i == 3;
    blocks_.push_back(std::make_shared<SlowFastBlock>(
        make_stage(o, kSlow, i), make_stage(o, kFast, i),
        last ? FuseFastToSlow{nullptr} : fuse(stage_width(pathway(o, kSlow), i))));
  }
}

void SlowFast::make_adapters() {
  if (options_.adaptive.kind == AdaptiveKind::kNone) return;
  const std::size_t stage = stage_of(options_.adaptive.after);
  const std::int64_t alpha = options_.slowfast_fusion_conv_stride[0];
  const std::int64_t slow_width =
      stage == 0 ? options_.stem_dim_outs[kSlow] : stage_width(pathway(options_, kSlow), stage - 1);
  for (std::size_t i = 0; i < adapters_.size(); ++i) {
    AdaptiveOptions own = options_.adaptive;
    std::int64_t& block = own.sampling.block;
    if (i == kSlow && block > 0) block = std::max<std::int64_t>(block / alpha, 1);
    const std::int64_t width =
        i == kSlow ? slow_width : slow_width / options_.slowfast_channel_reduction_ratio;
    adapters_[i] = TemporalAdapter(*this, width, own, fmt::format("pathway{}_", i));
  }
}

SlowFast::SlowFast(const SlowFastOptions& o) : options_(o) {
  check(o);
  make_blocks();
  torch::nn::ModuleList list;
  for (const std::shared_ptr<SlowFastBlock>& block : blocks_) list->push_back(block);

  torch::nn::ModuleList pools;  // without parameters; counts as a block in the names
  for (std::size_t i = 0; i < pools_.size(); ++i) {
    // Clips that may come out shorter have no native last map.
    const bool shortens = o.adaptive.kind == AdaptiveKind::kSimilarity;
    const Pool kind = shortens ? Pool::kAdaptive : o.head_pool;
    pools_[i] = std::make_shared<VideoPool>(PoolOptions{
        .kind = kind, .kernel = kind == Pool::kAdaptive ? Extent{1, 1, 1} : o.head_pool_kernel_sizes[i]});
    pools->push_back(pools_[i]);
  }
  list->push_back(pools);

  const std::int64_t slow_width = stage_width(pathway(o, kSlow), 3);
  head_ = VideoHead(HeadOptions{.dim_in = slow_width + slow_width / o.slowfast_channel_reduction_ratio,
                                .num_classes = o.num_classes,
                                .dropout = o.dropout,
                                .activation = o.head_activation,
                                .global_average = o.head_output_with_global_average},
                    std::make_shared<VideoPool>(PoolOptions{.kind = Pool::kNone}));
  list->push_back(head_);
  register_module("blocks", list);
  make_adapters();
  reset_video_parameters(*this);
}

NamedTensors SlowFast::run(const std::vector<Tensor>& inputs, Stages* stages) {
  if (inputs.size() != 2)
    throw Error::usage("SlowFast takes two inputs, slow and fast, not {}", inputs.size());
  for (std::size_t i = 0; i < 2; ++i) check_clip(inputs[i], options_.in_channels[i]);
  Pathways<Tensor> x = {inputs[kSlow], inputs[kFast]};
  if (!adapters_[kSlow]) return run_from(0, x, stages);
  const std::size_t place = stage_of(options_.adaptive.after);
  for (std::size_t i = 0; i <= place; ++i) {
    x = run_pathways(i, x, stages);
    if (i == place) break;
    x = blocks_[i]->fuse(x);
    keep(stages, fmt::format("blocks.{}", i), x[kSlow]);
  }
  const bool packed = !is_training() && options_.adaptive.execution == AdaptiveExecution::kPacked;
  return run_adapted({adapters_[kSlow].forward(x[kSlow]), adapters_[kFast].forward(x[kFast])}, packed, stages,
                     [&](const std::vector<Tensor>& maps, Stages* kept) {
                       Pathways<Tensor> fused = blocks_[place]->fuse({maps[kSlow], maps[kFast]});
                       keep(kept, fmt::format("blocks.{}", place), fused[kSlow]);
                       return run_from(place + 1, std::move(fused), kept);
                     });
}

Pathways<Tensor> SlowFast::run_pathways(std::size_t block, const Pathways<Tensor>& x, Stages* stages) {
  if (stages) stages->push(fmt::format("blocks.{}", block));
  Pathways<Tensor> y = blocks_[block]->run_pathways(x, stages);
  if (stages) stages->pop();
  return y;
}

NamedTensors SlowFast::run_from(std::size_t block, Pathways<Tensor> x, Stages* stages) {
  for (std::size_t i = block; i < blocks_.size(); ++i) {
    x = blocks_[i]->fuse(run_pathways(i, x, stages));
    keep(stages, fmt::format("blocks.{}", i), x[kSlow]);
  }
  const Tensor pooled =
      torch::cat({pools_[kSlow]->forward(x[kSlow], stages), pools_[kFast]->forward(x[kFast], stages)}, 1);
  keep(stages, fmt::format("blocks.{}", blocks_.size()), pooled);
  return head_->forward(pooled, stages);
}

std::vector<InputSpec> SlowFast::native_inputs() const {
  return {{"slow", native_shape(options_, kSlow)}, {"fast", native_shape(options_, kFast)}};
}

std::vector<std::int64_t> SlowFast::native_clip() const {
  return native_shape(options_, kFast);
}

std::vector<Tensor> SlowFast::inputs_of(const Tensor& clip) const {
  const std::int64_t frames = clip.size(2);
  const std::int64_t slow =
      (frames + options_.slowfast_fusion_conv_stride[0] - 1) / options_.slowfast_fusion_conv_stride[0];
  std::vector<Tensor> chosen;
  for (std::int64_t i = 0; i < slow; ++i)
    chosen.push_back(clip.select(2, slow == 1 ? 0 : i * (frames - 1) / (slow - 1)));
  return {torch::stack(chosen, 2), clip};
}

std::vector<ModelEntry> slowfast_models() {
  const auto model = [](const std::string& name, const SlowFastOptions& options) {
    return entry<SlowFast>(name, "SlowFast",
                           "Feichtenhofer et al., \"SlowFast Networks for Video Recognition\", ICCV 2019",
                           "github.com/facebookresearch/pytorchvideo models/slowfast.py", options);
  };
  const SlowFastOptions r50_8x8;
  SlowFastOptions r101_8x8;
  r101_8x8.depth = 101;
  r101_8x8.slowfast_fusion_conv_kernel_size = {5, 1, 1};

  // T x tau of a name: the slow pathway has T frames, tau of the video's apart. 4x16 of 64 is alpha = 8.
  const auto sparse = [](SlowFastOptions o) {
    o.slowfast_fusion_conv_kernel_size = {5, 1, 1};
    o.slowfast_fusion_conv_stride = {8, 1, 1};
    o.head_pool_kernel_sizes[kSlow] = {4, 7, 7};
    return o;
  };

  // Only 6 of the 23 blocks of the third stage look at neighbouring frames.
  SlowFastOptions r101_16x8 = r101_8x8;
  r101_16x8.head_pool_kernel_sizes = {{{16, 7, 7}, {64, 7, 7}}};
  for (auto& kernels : r101_16x8.stage_conv_a_kernel_sizes) {
    kernels[2].assign(23, {1, 1, 1});
    for (std::size_t i = 0; i < 6; ++i) kernels[2][i] = {3, 1, 1};
  }
  return {model("slowfast_r50_4x16", sparse(r50_8x8)), model("slowfast_r50", r50_8x8),
          model("slowfast_r101_4x16", sparse(r101_8x8)), model("slowfast_r101", r101_8x8),
          model("slowfast_16x8_r101_50_50", r101_16x8)};
}

}  // namespace zoetrope::models
