#include "zoetrope/models/atfr_resnet3d.h"

#include <string>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/models/residual.h"
#include "zoetrope/models/video_net.h"
#include "zoetrope/nn/max_pool.h"
#include "zoetrope/nn/padded_batch_norm.h"
#include "zoetrope/nn/synchronised_batch_norm.h"

namespace zoetrope::models {
namespace {

using torch::Tensor;

struct BlockWidths {
  std::int64_t in, inner, out;
};

/// In training, of frames of which the last stands for `copies` of it; 0: all are themselves.
Tensor normalised(nn::BatchNorm3d& norm, const Tensor& x, std::int64_t copies) {
  return copies > 0 ? nn::padded_batch_norm(*norm, x, copies) : norm(x);
}

/// The layers of a residual branch; its ReLUs may write to what the norms before them made.
class AtfrBranch : public torch::nn::Module {
 public:
  AtfrBranch(const BlockWidths& w, std::int64_t temporal_kernel, std::int64_t stride)
      : a_(register_module("a", conv3d(w.in, w.inner, {temporal_kernel, 1, 1}))),
        a_bn_(register_module("a_bn", make_norm(w.inner))),
        b_(register_module("b", conv3d(w.inner, w.inner, {1, 3, 3}, {1, stride, stride}))),
        b_bn_(register_module("b_bn", make_norm(w.inner))),
        c_(register_module("c", conv3d(w.inner, w.out, 1))),
        c_bn_(register_module("c_bn", make_norm(w.out))) {}

  Tensor forward(const Tensor& x, std::int64_t copies) {
    const Tensor a = normalised(a_bn_, a_(x), copies).relu_();
    return normalised(c_bn_, c_(normalised(b_bn_, b_(a), copies).relu_()), copies);
  }
  /// The scale that a network in training begins with at zero.
  [[nodiscard]] Tensor last_scale() const { return c_bn_->weight; }

 private:
  nn::Conv3d a_;
  nn::BatchNorm3d a_bn_;
  nn::Conv3d b_;
  nn::BatchNorm3d b_bn_;
  nn::Conv3d c_;
  nn::BatchNorm3d c_bn_;
};

/// branch1(x) + branch2(x), before the ReLU. branch1 is the identity where nothing changes.
class AtfrBlock : public torch::nn::Module {
 public:
  AtfrBlock(const BlockWidths& w, std::int64_t temporal_kernel, std::int64_t stride) {
    if (w.in != w.out || stride != 1) {
      branch1_ = register_module("branch1", conv3d(w.in, w.out, 1, {1, stride, stride}));
      branch1_bn_ = register_module("branch1_bn", make_norm(w.out));
    }
    branch2_ = register_module("branch2", std::make_shared<AtfrBranch>(w, temporal_kernel, stride));
  }
  Tensor forward(const Tensor& x, std::int64_t copies) {
    return (branch1_ ? normalised(branch1_bn_, branch1_(x), copies) : x) + branch2_->forward(x, copies);
  }
  [[nodiscard]] Tensor last_scale() const { return branch2_->last_scale(); }

 private:
  nn::Conv3d branch1_{nullptr};
  nn::BatchNorm3d branch1_bn_{nullptr};
  std::shared_ptr<AtfrBranch> branch2_;
};

/// ReLU of a sum that nothing else reads, unless stages are kept.
Tensor rectified(Tensor sum, const Stages* stages) {
  return stages ? torch::relu(sum) : sum.relu_();
}

/// Of the stages res2 to res5, whether kernels reach over neighbouring frames.
bool sees_time(std::size_t stage) {
  return stage == 0 || stage == 3;
}

std::array<std::int64_t, 4> depths_of(std::int64_t depth) {
  if (depth == 18) return {2, 2, 2, 2};
  if (depth == 50) return {3, 4, 6, 3};
  throw Error::usage("the adaptive 3D ResNets have 18 or 50 layers, not {}", depth);
}

}  // namespace

/// Blocks with a ReLU after each, and perhaps the adapter before the last ReLU.
class AtfrStage : public torch::nn::Module {
 public:
  AtfrStage(const BlockWidths& first, std::int64_t depth, std::int64_t temporal_kernel, std::int64_t stride) {
    BlockWidths widths = first;
    for (std::int64_t i = 0; i < depth; ++i) {
      blocks_.push_back(
          register_module(fmt::format("pathway0_res{}", i),
                          std::make_shared<AtfrBlock>(widths, temporal_kernel, i == 0 ? stride : 1)));
      widths.in = first.out;
    }
  }

  /// The last sum, without its ReLU. `copies`: those of the last frame, of frames as a batch; `row`: of clips in
  /// a row, parted; then it may write to its input (adaptive.h).
  Tensor forward(const Tensor& input, Stages* stages, std::int64_t copies = 0,
                 const ClipsInARow* row = nullptr) {
    Tensor x = input;
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      if (i > 0) x = rectified(x, stages);
      if (row) row->clear_between(x);
      x = blocks_[i]->forward(x, copies);
      if (stages) stages->keep(fmt::format("pathway0_res{}", i), x);
    }
    return x;
  }
  void zero_last_scales() {
    for (const auto& block : blocks_) block->last_scale().zero_();
  }

 private:
  std::vector<std::shared_ptr<AtfrBlock>> blocks_;
};

void describe(ConfigFields& f, AtfrResNet3dOptions& o) {
  f.field("depth", o.depth, "layers: 18 or 50");
  f.field("num_classes", o.num_classes, "classes").range(1, 1'000'000);
  f.field("in_channels", o.in_channels, "channels of the clip").range(1, 4096);
  f.field("frames", o.frames, "of the native clip; the network takes any number").range(1, 4096);
  f.field("width", o.width, "of the stem; all others grow with it").range(1, 1024);
  f.field("dropout", o.dropout, "probability of dropping a feature in training").range(0, 1);
  f.field("adaptive", o.adaptive, "temporal resolution that adapts to the clip");
}

AtfrResNet3d::AtfrResNet3d(const AtfrResNet3dOptions& o) : options_(o) {
  const std::array<std::int64_t, 4> depths = depths_of(o.depth);
  const std::size_t place = stage_of(o.adaptive.after);
  auto stem = std::make_shared<torch::nn::Module>();
  auto pathway = std::make_shared<torch::nn::Module>();
  conv_ = pathway->register_module("conv", conv3d(o.in_channels, o.width, {5, 7, 7}, {1, 2, 2}));
  norm_ = pathway->register_module("bn", make_norm(o.width));
  stem->register_module("pathway0_stem", pathway);
  if (place == 0) adapter_ = TemporalAdapter(*stem, o.width, o.adaptive);
  register_module("s1", stem);

  // From res3 on as wide as SlowFast's slow pathway, 8 times the stem.
  BlockWidths widths{o.width, o.width, 4 * o.width};
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    stages_[i] = std::make_shared<AtfrStage>(widths, depths[i], sees_time(i) ? 3 : 1, i == 0 ? 1 : 2);
    if (place == i + 1) adapter_ = TemporalAdapter(*stages_[i], widths.out, o.adaptive);
    register_module(fmt::format("s{}", i + 2), stages_[i]);
    const std::int64_t inner = i == 0 ? 8 * o.width : 2 * widths.inner;
    widths = {widths.out, inner, 4 * inner};
  }
  auto head = std::make_shared<torch::nn::Module>();
  projection_ = head->register_module("projection", torch::nn::Linear(widths.in, o.num_classes));
  register_module("head", head);
  reset_parameters();
}

void AtfrResNet3d::reset_parameters() {
  reset_video_parameters(*this);
  const torch::NoGradGuard no_grad;
  for (const auto& stage : stages_) stage->zero_last_scales();
}

Tensor AtfrResNet3d::run_stem(const Tensor& clip, Stages* stages) {
  const Tensor x = nn::max_pool3d(norm_(conv_(clip)).relu_(), {1, 3, 3}, {1, 2, 2}, {0, 1, 1});
  keep(stages, "s1.pathway0_stem", x);
  return x;
}

NamedTensors AtfrResNet3d::run(const std::vector<Tensor>& inputs, Stages* stages) {
  check_clip(inputs.at(0), options_.in_channels);
  const std::size_t place = stage_of(options_.adaptive.after);
  Tensor x = run_stem(inputs[0], stages);
  if (!adapter_) return run_from(0, x, stages);
  for (std::size_t i = 0; i < place; ++i) {
    const std::string name = fmt::format("s{}", i + 2);
    if (stages) stages->push(name);
    x = stages_[i]->forward(i == 0 ? x : rectified(x, stages), stages);
    if (stages) stages->pop();
  }
  const AdaptedMaps adapted = adapter_.forward(x);
  if (adapter_.shortens()) keep(stages, fmt::format("s{}.ts_layer", place + 1), adapted.maps);
  const bool packed = options_.adaptive.execution == AdaptiveExecution::kPacked;
  const bool alone = !stages && !nn::JointBatchScope::present();
  if (packed && is_training() && alone && adapted.zeros() > 1 && !sees_time(place))
    return run_frames_from(place, adapted);
  if (packed && !is_training() && alone && ClipsInARow::suits(adapted)) return run_row_from(place, adapted);
  return run_adapted({adapted}, packed && !is_training(), stages,
                     [&](const std::vector<Tensor>& maps, Stages* kept) {
                       return run_from(place, place == 0 ? maps[0] : torch::relu(maps[0]), kept);
                     });
}

NamedTensors AtfrResNet3d::run_frames_from(std::size_t first, const AdaptedMaps& adapted) {
  const KeptFrames kept = kept_frames(adapted);
  Tensor x = torch::relu(kept.frames);
  std::size_t i = first;
  for (; !sees_time(i); ++i) x = rectified(stages_[i]->forward(x, nullptr, kept.copies), nullptr);
  const AdaptedMaps back{padded_maps(x, adapted.counts), adapted.counts};
  return run_adapted({back}, /*packed=*/false, nullptr,
                     [&](const std::vector<Tensor>& maps, Stages*) { return run_from(i, maps[0], nullptr); });
}

NamedTensors AtfrResNet3d::run_row_from(std::size_t first, const AdaptedMaps& adapted) {
  const ClipsInARow row(adapted.counts, adapted.maps.device());
  Tensor x = row.join(adapted.maps);
  if (first > 0) x.relu_();
  std::size_t i = first;
  for (; !sees_time(i); ++i) x = rectified(stages_[i]->forward(x, nullptr), nullptr);
  x = row.part(x);
  for (; i < stages_.size(); ++i) x = rectified(stages_[i]->forward(x, nullptr, 0, &row), nullptr);
  return run_adapted({adapted}, /*packed=*/false, nullptr,
                     [&](const std::vector<Tensor>&, Stages*) { return classify(row.means(x)); });
}

NamedTensors AtfrResNet3d::run_from(std::size_t first, const Tensor& maps, Stages* stages) {
  Tensor x = maps;
  for (std::size_t i = first; i < stages_.size(); ++i) {
    if (stages) stages->push(fmt::format("s{}", i + 2));
    x = rectified(stages_[i]->forward(x, stages), stages);
    if (stages) stages->pop();
  }
  return classify(x.mean({2, 3, 4}));
}

NamedTensors AtfrResNet3d::classify(const Tensor& features) {
  const Tensor logits = projection_(torch::dropout(features, options_.dropout, is_training()));
  return {{"logits", logits}, {"features", features}, {"output", torch::softmax(logits, 1)}};
}

std::vector<InputSpec> AtfrResNet3d::native_inputs() const {
  return {{"clip", {1, options_.in_channels, options_.frames, 224, 224}}};
}

std::vector<ModelEntry> atfr_resnet3d_models() {
  std::vector<ModelEntry> list;
  for (const std::int64_t depth : {18, 50}) {
    list.push_back(entry<AtfrResNet3d>(
        fmt::format("atfr_resnet3d_{}", depth), "adaptive 3D ResNet",
        "Fayyaz et al., 3D CNNs with Adaptive Temporal Feature Resolutions, CVPR 2021",
        "github.com/SimilarityGuidedSampling/Similarity-Guided-Sampling, sgs/models/video_model_builder.py",
        AtfrResNet3dOptions{.depth = depth}));
  }
  return list;
}

}  // namespace zoetrope::models
