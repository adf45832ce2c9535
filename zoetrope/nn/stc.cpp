#include "zoetrope/nn/stc.h"

#include <algorithm>
#include <memory>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {

EnumNames<StcJoin> config_names(StcJoin) {
  return {{"add", StcJoin::kAdd}, {"replace", StcJoin::kReplace}};
}

void describe(ConfigFields& fields, StcOptions& options) {
  fields.field("temporal", options.temporal, "the temporal branch of STC blocks");
  fields.field("spatial", options.spatial, "their spatial branch");
  fields.field("reduction", options.reduction, "by which their bottlenecks are narrower").range(1, 1024);
  fields.field("join", options.join, "whether what they compute is added to the residual branch");
  fields.field("frames", options.frames, "of a clip, which the spatial branches are made for").range(1, 1024);
}

StcBlock::StcBlock(std::int64_t channels, std::int64_t frames, const StcOptions& options)
    : options_(options), frames_(frames) {
  if (!options.any()) throw Error::usage("an STC block needs its temporal branch, its spatial one, or both");
  if (options.temporal) tcb_ = make_branch("tcb", channels, channels);
  if (options.spatial) scb_ = make_branch("scb", frames * channels, channels);
}

StcBlock::Branch StcBlock::make_branch(const char* name, std::int64_t inputs, std::int64_t outputs) {
  const auto module = std::make_shared<torch::nn::Module>();
  const std::int64_t reduced = std::max<std::int64_t>(inputs / options_.reduction, 1);
  const auto layer = [&](const char* layer_name, std::int64_t from, std::int64_t to) {
    return module->register_module(layer_name,
                                   torch::nn::Linear(torch::nn::LinearOptions(from, to).bias(false)));
  };
  const Branch branch{.fc1 = layer("fc1", inputs, reduced), .fc2 = layer("fc2", reduced, outputs)};
  register_module(name, module);
  return branch;
}

torch::Tensor StcBlock::rescaled(const torch::Tensor& maps) {
  if (options_.spatial && maps.size(2) != frames_) {
    throw Error::usage(
        "an STC block of {} frames has got {}: its spatial branch goes with one length; the model's option "
        "stc.frames says for which clips it is made, here {}",
        frames_, maps.size(2), options_.frames);
  }
  const torch::Tensor over_space = maps.mean({3, 4});  // [N, C, T]
  torch::Tensor scale;
  const auto add = [&](Branch& branch, const torch::Tensor& pooled) {
    const torch::Tensor gate = torch::sigmoid(branch.fc2(torch::relu(branch.fc1(pooled))));
    scale = scale.defined() ? (scale + gate) / 2 : gate;
  };
  if (options_.temporal) add(tcb_, over_space.mean(2));
  if (options_.spatial) add(scb_, over_space.flatten(1));
  return maps * scale.view({maps.size(0), maps.size(1), 1, 1, 1});
}

torch::Tensor StcBlock::forward(const torch::Tensor& maps) {
  const torch::Tensor x = rescaled(maps);
  return options_.join == StcJoin::kAdd ? maps + x : x;
}

}  // namespace zoetrope::nn
