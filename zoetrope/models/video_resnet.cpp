#include "zoetrope/models/video_resnet.h"

#include <string>
#include <utility>

namespace zoetrope::models {
namespace {

std::shared_ptr<Chain> make_stem(VideoConv conv, std::int64_t in_channels) {
  auto stem = std::make_shared<Chain>();
  if (conv != VideoConv::kR2plus1d) {
    stem->add(conv3d(in_channels, 64, {3, 7, 7}, {1, 2, 2})).add(nn::BatchNorm3d(64)).add_relu();
    return stem;
  }
  constexpr std::int64_t kMiddle = 45;  // as published, also for other inputs than RGB
  stem->add(conv3d(in_channels, kMiddle, {1, 7, 7}, {1, 2, 2})).add(nn::BatchNorm3d(kMiddle)).add_relu();
  stem->add(conv3d(kMiddle, 64, {3, 1, 1})).add(nn::BatchNorm3d(64)).add_relu();
  return stem;
}

// Makes the stages one after the other.
struct StageBuilder {
  const VideoResNetOptions& options;
  const ResNetPlan plan;
  const std::int64_t expansion = plan.bottleneck ? 4 : 1;
  std::int64_t in = 64;

  // The convolution in space and time of a block in a stage.
  torch::nn::AnyModule conv(std::size_t stage, std::int64_t from, std::int64_t to, std::int64_t middle,
                            std::int64_t stride) const {
    if (options.conv == VideoConv::kMc3 && stage > 0) {
      return torch::nn::AnyModule(conv3d(from, to, {1, 3, 3}, {1, stride, stride}));
    }
    if (options.conv != VideoConv::kR2plus1d) return torch::nn::AnyModule(conv3d(from, to, 3, stride));
    auto chain = std::make_shared<Chain>();
    chain->add(conv3d(from, middle, {1, 3, 3}, {1, stride, stride})).add(nn::BatchNorm3d(middle)).add_relu();
    chain->add(conv3d(middle, to, {3, 1, 1}, {stride, 1, 1}));
    return torch::nn::AnyModule(std::move(chain));
  }

  // A convolution, its normalisation and, within the block, ReLU.
  static std::shared_ptr<Chain> unit(torch::nn::AnyModule conv, std::int64_t width, bool last) {
    auto chain = std::make_shared<Chain>();
    chain->add(std::move(conv)).add(nn::BatchNorm3d(width));
    if (!last) chain->add_relu();
    return chain;
  }

  std::shared_ptr<ResidualBlock> block(std::size_t stage, std::int64_t planes, std::int64_t stride) const {
    const std::int64_t out = planes * expansion;
    const std::int64_t middle = factorised_width(in, planes);
    auto block = std::make_shared<ResidualBlock>();
    if (plan.bottleneck) {
      block->add("conv1", unit(torch::nn::AnyModule(conv3d(in, planes, 1)), planes, false));
      block->add("conv2", unit(conv(stage, planes, planes, middle, stride), planes, false));
      block->add("conv3", unit(torch::nn::AnyModule(conv3d(planes, out, 1)), out, true));
    } else {
      block->add("conv1", unit(conv(stage, in, planes, middle, stride), planes, false));
      block->add("conv2", unit(conv(stage, planes, planes, middle, 1), planes, true));
    }
    if (stride != 1 || in != out) {
      const std::int64_t time_stride = options.conv == VideoConv::kMc3 && stage > 0 ? 1 : stride;
      auto shortcut = std::make_shared<Chain>();
      shortcut->add(conv3d(in, out, 1, {time_stride, stride, stride})).add(nn::BatchNorm3d(out));
      block->set_shortcut(std::move(shortcut));
    }
    return block;
  }

  std::shared_ptr<Chain> stage(std::size_t index) {
    const std::int64_t planes = std::int64_t{64} << index;
    auto stage = std::make_shared<Chain>();
    for (std::int64_t i = 0; i < plan.blocks[index]; ++i) {
      stage->add(block(index, planes, i == 0 && index > 0 ? 2 : 1));
      in = planes * expansion;
    }
    return stage;
  }
};

}  // namespace

EnumNames<VideoConv> config_names(VideoConv) {
  return {{"r3d", VideoConv::kR3d}, {"mc3", VideoConv::kMc3}, {"r2plus1d", VideoConv::kR2plus1d}};
}

void describe(ConfigFields& fields, VideoResNetOptions& options) {
  fields.field("conv", options.conv, "how the convolutions see time");
  fields.field("depth", options.depth, "layers: 10, 18, 34, 50, 101, 152 or 200");
  fields.field("num_classes", options.num_classes, "classes").range(1, 1'000'000);
  fields.field("in_channels", options.in_channels, "channels of the input").range(1, 4096);
  fields.field("dropout", options.dropout, "probability before the classifier").range(0, 1);
  fields.field("adaptive", options.adaptive, "temporal resolution that adapts to the clip");
}

VideoResNet::VideoResNet(const VideoResNetOptions& options) : options_(options) {
  StageBuilder builder{.options = options_, .plan = resnet_plan(options.depth)};
  stem_ = register_module("stem", make_stem(options.conv, options.in_channels));
  const std::size_t place = stage_of(options.adaptive.after);
  if (place == 0) adapter_ = TemporalAdapter(*this, builder.in, options.adaptive);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i] = register_module("layer" + std::to_string(i + 1), builder.stage(i));
    if (place == i + 1) adapter_ = TemporalAdapter(*this, builder.in, options.adaptive);
  }
  fc_ = register_module("fc", torch::nn::Linear(builder.in, options.num_classes));
  reset_parameters();
}

void VideoResNet::reset_parameters() {
  reset_residual_network(*this);
  torch::nn::init::normal_(fc_->weight, 0, 0.01);
  torch::nn::init::zeros_(fc_->bias);
}

NamedTensors VideoResNet::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  torch::Tensor x = stem_->forward(inputs.at(0));
  keep(stages, "stem", x);
  if (!adapter_) return run_from(0, x, stages);
  const std::size_t place = stage_of(options_.adaptive.after);
  for (std::size_t i = 0; i < place; ++i) {
    x = run_blocks(*layers_[i], "layer" + std::to_string(i + 1), x, stages);
  }
  const AdaptedMaps adapted = adapter_.forward(x);
  keep(stages, "ts_layer", adapted.maps);
  const bool packed = !is_training() && options_.adaptive.execution == AdaptiveExecution::kPacked;
  return run_adapted({adapted}, packed, stages, [&](const std::vector<torch::Tensor>& maps, Stages* kept) {
    return run_from(place, maps[0], kept);
  });
}

NamedTensors VideoResNet::run_from(std::size_t layer, const torch::Tensor& maps, Stages* stages) {
  torch::Tensor x = maps;
  for (std::size_t i = layer; i < layers_.size(); ++i) {
    x = run_blocks(*layers_[i], "layer" + std::to_string(i + 1), x, stages);
  }
  const torch::Tensor features = x.mean({2, 3, 4});
  const torch::Tensor logits = fc_(torch::dropout(features, options_.dropout, is_training()));
  return {{"logits", logits}, {"features", features}};
}

std::vector<InputSpec> VideoResNet::native_inputs() const {
  return {{"clip", {1, options_.in_channels, 16, 112, 112}}};
}

std::vector<ModelEntry> video_resnet_models() {
  std::vector<ModelEntry> list;
  const auto add = [&](const char* name, const char* family, VideoConv conv) {
    list.push_back(entry<VideoResNet>(
        name, family,
        "Tran et al., A Closer Look at Spatiotemporal Convolutions for Action Recognition, CVPR 2018",
        "torchvision 0.14, torchvision/models/video/resnet.py", VideoResNetOptions{.conv = conv}));
  };
  add("r3d_18", "R3D", VideoConv::kR3d);
  add("mc3_18", "MC3", VideoConv::kMc3);
  add("r2plus1d_18", "R(2+1)D", VideoConv::kR2plus1d);
  return list;
}

}  // namespace zoetrope::models
