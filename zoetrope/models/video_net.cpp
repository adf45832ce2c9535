#include "zoetrope/models/video_net.h"

#include <fmt/ranges.h>

#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::models {
namespace {

using torch::Tensor;

torch::nn::AnyModule make_stem_conv(const StemOptions& o) {
  if (!o.separable) return torch::nn::AnyModule(make_conv(o.conv));
  ConvOptions spatial = o.conv;
  spatial.kernel[0] = spatial.stride[0] = 1;
  const ConvOptions temporal{.in_channels = o.conv.out_channels,
                             .out_channels = o.conv.out_channels,
                             .kernel = {o.conv.kernel[0], 1, 1},
                             .stride = {o.conv.stride[0], 1, 1},
                             .groups = o.conv.out_channels};
  return torch::nn::AnyModule(FactorizedConv(spatial, temporal, std::nullopt, Activation::kNone));
}

bool ends_a_branch(const std::string& name) {
  return name.ends_with(".norm_c");
}

}  // namespace

VideoStem::VideoStem(const StemOptions& o) : activation_(o.activation), pool_(o.pool) {
  conv_ = make_stem_conv(o);
  register_module("conv", conv_.ptr());
  norm_ = register_module("norm", make_norm(o.conv.out_channels, o.norm));
}

Tensor VideoStem::forward(const Tensor& x, Stages* stages) {
  return pool_.forward(activate(activation_, norm_(conv_.forward(x))), stages);
}

VideoHeadImpl::VideoHeadImpl(const HeadOptions& options, std::shared_ptr<VideoBlock> pool)
    : options_(options), dropout_(options.dropout) {
  pool_ = register_module("pool", std::move(pool));
  register_module("dropout", dropout_);
  proj_ = register_module("proj", torch::nn::Linear(options.dim_in, options.num_classes));
}

NamedTensors VideoHeadImpl::forward(const Tensor& x, Stages* stages) {
  const Tensor pooled = pool_->forward(x, stages);
  const Tensor projection = proj_(dropout_(pooled).permute({0, 2, 3, 4, 1}));
  const Tensor logits = projection.mean({1, 2, 3});
  Tensor output = logits;
  if (options_.activation != Activation::kNone || !options_.global_average) {
    output = activate(options_.activation, projection.permute({0, 4, 1, 2, 3}));
    if (options_.global_average) output = output.mean({2, 3, 4});
  }
  return {{"logits", logits},
          {"features", pooled.mean({2, 3, 4})},
          {"projection", projection},
          {"output", output}};
}

void reset_video_parameters(torch::nn::Module& network) {
  const torch::NoGradGuard no_grad;
  for (const auto& item : network.named_modules("", /*include_self=*/false)) {
    torch::nn::Module& module = *item.value();
    if (auto* conv = module.as<torch::nn::Conv3d>()) {
      torch::nn::init::kaiming_normal_(conv->weight, 0, torch::kFanOut, torch::kReLU);
      if (conv->bias.defined()) conv->bias.zero_();
    } else if (auto* norm = module.as<nn::BatchNorm3d>()) {
      norm->reset_running_stats();
      norm->weight.fill_(ends_a_branch(item.key()) ? 0 : 1);
      norm->bias.zero_();
    } else if (auto* linear = module.as<torch::nn::Linear>()) {
      linear->weight.normal_(0, 0.01);
      linear->bias.zero_();
    } else if (auto* over_time = module.as<torch::nn::Conv1d>()) {
      over_time->reset_parameters();
    }
  }
}

void check_clip(const Tensor& clip, std::int64_t channels) {
  if (clip.dim() == 5 && clip.size(1) == channels) return;
  throw Error::usage("the network takes clips of [N, {}, T, H, W], not [{}]", channels,
                     fmt::join(clip.sizes(), ", "));
}

VideoNet::VideoNet(const std::array<std::int64_t, 4>& native_clip) : native_clip_(native_clip) {
  register_module("blocks", list_);
}

void VideoNet::add_block(std::shared_ptr<VideoBlock> block) {
  list_->push_back(block);
  blocks_.push_back(std::move(block));
}

void VideoNet::adapt_after(std::size_t stage, std::int64_t channels, const AdaptiveOptions& options) {
  if (options.kind == AdaptiveKind::kNone || stage_of(options.after) != stage) return;
  adapter_ = TemporalAdapter(*this, channels, options);
  adapts_before_ = blocks_.size();
  packs_ = options.execution == AdaptiveExecution::kPacked;
}

void VideoNet::set_head(const VideoHead& head) {
  head_ = head;
  list_->push_back(head.ptr());
  reset_video_parameters(*this);
}

std::vector<InputSpec> VideoNet::native_inputs() const {
  const auto& [channels, frames, height, width] = native_clip_;
  return {{"clip", {1, channels, frames, height, width}}};
}

NamedTensors VideoNet::run(const std::vector<Tensor>& inputs, Stages* stages) {
  check_clip(inputs.at(0), native_clip_[0]);
  if (!adapter_) return head_->forward(run_blocks(0, blocks_.size(), inputs[0], stages), stages);
  const AdaptedMaps adapted = adapter_.forward(run_blocks(0, adapts_before_, inputs[0], stages));
  keep(stages, "ts_layer", adapted.maps);
  return run_adapted({adapted}, packs_ && !is_training(), stages,
                     [this](const std::vector<Tensor>& maps, Stages* kept) {
                       const Tensor last = run_blocks(adapts_before_, blocks_.size(), maps[0], kept);
                       return head_->forward(last, kept);
                     });
}

Tensor VideoNet::run_blocks(std::size_t begin, std::size_t end, const Tensor& input, Stages* stages) {
  Tensor x = input;
  for (std::size_t i = begin; i < end; ++i) {
    const std::string name = fmt::format("blocks.{}", i);
    if (stages) stages->push(name);
    x = blocks_[i]->forward(x, stages);
    if (stages) stages->pop();
    keep(stages, name, x);
  }
  return x;
}

void describe(ConfigFields& f, VideoNetOptions& o) {
  f.field("num_classes", o.num_classes, "classes").at_least(1);
  f.field("in_channels", o.in_channels, "channels of the clip").at_least(1);
  f.field("depth", o.depth, "layers: 50, 101 or 152; 18 has one block a stage");
  f.field("dropout", o.dropout, "probability of dropping a feature in training").range(0, 1);
  f.field("activation", o.activation, "of the stem, and in and after the blocks");
  f.field("stem_dim_out", o.stem_dim_out, "width of the stem; stages are 4, 8, 16 and 32 times as wide")
      .at_least(1);
  f.field("stem_conv_kernel_size", o.stem_conv_kernel_size, "in time, height and width").at_least(1);
  f.field("stem_conv_stride", o.stem_conv_stride, "in time, height and width").at_least(1);
  f.field("stem_pool", o.stem_pool, "after the stem's convolution");
  f.field("stem_pool_kernel_size", o.stem_pool_kernel_size, "in time, height and width").at_least(1);
  f.field("stem_pool_stride", o.stem_pool_stride, "in time, height and width").at_least(1);
  f.field("head_pool", o.head_pool, "before the classifier");
  f.field("head_pool_kernel_size", o.head_pool_kernel_size, "the native clip's last map").at_least(1);
  f.field("head_output_size", o.head_output_size, "of the adaptive pool").at_least(1);
  f.field("head_activation", o.head_activation, "of the authors' `output`; never of the logits");
  f.field("head_output_with_global_average", o.head_output_with_global_average,
          "average the authors' `output` over positions");
  f.field("adaptive", o.adaptive, "temporal resolution that adapts to the clip");
}

std::shared_ptr<VideoBlock> make_stem(const VideoNetOptions& o) {
  StemOptions stem{
      .conv = {.in_channels = o.in_channels,
               .out_channels = o.stem_dim_out,
               .kernel = o.stem_conv_kernel_size,
               .stride = o.stem_conv_stride},
      .pool = {.kind = o.stem_pool, .kernel = o.stem_pool_kernel_size, .stride = o.stem_pool_stride},
      .activation = o.activation};
  for (std::size_t i = 0; i < 3; ++i) stem.pool.padding[i] = stem.pool.kernel[i] / 2;
  return std::make_shared<VideoStem>(stem);
}

VideoHead make_head(const VideoNetOptions& o, std::int64_t dim_in) {
  // Clips that may come out shorter have no native last map.
  const bool shortens = o.adaptive.kind == AdaptiveKind::kSimilarity;
  const Pool pool = shortens ? Pool::kAdaptive : o.head_pool;
  const Extent& kernel = pool == Pool::kAdaptive ? o.head_output_size : o.head_pool_kernel_size;
  return VideoHead(HeadOptions{.dim_in = dim_in,
                               .num_classes = o.num_classes,
                               .dropout = o.dropout,
                               .activation = o.head_activation,
                               .global_average = o.head_output_with_global_average},
                   std::make_shared<VideoPool>(PoolOptions{.kind = pool, .kernel = kernel}));
}

std::array<std::int64_t, 4> native_clip_of(const VideoNetOptions& o, const Extent& strides) {
  std::array<std::int64_t, 4> clip = {o.in_channels};
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t pool_stride = o.stem_pool == Pool::kNone ? 1 : o.stem_pool_stride[i];
    clip[i + 1] = o.head_pool_kernel_size[i] * strides[i] * pool_stride * o.stem_conv_stride[i];
  }
  return clip;
}

std::int64_t stage_width(const VideoNetOptions& o, std::size_t stage) {
  return o.stem_dim_out * (std::int64_t{4} << stage);
}

}  // namespace zoetrope::models
