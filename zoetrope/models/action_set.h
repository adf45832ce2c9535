#pragma once
// The network of ActionSet: Richard, Kuehne, Gall, "Action Sets: Weakly Supervised Action Segmentation
// without Ordering Constraints", CVPR 2018. Each frame alone: a layer of 256 units and, for every class,
// whether it occurs in the frame's video, a softmax over no and yes.
//
// Sizes are those of the authors' code (alexanderrichard/action-sets), which has a linear layer of two
// outputs for each class; here they are the rows of one.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"

namespace zoetrope::models {

struct ActionSetOptions {
  std::int64_t in_channels = 2048;
  std::int64_t num_classes = 48;
  std::int64_t hidden = 256;
};
void describe(ConfigFields& fields, ActionSetOptions& options);

class ActionSet : public Model {
 public:
  explicit ActionSet(const ActionSetOptions& options);

  /// Features [N, D, T] to `logits` [N, C, T]: log-probabilities of yes.
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// LibTorch's defaults.
  void reset_parameters() final;

  /// Frames [B, D] to log-probabilities [B, C, 2] of no and yes.
  torch::Tensor classify_frames(const torch::Tensor& frames);

 private:
  ActionSetOptions options_;
  torch::nn::Linear fc_{nullptr}, out_fc_{nullptr};
};

std::vector<ModelEntry> action_set_models();

}  // namespace zoetrope::models
