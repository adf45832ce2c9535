#include "zoetrope/models/tcfpn.h"

#include "zoetrope/core/error.h"

namespace zoetrope::models {
namespace {

torch::nn::Conv1d convolution(std::int64_t in, std::int64_t out, std::int64_t kernel, bool bias = false) {
  return torch::nn::Conv1d(torch::nn::Conv1dOptions(in, out, kernel).padding(kernel / 2).bias(bias));
}

torch::nn::BatchNorm1d norm(std::int64_t channels) {
  constexpr double kEps = 1e-3, kMomentum = 0.01;  // Keras's
  return torch::nn::BatchNorm1d(torch::nn::BatchNorm1dOptions(channels).eps(kEps).momentum(kMomentum));
}

torch::Tensor stretch(const torch::Tensor& x, std::int64_t frames) {
  return torch::upsample_nearest1d(x, {frames});
}

}  // namespace

void describe(ConfigFields& f, TcfpnOptions& o) {
  f.field("in_channels", o.in_channels, "numbers of a frame").range(1, 1 << 20);
  f.field("num_classes", o.num_classes, "classes").range(1, 1'000'000);
  f.field("levels", o.levels, "channels of the encoder's levels").range(1, 1 << 16);
  f.field("kernel", o.kernel, "frames of a convolution; odd").range(1, 1023);
  f.field("dropout", o.dropout, "of whole channels").range(0, 1);
}

Tcfpn::Tcfpn(const TcfpnOptions& options) : options_(options) {
  constexpr std::size_t kMaxLevels = 16;
  if (options.kernel % 2 == 0) throw Error::usage("kernel: {} frames have no middle", options.kernel);
  if (options.levels.empty() || options.levels.size() > kMaxLevels)
    throw Error::usage("levels: {}; there are 1 to {}", options.levels.size(), kMaxLevels);
  const std::size_t levels = options.levels.size();
  const std::int64_t width = options.levels.front();
  std::int64_t channels = options.in_channels;
  const auto name = [](const char* part, std::size_t i) { return fmt::format("{}_{}", part, i); };
  for (std::size_t i = 0; i < levels; ++i) {
    encoder_.push_back(
        register_module(name("encoder", i), convolution(channels, options.levels[i], options.kernel)));
    channels = options.levels[i];
    norms_.push_back(register_module(name("norm", i), norm(channels)));
  }
  top_ = register_module("top", convolution(channels, width, 1));
  for (std::size_t i = 0; i < levels; ++i) {
    const std::int64_t from = i + 1 < levels ? options.levels[levels - 2 - i] : options.in_channels;
    laterals_.push_back(register_module(name("lateral", i), convolution(from, width, 1)));
    decoder_.push_back(register_module(name("decoder", i), convolution(width, width, options.kernel)));
  }
  for (std::size_t i = 0; i <= levels; ++i) {
    classifiers_.push_back(
        register_module(name("classifier", i), convolution(width, options.num_classes, 1, /*bias=*/true)));
  }
  reset_parameters();
}

void Tcfpn::reset_parameters() {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* conv = module->as<torch::nn::Conv1d>()) {
      torch::nn::init::xavier_uniform_(conv->weight);
      if (conv->bias.defined()) torch::nn::init::zeros_(conv->bias);
    }
    if (auto* batch_norm = module->as<torch::nn::BatchNorm1d>()) batch_norm->reset_parameters();
  }
}

torch::Tensor Tcfpn::classify(std::size_t level, const torch::Tensor& x, std::int64_t frames) {
  const torch::Tensor dropped = torch::feature_dropout(x, options_.dropout, is_training());
  return stretch(classifiers_[level](dropped).softmax(1), frames);
}

NamedTensors Tcfpn::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  constexpr double kTiny = 1e-30;
  const torch::Tensor& features = inputs.at(0);
  if (features.dim() != 3)
    throw Error::usage("features are [N, D, T], not [{}]", fmt::join(features.sizes(), ", "));
  const std::size_t levels = encoder_.size();
  const std::int64_t whole = std::int64_t{1} << levels, frames = features.size(2);
  const std::int64_t padded = (frames + whole - 1) / whole * whole;
  std::vector<torch::Tensor> pyramid = {torch::constant_pad_nd(features, {0, padded - frames})};
  for (std::size_t i = 0; i < levels; ++i) {
    const torch::Tensor x = norms_[i](encoder_[i](pyramid.back()));
    pyramid.push_back(torch::max_pool1d(
        torch::relu(torch::feature_dropout(x, options_.dropout, is_training())), /*kernel_size=*/2));
    keep(stages, fmt::format("encoder_{}", i), pyramid.back());
  }
  torch::Tensor x = top_(pyramid.back());
  torch::Tensor sum = classify(0, x, padded);
  for (std::size_t i = 0; i < levels; ++i) {
    const torch::Tensor& side = pyramid[levels - 1 - i];
    x = decoder_[i](stretch(x, side.size(2)) + laterals_[i](side));
    keep(stages, fmt::format("decoder_{}", i), x);
    sum = sum + classify(i + 1, x, padded);
  }
  const torch::Tensor mean = sum / static_cast<double>(levels + 1);
  return {{"logits", mean.slice(2, 0, frames).clamp_min(kTiny).log()}};
}

std::vector<InputSpec> Tcfpn::native_inputs() const {
  constexpr std::int64_t kFrames = 2100;  // of Breakfast's mean video
  return {{"features", {1, options_.in_channels, kFrames}}};
}

std::vector<ModelEntry> tcfpn_models() {
  return {entry<Tcfpn>(
      "tcfpn", "ISBA",
      "Ding and Xu, Weakly-Supervised Action Segmentation with Iterative Soft Boundary Assignment, "
      "CVPR 2018",
      "github.com/Zephyr-D/TCFPN-ISBA, utils/weak_model.py", TcfpnOptions{})};
}

}  // namespace zoetrope::models
