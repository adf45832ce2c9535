#include "zoetrope/models/action_set.h"

#include "zoetrope/core/error.h"

namespace zoetrope::models {

void describe(ConfigFields& f, ActionSetOptions& o) {
  f.field("in_channels", o.in_channels, "numbers of a frame").range(1, 1 << 20);
  f.field("num_classes", o.num_classes, "classes").range(1, 1'000'000);
  f.field("hidden", o.hidden, "units of the layer").range(1, 1 << 16);
}

ActionSet::ActionSet(const ActionSetOptions& options) : options_(options) {
  fc_ = register_module("fc", torch::nn::Linear(options.in_channels, options.hidden));
  out_fc_ = register_module("out_fc", torch::nn::Linear(options.hidden, 2 * options.num_classes));
  reset_parameters();
}

void ActionSet::reset_parameters() {
  fc_->reset_parameters();
  out_fc_->reset_parameters();
}

torch::Tensor ActionSet::classify_frames(const torch::Tensor& frames) {
  return out_fc_(torch::relu(fc_(frames))).view({frames.size(0), options_.num_classes, 2}).log_softmax(2);
}

NamedTensors ActionSet::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  const torch::Tensor& features = inputs.at(0);
  if (features.dim() != 3)
    throw Error::usage("features are [N, D, T], not [{}]", fmt::join(features.sizes(), ", "));
  const std::int64_t videos = features.size(0), frames = features.size(2);
  const torch::Tensor rows = features.transpose(1, 2).reshape({videos * frames, features.size(1)});
  const torch::Tensor answers = classify_frames(rows).select(2, 1);
  keep(stages, "out_fc", answers);
  return {{"logits", answers.view({videos, frames, options_.num_classes}).transpose(1, 2)}};
}

std::vector<InputSpec> ActionSet::native_inputs() const {
  constexpr std::int64_t kFrames = 2100;  // of Breakfast's mean video
  return {{"features", {1, options_.in_channels, kFrames}}};
}

std::vector<ModelEntry> action_set_models() {
  return {
      entry<ActionSet>("action_set", "ActionSet",
                       "Richard, Kuehne and Gall, Action Sets: Weakly Supervised Action Segmentation without "
                       "Ordering Constraints, CVPR 2018",
                       "github.com/alexanderrichard/action-sets, utils/network.py", ActionSetOptions{})};
}

}  // namespace zoetrope::models
