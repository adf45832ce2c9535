#include "zoetrope/models/i3d.h"

#include <algorithm>

#include "zoetrope/core/error.h"
#include "zoetrope/models/video_net.h"
#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/nn/conv3d.h"

namespace zoetrope::models {
namespace {

using torch::Tensor;

/// Convolution, batch norm, ReLU; or, to the classes, a convolution with bias alone.
class UnitImpl : public torch::nn::Module {
 public:
  UnitImpl(std::int64_t from, std::int64_t to, std::int64_t kernel, std::int64_t stride = 1,
           bool classifies = false)
      : kernel_{kernel, kernel, kernel}, stride_{stride, stride, stride} {
    conv3d_ = register_module(
        "conv3d", nn::Conv3d(torch::nn::Conv3dOptions(from, to, kernel).stride(stride).bias(classifies)));
    if (!classifies) {
      bn_ =
          register_module("bn", nn::BatchNorm3d(torch::nn::BatchNorm3dOptions(to).eps(1e-3).momentum(0.01)));
    }
  }

  Tensor forward(const Tensor& x) {
    const Tensor y = conv3d_(pad_same(x, kernel_, stride_));
    return bn_ ? bn_(y).relu_() : y;
  }

 private:
  Extent kernel_, stride_;
  nn::Conv3d conv3d_{nullptr};
  nn::BatchNorm3d bn_{nullptr};
};
TORCH_MODULE(Unit);

class SameMaxPoolImpl : public torch::nn::Module {
 public:
  SameMaxPoolImpl(const Extent& kernel, const Extent& stride) : kernel_(kernel), stride_(stride) {}
  Tensor forward(const Tensor& x) {
    return torch::max_pool3d(pad_same(x, kernel_, stride_), kernel_, stride_);
  }

 private:
  Extent kernel_, stride_;
};
TORCH_MODULE(SameMaxPool);

/// Channels of an Inception module's branches: 1; 3 behind a narrowing 1; a smaller 3 likewise; a pool and 1.
struct Branches {
  std::int64_t b0, b1a, b1b, b2a, b2b, b3b;
  [[nodiscard]] std::int64_t width() const { return b0 + b1b + b2b + b3b; }
};

class MixedImpl : public torch::nn::Module {
 public:
  MixedImpl(std::int64_t from, const Branches& to)
      : b0_(register_module("b0", Unit(from, to.b0, 1))),
        b1a_(register_module("b1a", Unit(from, to.b1a, 1))),
        b1b_(register_module("b1b", Unit(to.b1a, to.b1b, 3))),
        b2a_(register_module("b2a", Unit(from, to.b2a, 1))),
        b2b_(register_module("b2b", Unit(to.b2a, to.b2b, 3))),
        b3a_(register_module("b3a", SameMaxPool(Extent{3, 3, 3}, Extent{1, 1, 1}))),
        b3b_(register_module("b3b", Unit(from, to.b3b, 1))) {}

  Tensor forward(const Tensor& x) {
    return torch::cat({b0_(x), b1b_(b1a_(x)), b2b_(b2a_(x)), b3b_(b3a_(x))}, 1);
  }

 private:
  Unit b0_, b1a_, b1b_, b2a_, b2b_;
  SameMaxPool b3a_;
  Unit b3b_;
};
TORCH_MODULE(Mixed);

constexpr std::array kMixed3 = {std::pair{"Mixed_3b", Branches{64, 96, 128, 16, 32, 32}},
                                std::pair{"Mixed_3c", Branches{128, 128, 192, 32, 96, 64}}};
constexpr std::array kMixed4 = {std::pair{"Mixed_4b", Branches{192, 96, 208, 16, 48, 64}},
                                std::pair{"Mixed_4c", Branches{160, 112, 224, 24, 64, 64}},
                                std::pair{"Mixed_4d", Branches{128, 128, 256, 24, 64, 64}},
                                std::pair{"Mixed_4e", Branches{112, 144, 288, 32, 64, 64}},
                                std::pair{"Mixed_4f", Branches{256, 160, 320, 32, 128, 128}}};
constexpr std::array kMixed5 = {std::pair{"Mixed_5b", Branches{256, 160, 320, 32, 128, 128}},
                                std::pair{"Mixed_5c", Branches{384, 192, 384, 48, 128, 128}}};

PoolOptions average_pool(const I3dOptions& options) {
  const bool shortens = options.adaptive.kind == AdaptiveKind::kSimilarity;
  const Pool kind = shortens ? Pool::kAdaptive : options.head_pool;
  if (kind != Pool::kAverage && kind != Pool::kAdaptive)
    throw Error::usage("'head_pool': I3D's is avg or adaptive");
  return {.kind = kind, .kernel = kind == Pool::kAverage ? Extent{2, 7, 7} : Extent{1, 1, 1}};
}

}  // namespace

void describe(ConfigFields& f, I3dOptions& o) {
  f.field("num_classes", o.num_classes, "classes").at_least(1);
  f.field("in_channels", o.in_channels, "channels of the clip: 3 of colour, 2 of flow").at_least(1);
  f.field("dropout", o.dropout, "probability of dropping a feature in training").range(0, 1);
  f.field("head_pool", o.head_pool, "avg, of 2x7x7 positions, or adaptive, of all");
  f.field("adaptive", o.adaptive, "temporal resolution that adapts to the clip");
}

Tensor pad_same(const Tensor& x, const Extent& kernel, const Extent& stride) {
  std::array<std::int64_t, 6> pad{};  // front and back of the last dimension first, as PyTorch counts
  bool any = false;
  for (std::size_t i = 0; i < 3; ++i) {
    const std::int64_t beyond = x.size(static_cast<std::int64_t>(i) - 3) % stride[i];
    const std::int64_t total = std::max<std::int64_t>(kernel[i] - (beyond == 0 ? stride[i] : beyond), 0);
    pad[2 * (2 - i)] = total / 2;
    pad[2 * (2 - i) + 1] = total - total / 2;
    any = any || total > 0;
  }
  return any ? torch::constant_pad_nd(x, pad) : x;
}

template <typename Module, typename... Args>
void InceptionI3d::add(const std::string& end_point, Args&&... args) {
  end_points_.emplace_back(end_point, torch::nn::AnyModule(Module(std::forward<Args>(args)...)));
  register_module(end_point, end_points_.back().second.ptr());
}

InceptionI3d::InceptionI3d(const I3dOptions& options)
    : options_(options), average_(average_pool(options)), dropout_(options.dropout) {
  // The classifier comes first in the authors' state dict, too.
  logits_ = torch::nn::AnyModule(Unit(1024, options.num_classes, 1, /*stride=*/1, /*classifies=*/true));
  register_module("logits", logits_.ptr());
  register_module("dropout", dropout_);

  add<Unit>("Conv3d_1a_7x7", options.in_channels, 64, 7, 2);
  add<SameMaxPool>("MaxPool3d_2a_3x3", Extent{1, 3, 3}, Extent{1, 2, 2});
  adapt_after(0, 64);
  add<Unit>("Conv3d_2b_1x1", 64, 64, 1);
  add<Unit>("Conv3d_2c_3x3", 64, 192, 3);
  add<SameMaxPool>("MaxPool3d_3a_3x3", Extent{1, 3, 3}, Extent{1, 2, 2});
  adapt_after(1, 192);
  std::int64_t width = 192;
  const auto add_mixed = [&](const auto& modules) {
    for (const auto& [name, branches] : modules) {
      add<Mixed>(name, width, branches);
      width = branches.width();
    }
  };
  add_mixed(kMixed3);
  add<SameMaxPool>("MaxPool3d_4a_3x3", Extent{3, 3, 3}, Extent{2, 2, 2});
  adapt_after(2, width);
  add_mixed(kMixed4);
  add<SameMaxPool>("MaxPool3d_5a_2x2", Extent{2, 2, 2}, Extent{2, 2, 2});
  adapt_after(3, width);
  add_mixed(kMixed5);
}

void InceptionI3d::adapt_after(std::size_t stage, std::int64_t channels) {
  if (options_.adaptive.kind == AdaptiveKind::kNone || stage_of(options_.adaptive.after) != stage) return;
  adapter_ = TemporalAdapter(*this, channels, options_.adaptive);
  adapts_before_ = end_points_.size();
}

NamedTensors InceptionI3d::run(const std::vector<Tensor>& inputs, Stages* stages) {
  check_clip(inputs.at(0), options_.in_channels);
  if (!adapter_) return run_head(run_end_points(0, end_points_.size(), inputs[0], stages), stages);
  const AdaptedMaps adapted = adapter_.forward(run_end_points(0, adapts_before_, inputs[0], stages));
  keep(stages, "ts_layer", adapted.maps);
  const bool packed = !is_training() && options_.adaptive.execution == AdaptiveExecution::kPacked;
  return run_adapted({adapted}, packed, stages, [&](const std::vector<Tensor>& maps, Stages* kept) {
    return run_head(run_end_points(adapts_before_, end_points_.size(), maps[0], kept), kept);
  });
}

Tensor InceptionI3d::run_end_points(std::size_t begin, std::size_t end, const Tensor& input, Stages* stages) {
  Tensor x = input;
  for (std::size_t i = begin; i < end; ++i) {
    x = end_points_[i].second.forward(x);
    keep(stages, end_points_[i].first, x);
  }
  return x;
}

NamedTensors InceptionI3d::run_head(const Tensor& last, Stages* stages) {
  const Tensor pooled = average_.forward(last, stages);
  const Tensor steps = logits_.forward(dropout_(pooled));
  const bool one_position = steps.size(3) == 1 && steps.size(4) == 1;
  return {{"logits", steps.mean({2, 3, 4})},
          {"features", pooled.mean({2, 3, 4})},
          {"Logits", one_position ? steps.squeeze(4).squeeze(3) : steps},
          {"avg_pool", pooled}};
}

std::vector<InputSpec> InceptionI3d::native_inputs() const {
  return {{"clip", {1, options_.in_channels, 64, 224, 224}}};
}

void InceptionI3d::reset_parameters() {
  for (const std::shared_ptr<torch::nn::Module>& module : modules(/*include_self=*/false)) {
    if (auto* conv = module->as<torch::nn::Conv3d>()) conv->reset_parameters();
    if (auto* over_time = module->as<torch::nn::Conv1d>()) over_time->reset_parameters();
    if (auto* norm = module->as<nn::BatchNorm3d>()) norm->reset_parameters();
    if (auto* linear = module->as<torch::nn::Linear>()) linear->reset_parameters();
  }
}

std::vector<ModelEntry> i3d_models() {
  const auto model = [](const std::string& name, std::int64_t channels) {
    return entry<InceptionI3d>(name, "I3D",
                               "Carreira and Zisserman, \"Quo Vadis, Action Recognition? A New Model and the "
                               "Kinetics Dataset\", CVPR 2017",
                               "github.com/piergiaj/pytorch-i3d pytorch_i3d.py",
                               I3dOptions{.in_channels = channels});
  };
  return {model("i3d_rgb", 3), model("i3d_flow", 2)};
}

}  // namespace zoetrope::models
