#include "zoetrope/models/hatnet.h"

#include "zoetrope/core/error.h"

namespace zoetrope::models {
namespace {

// Maps [N, C, T, H, W] to their frames [N T, C, H, W], and back.
torch::Tensor frames_of(const torch::Tensor& maps) {
  return maps.transpose(1, 2).flatten(0, 1);
}
torch::Tensor clips_of(const torch::Tensor& frames, std::int64_t clips) {
  return frames.view({clips, -1, frames.size(1), frames.size(2), frames.size(3)}).transpose(1, 2);
}

// The means of pairs of frames, where there are twice as many as `frames`.
torch::Tensor brought_to(const torch::Tensor& maps, std::int64_t frames) {
  if (maps.size(2) == frames) return maps;
  const bool odd = maps.size(2) % 2 != 0;
  const torch::Tensor even = odd ? torch::cat({maps, maps.slice(2, -1)}, 2) : maps;
  return (even.slice(2, 0, even.size(2), 2) + even.slice(2, 1, even.size(2), 2)) / 2;
}

std::shared_ptr<Chain> make_merge(std::int64_t width) {
  auto merge = std::make_shared<Chain>();
  merge->add(conv3d(2 * width, width, 1)).add(nn::BatchNorm3d(width)).add_relu();
  return merge;
}

// A stage's run within a branch's names.
template <typename Run>
torch::Tensor within(Stages* stages, const char* branch, Run run) {
  if (stages) stages->push(branch);
  torch::Tensor maps = run();
  if (stages) stages->pop();
  return maps;
}

}  // namespace

void describe(ConfigFields& fields, HatnetOptions& options) {
  fields.field("depth", options.depth, "layers of both branches: 10, 18, 34, 50, 101, 152 or 200");
  fields.field("num_classes", options.num_classes, "classes; 0: no classifier").range(0, 1'000'000);
  fields.field("in_channels", options.in_channels, "channels of the input").range(1, 4096);
  fields.field("max_pool", options.max_pool, "max pool after the first convolution of both branches");
  fields.field("widen_factor", options.widen_factor, "factor of all widths").range(0.02, 64);
  fields.field("stc", options.stc, "spatio-temporal channel correlation in the blocks of the 3D branch");
  fields.field("dropout", options.dropout, "probability before the classifier").range(0, 1);
  fields.field("head_classes", options.head_classes,
               "outputs of each task, with convolutions of its own; empty: one linear layer for all");
  fields.field("adaptive", options.adaptive, "temporal resolution that adapts to the clip");
}

/// Maps [N, C, T, H, W] of both branches.
struct Hatnet::BranchMaps {
  torch::Tensor appearance, motion;

  /// Side by side, as long as the 3D branch's.
  [[nodiscard]] torch::Tensor both() const {
    return torch::cat({brought_to(appearance, motion.size(2)), motion}, 1);
  }
};

Hatnet::Hatnet(const HatnetOptions& options) : options_(options) {
  check_stc(options.stc, options.adaptive);
  branch2d_ = register_module(
      "branch2d", std::make_shared<ResNet2d>(ResNet2dOptions{.depth = options.depth,
                                                             .num_classes = 0,
                                                             .in_channels = options.in_channels,
                                                             .widen_factor = options.widen_factor}));
  branch3d_ = register_module("branch3d",
                              std::make_shared<ResNet3d>(ResNet3dOptions{.depth = options.depth,
                                                                         .num_classes = 0,
                                                                         .in_channels = options.in_channels,
                                                                         .no_max_pool = !options.max_pool,
                                                                         .widen_factor = options.widen_factor,
                                                                         .stc = options.stc}));
  for (std::size_t i = 0; i < merge2d_.size(); ++i) {
    const std::int64_t width = branch3d_->stage_width(i);
    merge2d_[i] = register_module(fmt::format("merge2d_{}", i + 1), make_merge(width));
    merge3d_[i] = register_module(fmt::format("merge3d_{}", i + 1), make_merge(width));
  }
  const std::size_t place = stage_of(options.adaptive.after);
  const std::int64_t adapted = place == 0 ? branch3d_->stem_width() : branch3d_->stage_width(place - 1);
  adapter_ = TemporalAdapter(*this, 2 * adapted, options.adaptive);
  const std::int64_t width = branch3d_->stage_width(merge2d_.size());
  fusion_ = register_module("fusion", make_merge(width));
  check_heads(options.head_classes, options.num_classes);
  if (!options.head_classes.empty()) {
    heads_ = register_module("heads", std::make_shared<nn::ConvHeads>(width, options.head_classes));
  } else if (options.num_classes > 0) {
    fc_ = register_module("fc", torch::nn::Linear(width, options.num_classes));
  }
  reset_parameters();
}

void Hatnet::reset_parameters() {
  reset_residual_network(*this);
}

Hatnet::BranchMaps Hatnet::run_stems(const torch::Tensor& clip, Stages* stages) {
  BranchMaps maps;
  maps.motion = within(stages, "branch3d", [&] { return branch3d_->stem(clip, stages); });
  const torch::Tensor frames =
      within(stages, "branch2d", [&] { return branch2d_->stem(frames_of(clip), stages, options_.max_pool); });
  maps.appearance = clips_of(frames, clip.size(0));
  return maps;
}

Hatnet::BranchMaps Hatnet::run_stage(std::size_t i, const BranchMaps& maps, Stages* stages) {
  BranchMaps after;
  after.motion = within(stages, "branch3d", [&] { return branch3d_->stage(i, maps.motion, stages); });
  const torch::Tensor frames =
      within(stages, "branch2d", [&] { return branch2d_->stage(i, frames_of(maps.appearance), stages); });
  after.appearance = clips_of(frames, maps.appearance.size(0));
  if (i == merge2d_.size()) return after;
  const torch::Tensor both = after.both();
  after = {merge2d_[i]->forward(both), merge3d_[i]->forward(both)};
  keep(stages, fmt::format("merge2d_{}", i + 1), after.appearance);
  keep(stages, fmt::format("merge3d_{}", i + 1), after.motion);
  return after;
}

NamedTensors Hatnet::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  BranchMaps maps = run_stems(inputs.at(0), stages);
  if (!adapter_) return run_from(0, maps, stages);
  const std::size_t place = stage_of(options_.adaptive.after);
  for (std::size_t i = 0; i < place; ++i) maps = run_stage(i, maps, stages);
  const AdaptedMaps adapted = adapter_.forward(maps.both());
  keep(stages, "ts_layer", adapted.maps);
  const bool packed = !is_training() && options_.adaptive.execution == AdaptiveExecution::kPacked;
  return run_adapted({adapted}, packed, stages, [&](const std::vector<torch::Tensor>& kept, Stages* own) {
    const std::vector<torch::Tensor> halves = kept[0].chunk(2, 1);
    return run_from(place, {halves[0], halves[1]}, own);
  });
}

NamedTensors Hatnet::run_from(std::size_t stage, const BranchMaps& before, Stages* stages) {
  BranchMaps last = before;
  for (std::size_t i = stage; i <= merge2d_.size(); ++i) last = run_stage(i, last, stages);
  const torch::Tensor maps = fusion_->forward(last.both());
  keep(stages, "fusion", maps);
  const torch::Tensor features = maps.mean({2, 3, 4});
  if (heads_) return {{"logits", heads_->forward(maps, options_.dropout)}, {"features", features}};
  if (!fc_) return {{"logits", features}, {"features", features}};
  return {{"logits", fc_(torch::dropout(features, options_.dropout, is_training()))}, {"features", features}};
}

std::vector<InputSpec> Hatnet::native_inputs() const {
  return {{"clip", {1, options_.in_channels, options_.stc.frames, 112, 112}}};
}

std::vector<ModelEntry> hatnet_models() {
  std::vector<ModelEntry> list;
  for (const std::int64_t depth : {18, 50}) {
    list.push_back(entry<Hatnet>(fmt::format("hatnet_{}", depth), "HATNet",
                                 "Diba et al., Large Scale Holistic Video Understanding, ECCV 2020",
                                 "the paper; no code of the authors is known",
                                 HatnetOptions{.depth = depth}));
  }
  return list;
}

}  // namespace zoetrope::models
