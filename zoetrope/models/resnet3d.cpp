#include "zoetrope/models/resnet3d.h"

#include "zoetrope/core/error.h"
#include "zoetrope/nn/max_pool.h"

namespace zoetrope::models {
namespace {

torch::Tensor shortcut_a(const torch::Tensor& input, std::int64_t out, std::int64_t stride) {
  torch::Tensor x = input;
  for (std::int64_t dim = 2; dim < 5; ++dim) x = x.slice(dim, 0, x.size(dim), stride);
  // Pairs of paddings from the last dimension to the first: the last pair is the channels'.
  return torch::constant_pad_nd(x, {0, 0, 0, 0, 0, 0, 0, out - x.size(1)});
}

}  // namespace

void check_heads(const std::vector<std::int64_t>& head_classes, std::int64_t num_classes) {
  if (head_classes.empty()) return;
  std::int64_t sum = 0;
  for (const std::int64_t classes : head_classes) {
    if (classes < 1) throw Error::usage("head_classes: a head of {} classes", classes);
    sum += classes;
  }
  if (sum != num_classes)
    throw Error::usage("head_classes has {} in all, num_classes is {}", sum, num_classes);
}

void check_stc(const nn::StcOptions& stc, const AdaptiveOptions& adaptive) {
  if (!stc.spatial || adaptive.kind != AdaptiveKind::kSimilarity) return;
  throw Error::usage(
      "adaptive.kind 'similarity' leaves clips of any length, and stc.spatial is made for one; set it to "
      "false");
}

EnumNames<ResNet3dKind> config_names(ResNet3dKind) {
  return {{"resnet", ResNet3dKind::kResNet},
          {"resnext", ResNet3dKind::kResNeXt},
          {"wide", ResNet3dKind::kWide},
          {"r2plus1d", ResNet3dKind::kR2plus1d}};
}

EnumNames<ShortcutType> config_names(ShortcutType) {
  return {{"A", ShortcutType::kA}, {"B", ShortcutType::kB}};
}

void describe(ConfigFields& fields, ResNet3dOptions& options) {
  fields.field("kind", options.kind, "which blocks");
  fields.field("depth", options.depth, "layers: 10, 18, 34, 50, 101, 152 or 200");
  fields.field("num_classes", options.num_classes, "classes; 0: no classifier").range(0, 1'000'000);
  fields.field("in_channels", options.in_channels, "channels of the input").range(1, 4096);
  fields.field("conv1_t_size", options.conv1_t_size, "frames that the first convolution sees").range(1, 255);
  fields.field("conv1_t_stride", options.conv1_t_stride, "its stride in time").range(1, 255);
  fields.field("no_max_pool", options.no_max_pool, "leave out the max pool after the first convolution");
  fields.field("shortcut_type", options.shortcut_type, "what stands in for the identity where shapes change");
  fields.field("widen_factor", options.widen_factor, "factor of all widths").range(0.02, 64);
  fields.field("cardinality", options.cardinality, "groups of resnext").range(1, 1024);
  fields.field("dropout", options.dropout, "probability before the classifier").range(0, 1);
  fields.field("head_classes", options.head_classes,
               "outputs of each task, with convolutions of its own; empty: one linear layer for all");
  fields.field("stc", options.stc, "spatio-temporal channel correlation in each block");
  fields.field("adaptive", options.adaptive, "temporal resolution that adapts to the clip");
}

// Makes the stages one after the other; what is carried from block to block is here.
struct ResNet3d::Builder {
  const ResNet3dOptions& options;
  const ResNetPlan plan;
  std::array<std::int64_t, 4> planes = {64, 128, 256, 512};
  std::int64_t expansion = 1;
  std::int64_t in = 0;
  std::int64_t frames = 0;  // of the maps, which the STC blocks are made for

  explicit Builder(const ResNet3dOptions& given) : options(given), plan(resnet_plan(given.depth)) {
    const bool grouped = is_grouped();
    if (!plan.bottleneck && options.kind == ResNet3dKind::kWide)
      throw Error::usage("kind 'wide' begins at depth 50, not {}", options.depth);
    if (plan.bottleneck) expansion = grouped || options.kind == ResNet3dKind::kWide ? 2 : 4;
    for (std::int64_t& width : planes) {
      width =
          static_cast<std::int64_t>(static_cast<double>(width * (grouped ? 2 : 1)) * options.widen_factor);
    }
    if (grouped && (options.cardinality * planes[0] / 32) % options.cardinality != 0) {
      throw Error::usage("a width of {} does not divide into {} groups", options.cardinality * planes[0] / 32,
                         options.cardinality);
    }
    in = planes[0];
    const std::int64_t size = options.conv1_t_size;
    frames = (options.stc.frames + size / 2 * 2 - size) / options.conv1_t_stride + 1;
    if (!options.no_max_pool) frames = (frames + 1) / 2;
  }

  [[nodiscard]] bool is_grouped() const { return plan.bottleneck && options.kind == ResNet3dKind::kResNeXt; }

  // The convolution in space and time of a block with its normalisation, as `convN` and `bnN`, or factorised.
  void add_conv(ResidualBlock& block, const std::string& number, std::int64_t from, std::int64_t to,
                std::int64_t stride) const {
    if (options.kind != ResNet3dKind::kR2plus1d) {
      const std::int64_t groups = is_grouped() ? options.cardinality : 1;
      block.add("conv" + number, conv3d(from, to, 3, stride, groups)).add("bn" + number, nn::BatchNorm3d(to));
      return;
    }
    const std::int64_t middle = factorised_width(from, to);
    block.add("conv" + number + "_s", conv3d(from, middle, {1, 3, 3}, {1, stride, stride}))
        .add("bn" + number + "_s", nn::BatchNorm3d(middle))
        .add_relu()
        .add("conv" + number + "_t", conv3d(middle, to, {3, 1, 1}, {stride, 1, 1}))
        .add("bn" + number + "_t", nn::BatchNorm3d(to));
  }

  void set_shortcut(ResidualBlock& block, std::int64_t out, std::int64_t stride) const {
    if (stride == 1 && in == out) return;
    if (options.shortcut_type == ShortcutType::kA) {
      block.set_shortcut(
          [out, stride](const torch::Tensor& input) { return shortcut_a(input, out, stride); });
      return;
    }
    auto shortcut = std::make_shared<Chain>();
    shortcut->add(conv3d(in, out, 1, stride)).add(nn::BatchNorm3d(out));
    block.set_shortcut(std::move(shortcut));
  }

  std::shared_ptr<ResidualBlock> block(std::int64_t width, std::int64_t stride) const {
    const std::int64_t out = width * expansion;
    auto block = std::make_shared<ResidualBlock>();
    if (plan.bottleneck) {
      const std::int64_t middle = is_grouped() ? options.cardinality * width / 32 : width;
      block->add("conv1", conv3d(in, middle, 1)).add("bn1", nn::BatchNorm3d(middle)).add_relu();
      add_conv(*block, "2", middle, middle, stride);
      block->add_relu();
      block->add("conv3", conv3d(middle, out, 1)).add("bn3", nn::BatchNorm3d(out));
    } else {
      const bool branches = options.kind == ResNet3dKind::kResNeXt;
      const std::int64_t middle = branches ? options.cardinality * width / 16 : width;
      add_conv(*block, "1", in, middle, stride);
      block->add_relu();
      add_conv(*block, "2", middle, width, 1);
    }
    if (options.stc.any()) {
      block->add("stc", std::make_shared<nn::StcBlock>(out, (frames + stride - 1) / stride, options.stc));
    }
    set_shortcut(*block, out, stride);
    return block;
  }

  std::shared_ptr<Chain> stage(std::size_t index) {
    auto stage = std::make_shared<Chain>();
    for (std::int64_t i = 0; i < plan.blocks[index]; ++i) {
      const std::int64_t stride = i == 0 && index > 0 ? 2 : 1;
      stage->add(block(planes[index], stride));
      in = planes[index] * expansion;
      frames = (frames + stride - 1) / stride;
    }
    return stage;
  }
};

ResNet3d::ResNet3d(const ResNet3dOptions& options) : options_(options) {
  check_stc(options.stc, options.adaptive);
  Builder builder(options_);
  stem_width_ = builder.in;
  make_stem(builder.in);
  const std::size_t place = stage_of(options.adaptive.after);
  if (place == 0) adapter_ = TemporalAdapter(*this, builder.in, options.adaptive);
  for (std::size_t i = 0; i < layers_.size(); ++i) {
    layers_[i] = register_module("layer" + std::to_string(i + 1), builder.stage(i));
    widths_[i] = builder.in;
    if (place == i + 1) adapter_ = TemporalAdapter(*this, builder.in, options.adaptive);
  }
  check_heads(options.head_classes, options.num_classes);
  if (options.head_classes.empty()) {
    if (options.num_classes > 0) {
      fc_ = register_module("fc", torch::nn::Linear(builder.in, options.num_classes));
    }
  } else {
    heads_ = register_module("heads", std::make_shared<nn::ConvHeads>(builder.in, options.head_classes));
  }
  reset_parameters();
}

void ResNet3d::make_stem(std::int64_t width) {
  const auto add = [this](const std::string& suffix, nn::Conv3d conv, std::int64_t out) {
    stem_convs_.emplace_back("conv1" + suffix, register_module("conv1" + suffix, std::move(conv)));
    stem_norms_.emplace_back("bn1" + suffix, register_module("bn1" + suffix, nn::BatchNorm3d(out)));
  };
  const std::int64_t frames = options_.conv1_t_size;
  const std::int64_t stride = options_.conv1_t_stride;
  if (options_.kind != ResNet3dKind::kR2plus1d) {
    add("", conv3d(options_.in_channels, width, {frames, 7, 7}, {stride, 2, 2}), width);
    return;
  }
  // The authors count three channels also for other inputs.
  const std::int64_t middle = factorised_width(3, width, {frames, 7, 7});
  add("_s", conv3d(options_.in_channels, middle, {1, 7, 7}, {1, 2, 2}), middle);
  add("_t", conv3d(middle, width, {frames, 1, 1}, {stride, 1, 1}), width);
}

void ResNet3d::reset_parameters() {
  reset_residual_network(*this);
}

torch::Tensor ResNet3d::stem(const torch::Tensor& clip, Stages* stages) {
  torch::Tensor x = clip;
  for (std::size_t i = 0; i < stem_convs_.size(); ++i) {
    x = stem_convs_[i].second(x);
    keep(stages, stem_convs_[i].first, x);
    x = stem_norms_[i].second(x);
    keep(stages, stem_norms_[i].first, x);
    x = torch::relu(x);
  }
  if (!options_.no_max_pool) {
    x = nn::max_pool3d(x, {3, 3, 3}, {2, 2, 2}, {1, 1, 1});
    keep(stages, "maxpool", x);
  }
  return x;
}

torch::Tensor ResNet3d::stage(std::size_t index, const torch::Tensor& maps, Stages* stages) {
  return run_blocks(*layers_.at(index), "layer" + std::to_string(index + 1), maps, stages);
}

NamedTensors ResNet3d::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  torch::Tensor x = stem(inputs.at(0), stages);
  if (!adapter_) return run_from(0, x, stages);
  const std::size_t place = stage_of(options_.adaptive.after);
  for (std::size_t i = 0; i < place; ++i) x = stage(i, x, stages);
  const AdaptedMaps adapted = adapter_.forward(x);
  keep(stages, "ts_layer", adapted.maps);
  const bool packed = !is_training() && options_.adaptive.execution == AdaptiveExecution::kPacked;
  return run_adapted({adapted}, packed, stages, [&](const std::vector<torch::Tensor>& maps, Stages* kept) {
    return run_from(place, maps[0], kept);
  });
}

NamedTensors ResNet3d::run_from(std::size_t layer, const torch::Tensor& maps, Stages* stages) {
  torch::Tensor x = maps;
  for (std::size_t i = layer; i < layers_.size(); ++i) x = stage(i, x, stages);
  const torch::Tensor features = x.mean({2, 3, 4});
  if (!heads_ && !fc_) return {{"logits", features}, {"features", features}};
  const torch::Tensor logits = heads_ ? heads_->forward(x, options_.dropout)
                                      : fc_(torch::dropout(features, options_.dropout, is_training()));
  return {{"logits", logits}, {"features", features}};
}

std::vector<InputSpec> ResNet3d::native_inputs() const {
  return {{"clip", {1, options_.in_channels, options_.stc.frames, 112, 112}}};
}

std::vector<ModelEntry> resnet3d_models() {
  const std::string paper =
      "Hara et al., Can Spatiotemporal 3D CNNs Retrace the History of 2D CNNs and ImageNet?, CVPR 2018";
  const std::string r2plus1d_paper =
      "Kataoka et al., Would Mega-scale Datasets Further Enhance Spatiotemporal 3D CNNs?, arXiv:2004.04968";
  const std::string source = "github.com/kenshohara/3D-ResNets-PyTorch, models/";
  std::vector<ModelEntry> list;
  for (const std::int64_t depth : {10, 18, 34, 50, 101, 152, 200}) {
    list.push_back(entry<ResNet3d>(fmt::format("resnet3d_{}", depth), "3D ResNet", paper,
                                   source + "resnet.py", ResNet3dOptions{.depth = depth}));
  }
  list.push_back(
      entry<ResNet3d>("wide_resnet3d_50", "3D Wide ResNet", paper, source + "wide_resnet.py",
                      ResNet3dOptions{.kind = ResNet3dKind::kWide, .depth = 50, .widen_factor = 2}));
  for (const std::int64_t depth : {50, 101, 152, 200}) {
    list.push_back(entry<ResNet3d>(fmt::format("resnext3d_{}", depth), "3D ResNeXt", paper,
                                   source + "resnext.py",
                                   ResNet3dOptions{.kind = ResNet3dKind::kResNeXt, .depth = depth}));
  }
  for (const std::int64_t depth : {34, 50, 101, 152, 200}) {
    list.push_back(entry<ResNet3d>(fmt::format("r2plus1d_{}", depth), "R(2+1)D", r2plus1d_paper,
                                   source + "resnet2p1d.py",
                                   ResNet3dOptions{.kind = ResNet3dKind::kR2plus1d, .depth = depth}));
  }
  const std::string stc_paper =
      "Diba et al., Spatio-Temporal Channel Correlation Networks for Action Classification, ECCV 2018";
  const std::string no_source = "the paper; no code of the authors is known";
  for (const std::int64_t depth : {18, 50, 101}) {
    list.push_back(entry<ResNet3d>(fmt::format("stc_resnet3d_{}", depth), "STC-ResNet", stc_paper, no_source,
                                   ResNet3dOptions{.depth = depth, .stc = {}}));
  }
  for (const std::int64_t depth : {18, 50, 101}) {
    list.push_back(
        entry<ResNet3d>(fmt::format("stc_resnext3d_{}", depth), "STC-ResNeXt", stc_paper, no_source,
                        ResNet3dOptions{.kind = ResNet3dKind::kResNeXt, .depth = depth, .stc = {}}));
  }
  return list;
}

}  // namespace zoetrope::models
