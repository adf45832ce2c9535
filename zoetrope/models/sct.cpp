#include "zoetrope/models/sct.h"

#include "zoetrope/core/error.h"
#include "zoetrope/nn/temporal_masks.h"

namespace zoetrope::models {
namespace {

torch::nn::Conv1d pointwise(std::int64_t in, std::int64_t out) {
  return torch::nn::Conv1d(torch::nn::Conv1dOptions(in, out, 1));
}

std::vector<std::int64_t> doubling(std::int64_t layers) {
  std::vector<std::int64_t> dilations;
  for (std::int64_t i = 0; i < layers; ++i) dilations.push_back(std::int64_t{1} << i);
  return dilations;
}

}  // namespace

struct Sct::Parts {
  torch::Tensor embedding;    // Z [1, D', T']
  torch::Tensor regions;      // A [1, C, K]
  torch::Tensor log_lengths;  // L [1, 1, K]
  torch::Tensor frames;       // S [1, C, T]
  torch::Tensor upsampled;    // Y [1, C, T]
};

void describe(ConfigFields& f, SctOptions& o) {
  f.field("in_channels", o.in_channels, "numbers of a frame").range(1, 1 << 20);
  f.field("num_classes", o.num_classes, "classes").range(1, 1'000'000);
  f.field("layers", o.layers, "of the embedding and the regions together").range(1, 20);
  f.field("pool_after", o.pool_after, "layers that a pool of two follows").at_least(0);
  f.field("embed_after", o.embed_after, "the layer after which the embedding ends").at_least(0);
  f.field("channels", o.channels, "width").range(2, 1 << 16);
  f.field("norm_groups", o.norm_groups, "of the regions' group norm; 0: none").range(0, 1 << 16);
  f.field("temperature", o.temperature, "of the softmax over classes").range(1e-6, 1e6);
  f.field("linear_frames", o.linear_frames, "stretch the frame branch linearly, not to the nearest");
  f.field("align_corners", o.align_corners, "coordinates of the upsampling as in LibTorch before 1.3");
  f.field("input_dropout", o.input_dropout, "of the features").range(0, 1);
  f.field("dropout", o.dropout, "in the layers").range(0, 1);
  f.field("frame_dropout", o.frame_dropout, "before the frame branch's classifier").range(0, 1);
}

Sct::Sct(const SctOptions& options) : options_(options) {
  const std::int64_t width = options.channels;
  // Registered also where it is not used: the authors' files hold it then, too.
  const std::int64_t groups = options.norm_groups > 0 ? options.norm_groups : 1;
  if (width % groups != 0) throw Error::usage("norm_groups: {} do not divide {} channels", groups, width);
  const auto part = [&](const char* name) {
    return register_module(name, std::make_shared<torch::nn::Module>());
  };
  const auto embedding = part("fer");
  stack_ = embedding->register_module("WaveNet", std::make_shared<nn::DilatedStack>(nn::DilatedStackOptions{
                                                     .in_channels = options.in_channels,
                                                     .channels = width,
                                                     .dilations = doubling(options.layers),
                                                     .pool_after = options.pool_after,
                                                     .dropout = options.dropout,
                                                     .keep_after = {options.embed_after}}));
  norm_ = embedding->register_module("group_norm", torch::nn::GroupNorm(groups, width));
  frame_classifier_ = part("fs")->register_module("classifier", pointwise(width, options.num_classes));
  region_classifier_ = part("fc")->register_module("classifier", pointwise(width, options.num_classes));
  const auto lengths = part("fl");
  length1_ = lengths->register_module("conv1", pointwise(width, width / 2));
  length2_ = lengths->register_module("conv2", pointwise(width / 2, 1));
  reset_parameters();
}

void Sct::reset_parameters() {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* conv = module->as<torch::nn::Conv1d>()) conv->reset_parameters();
    if (auto* norm = module->as<torch::nn::GroupNorm>()) norm->reset_parameters();
  }
}

Sct::Parts Sct::parts_of(const torch::Tensor& features, Stages* stages) {
  if (features.dim() != 3 || features.size(0) != 1)
    throw Error::usage("one video is segmented at a time, [1, D, T], not [{}]",
                       fmt::join(features.sizes(), ", "));
  const std::int64_t frames = features.size(2);
  const auto levels = stack_->forward(torch::dropout(features, options_.input_dropout, is_training()));
  const torch::Tensor regions = options_.norm_groups > 0 ? norm_(levels.back()) : levels.back();
  keep(stages, "fer.group_norm", regions);
  Parts parts;
  parts.embedding = levels.front();
  const torch::Tensor logits =
      frame_classifier_(torch::dropout(parts.embedding, options_.frame_dropout, is_training()));
  parts.frames = options_.linear_frames ? torch::upsample_linear1d(logits, {frames}, /*align_corners=*/false)
                                        : torch::upsample_nearest1d(logits, {frames});
  parts.regions = torch::softmax(region_classifier_(regions) / options_.temperature, 1);
  parts.log_lengths = length2_(length1_(regions));
  parts.upsampled =
      nn::spread_regions(parts.regions[0], parts.log_lengths.view({-1}), frames, options_.align_corners)
          .unsqueeze(0);
  return parts;
}

nn::SctPrediction Sct::predict(const torch::Tensor& features) {
  const Parts parts = parts_of(features, nullptr);
  return {.regions = parts.regions[0],
          .log_lengths = parts.log_lengths.view({-1}),
          .frames = parts.frames[0],
          .upsampled = parts.upsampled[0]};
}

NamedTensors Sct::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  constexpr double kTiny = 1e-30;
  const Parts parts = parts_of(inputs.at(0), stages);
  return {{"logits", parts.upsampled.clamp_min(kTiny).log()},
          {"A", parts.regions},
          {"L", parts.log_lengths},
          {"S", parts.frames},
          {"Y", parts.upsampled},
          {"Z", parts.embedding}};
}

std::vector<InputSpec> Sct::native_inputs() const {
  constexpr std::int64_t kFrames = 2100;  // of Breakfast's mean video
  return {{"features", {1, options_.in_channels, kFrames}}};
}

std::vector<ModelEntry> sct_models() {
  return {entry<Sct>("sct", "SCT",
                     "Fayyaz and Gall, SCT: Set Constrained Temporal Transformer for Set Supervised Action "
                     "Segmentation, CVPR 2020",
                     "github.com/MohsenFayyaz89/SCT, src/SCT/models", SctOptions{})};
}

}  // namespace zoetrope::models
