#include "zoetrope/models/tsn.h"

#include <string>

#include "zoetrope/core/error.h"
#include "zoetrope/nn/batch_norm.h"

namespace zoetrope::models {
namespace {

ResNet2dOptions base_options(const TsnOptions& options) {
  return {.depth = options.depth,
          .num_classes = options.dropout > 0 ? 0 : options.num_classes,
          .in_channels = options.modality == Modality::kRgb ? 3 : 2 * options.new_length,
          .width_per_group = options.width_per_group};
}

}  // namespace

EnumNames<Modality> config_names(Modality) {
  return {{"rgb", Modality::kRgb}, {"flow", Modality::kFlow}};
}

EnumNames<ShiftPlace> config_names(ShiftPlace) {
  return {{"none", ShiftPlace::kNone}, {"block", ShiftPlace::kBlock}, {"blockres", ShiftPlace::kBlockres}};
}

void describe(ConfigFields& fields, TsnOptions& options) {
  fields.field("depth", options.depth, "layers of the 2D network: 10, 18, 34, 50, 101, 152 or 200");
  fields.field("width_per_group", options.width_per_group, "width of its bottlenecks; 128 in Wide ResNets")
      .range(1, 1024);
  fields.field("num_classes", options.num_classes, "classes").range(1, 1'000'000);
  fields.field("num_segments", options.num_segments, "frames of a clip").range(1, 1024);
  fields.field("modality", options.modality, "what a frame is");
  fields.field("new_length", options.new_length, "flow fields of a segment").range(1, 256);
  fields.field("shift_place", options.shift_place, "where channels are shifted in time");
  fields.field("shift_div", options.shift_div, "one channel in so many is shifted each way").range(2, 1024);
  fields.field("dropout", options.dropout, "probability before the classifier").range(0, 1);
  fields.field("partial_bn", options.partial_bn, "train only the first normalisation");
}

Tsn::Tsn(const TsnOptions& options) : options_(options) {
  base_model_ = register_module(
      "base_model",
      std::make_shared<ResNet2d>(base_options(options), ShiftOptions{.place = options.shift_place,
                                                                     .num_segments = options.num_segments,
                                                                     .shift_div = options.shift_div}));
  if (options.dropout > 0) {
    new_fc_ = register_module("new_fc", torch::nn::Linear(base_model_->feature_width(), options.num_classes));
  }
  reset_parameters();
}

torch::nn::Linear& Tsn::classifier() {
  return new_fc_ ? new_fc_ : base_model_->fc();
}

void Tsn::reset_parameters() {
  base_model_->reset_parameters();
  torch::nn::init::normal_(classifier()->weight, 0, 0.001);
  torch::nn::init::zeros_(classifier()->bias);
}

void Tsn::train(bool on) {
  Model::train(on);
  if (!on || !options_.partial_bn) return;
  bool first = true;
  for (const auto& module : base_model_->modules(/*include_self=*/false)) {
    auto* norm = module->as<nn::BatchNorm2d>();
    if (!norm) continue;
    if (!first) {
      norm->eval();
      norm->weight.set_requires_grad(false);
      norm->bias.set_requires_grad(false);
    }
    first = false;
  }
}

std::int64_t Tsn::channels() const noexcept {
  return options_.modality == Modality::kRgb ? 3 : 2 * options_.new_length;
}

NamedTensors Tsn::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  const torch::Tensor& input = inputs.at(0);
  const torch::Tensor images = input.reshape({-1, channels(), input.size(-2), input.size(-1)});
  if (images.size(0) % options_.num_segments != 0) {
    throw Error::usage("a network of {} segments takes [N, {}, H, W], not [{}]", options_.num_segments,
                       options_.num_segments * channels(), fmt::join(input.sizes(), ", "));
  }
  if (stages) stages->push("base_model");
  const torch::Tensor features = base_model_->features(images, stages);
  if (stages) stages->pop();
  const torch::Tensor segment_logits =
      new_fc_ ? new_fc_(torch::dropout(features, options_.dropout, is_training()))
              : base_model_->classify(features);
  const auto consensus = [&](const torch::Tensor& x) {
    return x.view({-1, options_.num_segments, x.size(1)}).mean(1);
  };
  return {{"logits", consensus(segment_logits)},
          {"features", consensus(features)},
          {"segment_logits", segment_logits}};
}

std::vector<InputSpec> Tsn::native_inputs() const {
  return {{"frames", {1, options_.num_segments * channels(), 224, 224}}};
}

std::vector<torch::Tensor> Tsn::inputs_of(const torch::Tensor& clip) const {
  const std::int64_t channels_a_frame = options_.modality == Modality::kRgb ? 3 : 2;
  const std::int64_t frames = native_clip()[2];
  if (clip.dim() != 5 || clip.size(1) != channels_a_frame || clip.size(2) != frames) {
    throw Error::usage("this network takes clips [N, {}, {}, H, W], not [{}]", channels_a_frame, frames,
                       fmt::join(clip.sizes(), ", "));
  }
  return {clip.transpose(1, 2).flatten(1, 2)};
}

std::vector<std::int64_t> Tsn::native_clip() const {
  if (options_.modality == Modality::kRgb) return {1, 3, options_.num_segments, 224, 224};
  return {1, 2, options_.num_segments * options_.new_length, 224, 224};
}

std::vector<ModelEntry> tsn_models() {
  const std::string source = "github.com/mit-han-lab/temporal-shift-module, ops/models.py";
  std::vector<ModelEntry> list;
  for (const std::int64_t depth : {18, 50, 101}) {
    list.push_back(entry<Tsn>(fmt::format("tsn_resnet{}", depth), "TSN",
                              "Wang et al., Temporal Segment Networks, ECCV 2016", source,
                              TsnOptions{.depth = depth, .partial_bn = true}));
  }
  for (const std::int64_t depth : {18, 50, 101}) {
    list.push_back(
        entry<Tsn>(fmt::format("tsm_resnet{}", depth), "TSM",
                   "Lin et al., TSM: Temporal Shift Module for Efficient Video Understanding, ICCV 2019",
                   source, TsnOptions{.depth = depth, .shift_place = ShiftPlace::kBlockres}));
  }
  return list;
}

}  // namespace zoetrope::models
