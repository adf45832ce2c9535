#include "zoetrope/models/resnet2d.h"

#include <string>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/nn/squeeze_excitation.h"
#include "zoetrope/nn/temporal_shift.h"

namespace zoetrope::models {

void describe(ConfigFields& fields, ResNet2dOptions& options) {
  fields.field("depth", options.depth, "layers: 10, 18, 34, 50, 101, 152 or 200");
  fields.field("num_classes", options.num_classes, "classes; 0: no classifier").range(0, 1'000'000);
  fields.field("in_channels", options.in_channels, "channels of the input").range(1, 4096);
  fields.field("groups", options.groups, "groups of the 3x3 convolution of a bottleneck").range(1, 1024);
  fields.field("width_per_group", options.width_per_group, "width of a group in the first stage")
      .range(1, 1024);
  fields.field("widen_factor", options.widen_factor, "factor of all widths").range(0.02, 64);
  fields.field("squeeze_excitation", options.squeeze_excitation, "squeeze and excitation in each bottleneck");
  fields.field("replace_stride_with_dilation", options.replace_stride_with_dilation,
               "three flags: dilation in place of the stride of layer2, layer3, layer4");
  fields.field("zero_init_residual", options.zero_init_residual,
               "begin with the last scale of each residual branch at zero");
  fields.field("dropout", options.dropout, "probability before the classifier").range(0, 1);
}

// Makes the stages one after the other; what is carried from block to block is here.
struct ResNet2d::Builder {
  const ResNet2dOptions& options;
  const ShiftOptions& shift;
  const ResNetPlan plan;
  const std::int64_t expansion = plan.bottleneck ? 4 : 1;
  // As its authors do: in the deep networks every second block shifts.
  const std::int64_t shift_every = plan.blocks[2] >= 23 ? 2 : 1;
  std::int64_t in = widened(64);
  std::int64_t dilation = 1;

  std::int64_t widened(std::int64_t width) const {
    return static_cast<std::int64_t>(static_cast<double>(width) * options.widen_factor);
  }

  torch::nn::AnyModule shifted(torch::nn::AnyModule net) const {
    return torch::nn::AnyModule(
        std::make_shared<nn::TemporalShift>(std::move(net), shift.num_segments, shift.shift_div));
  }

  std::shared_ptr<ResidualBlock> block(std::int64_t planes, std::int64_t stride, std::int64_t conv_dilation,
                                       bool shifts) const {
    const std::int64_t out = planes * expansion;
    const std::int64_t width =
        plan.bottleneck ? planes * options.width_per_group / 64 * options.groups : planes;
    torch::nn::AnyModule first(plan.bottleneck ? conv2d(in, width, 1) : conv2d(in, width, 3, stride));
    auto block = std::make_shared<ResidualBlock>();
    block->add("conv1", shifts ? shifted(std::move(first)) : std::move(first));
    block->add("bn1", nn::BatchNorm2d(width)).add_relu();
    if (plan.bottleneck) {
      block->add("conv2", conv2d(width, width, 3, stride, options.groups, conv_dilation));
      block->add("bn2", nn::BatchNorm2d(width)).add_relu();
      block->add("conv3", conv2d(width, out, 1)).add("bn3", nn::BatchNorm2d(out));
    } else {
      block->add("conv2", conv2d(width, out, 3)).add("bn2", nn::BatchNorm2d(out));
    }
    if (options.squeeze_excitation) {
      block->add("se", std::make_shared<nn::SqueezeExcitation>(out, out / 16));
    }
    if (stride != 1 || in != out) {
      auto shortcut = std::make_shared<Chain>();
      shortcut->add(conv2d(in, out, 1, stride)).add(nn::BatchNorm2d(out));
      block->set_shortcut(std::move(shortcut));
    }
    return block;
  }

  std::shared_ptr<Chain> stage(std::size_t index) {
    const std::int64_t planes = widened(std::int64_t{64} << index);
    const bool dilates = index > 0 && options.replace_stride_with_dilation[index - 1];
    const std::int64_t first_dilation = dilation;
    if (dilates) dilation *= 2;
    auto stage = std::make_shared<Chain>();
    for (std::int64_t i = 0; i < plan.blocks[index]; ++i) {
      const bool first = i == 0;
      const bool shifts = shift.place == ShiftPlace::kBlockres && i % shift_every == 0;
      auto made =
          block(planes, first && index > 0 && !dilates ? 2 : 1, first ? first_dilation : dilation, shifts);
      in = planes * expansion;
      if (shift.place == ShiftPlace::kBlock) {
        stage->add(shifted(torch::nn::AnyModule(std::move(made))));
      } else {
        stage->add(std::move(made));
      }
    }
    return stage;
  }
};

ResNet2d::ResNet2d(const ResNet2dOptions& options, const ShiftOptions& shift) : options_(options) {
  Builder builder{.options = options_, .shift = shift, .plan = resnet_plan(options.depth)};
  if (options.replace_stride_with_dilation.size() != 3) {
    throw Error::usage("replace_stride_with_dilation has {} flags in place of three",
                       options.replace_stride_with_dilation.size());
  }
  const bool dilates = options.replace_stride_with_dilation != std::vector<bool>(3);
  if (!builder.plan.bottleneck &&
      (options.groups != 1 || options.width_per_group != 64 || options.squeeze_excitation || dilates)) {
    throw Error::usage(
        "a residual network of depth {} has no bottlenecks: groups, width_per_group, squeeze_excitation and "
        "replace_stride_with_dilation are for depth 50 and more",
        options.depth);
  }
  conv1_ = register_module(
      "conv1",
      torch::nn::Conv2d(
          torch::nn::Conv2dOptions(options.in_channels, builder.in, 7).stride(2).padding(3).bias(false)));
  bn1_ = register_module("bn1", nn::BatchNorm2d(builder.in));
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i] = register_module("layer" + std::to_string(i + 1), builder.stage(i));
  }
  feature_width_ = builder.in;
  if (options.num_classes > 0) {
    fc_ = register_module("fc", torch::nn::Linear(feature_width_, options.num_classes));
  }
  reset_parameters();
}

void ResNet2d::reset_parameters() {
  reset_residual_network(*this);
  if (options_.zero_init_residual) zero_last_scales(*this);
}

torch::Tensor ResNet2d::stem(const torch::Tensor& images, Stages* stages, bool max_pool) {
  torch::Tensor x = conv1_(images);
  keep(stages, "conv1", x);
  x = bn1_(x);
  keep(stages, "bn1", x);
  x = torch::relu(x);
  if (!max_pool) return x;
  x = torch::max_pool2d(x, 3, 2, 1);
  keep(stages, "maxpool", x);
  return x;
}

torch::Tensor ResNet2d::stage(std::size_t index, const torch::Tensor& maps, Stages* stages) {
  return run_blocks(*layers_.at(index), "layer" + std::to_string(index + 1), maps, stages);
}

torch::Tensor ResNet2d::features(const torch::Tensor& images, Stages* stages) {
  torch::Tensor x = stem(images, stages);
  for (std::size_t i = 0; i < layers_.size(); ++i) x = stage(i, x, stages);
  return x.mean({2, 3});
}

torch::Tensor ResNet2d::classify(const torch::Tensor& features) {
  if (!fc_) return features;
  return fc_(torch::dropout(features, options_.dropout, is_training()));
}

NamedTensors ResNet2d::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  const torch::Tensor& input = inputs.at(0);
  if (input.dim() == 4) {
    const torch::Tensor pooled = features(input, stages);
    return {{"logits", classify(pooled)}, {"features", pooled}};
  }
  const torch::Tensor frames = input.transpose(1, 2);
  const torch::Tensor pooled = features(frames.flatten(0, 1), stages);
  const auto mean_of_frames = [&](const torch::Tensor& x) {
    return x.view({input.size(0), input.size(2), -1}).mean(1);
  };
  return {{"logits", mean_of_frames(classify(pooled))}, {"features", mean_of_frames(pooled)}};
}

std::vector<InputSpec> ResNet2d::native_inputs() const {
  return {{"image", {1, options_.in_channels, 224, 224}}};
}

std::vector<std::int64_t> ResNet2d::native_clip() const {
  return {1, options_.in_channels, 1, 224, 224};
}

std::vector<ModelEntry> resnet2d_models() {
  const std::string torchvision = "torchvision 0.14, torchvision/models/resnet.py";
  const std::string timm = "timm, timm/models/resnet.py";
  const std::string resnet = "He et al., Deep Residual Learning for Image Recognition, CVPR 2016";
  const std::string resnext =
      "Xie et al., Aggregated Residual Transformations for Deep Neural Networks, CVPR 2017";
  const std::string wide = "Zagoruyko and Komodakis, Wide Residual Networks, BMVC 2016";
  const std::string se = "Hu et al., Squeeze-and-Excitation Networks, CVPR 2018";
  std::vector<ModelEntry> list;
  const auto add = [&](const char* name, const char* family, const std::string& paper,
                       const std::string& source, const ResNet2dOptions& options) {
    list.push_back(entry<ResNet2d>(name, family, paper, source, options));
  };
  add("resnet18", "ResNet", resnet, torchvision, {.depth = 18});
  add("resnet34", "ResNet", resnet, torchvision, {.depth = 34});
  add("resnet50", "ResNet", resnet, torchvision, {.depth = 50});
  add("resnet101", "ResNet", resnet, torchvision, {.depth = 101});
  add("resnet152", "ResNet", resnet, torchvision, {.depth = 152});
  add("wide_resnet50_2", "Wide ResNet", wide, torchvision, {.depth = 50, .width_per_group = 128});
  add("wide_resnet101_2", "Wide ResNet", wide, torchvision, {.depth = 101, .width_per_group = 128});
  add("resnext50_32x4d", "ResNeXt", resnext, torchvision, {.depth = 50, .groups = 32, .width_per_group = 4});
  add("resnext101_32x4d", "ResNeXt", resnext, timm, {.depth = 101, .groups = 32, .width_per_group = 4});
  add("resnext101_32x8d", "ResNeXt", resnext, torchvision,
      {.depth = 101, .groups = 32, .width_per_group = 8});
  add("resnext101_64x4d", "ResNeXt", resnext, torchvision,
      {.depth = 101, .groups = 64, .width_per_group = 4});
  add("seresnext101_32x4d", "SE-ResNeXt", se, timm,
      {.depth = 101,
       .groups = 32,
       .width_per_group = 4,
       .squeeze_excitation = true,
       .zero_init_residual = true});
  return list;
}

}  // namespace zoetrope::models
