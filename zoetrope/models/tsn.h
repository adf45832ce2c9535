#pragma once
// Temporal segment networks, and the same with temporal shifts, on 2D residual networks.
//
//   TSN  Wang et al., "Temporal Segment Networks: Towards Good Practices for Deep Action Recognition", ECCV
//        2016: a 2D network on each of a few frames that are spread over the video; the logits are the mean
//        over the frames
//   TSM  Lin, Gan and Han, "TSM: Temporal Shift Module for Efficient Video Understanding", ICCV 2019: the same
//        with some channels shifted in time (nn/temporal_shift.h) before the first convolution of the residual
//        branch (`blockres`) or before the whole block (`block`)
//
// Parameter names and numbers are those of github.com/mit-han-lab/temporal-shift-module (ops/models.py,
// ops/temporal_shift.py): `base_model.` and torchvision's names, with `.net` where a shift is; `new_fc`, or
// `base_model.fc` where there is no dropout. As there, networks with 23 blocks or more in the third stage
// (ResNet-101, ResNet-152) shift in every second block under `blockres`.
//
// Input: [N, num_segments * C, H, W], the frames of a clip one after the other in the channels (C = 3, or 2 *
// new_length for flow). Outputs: `logits` [N, num_classes], `features` [N, D], both means over the segments,
// and `segment_logits` [N * num_segments, num_classes]. Stages are those of ResNet2d after `base_model.`; a
// block that is shifted as a whole keeps none of its inner ones.

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"
#include "zoetrope/models/resnet2d.h"

namespace zoetrope::models {

enum class Modality { kRgb, kFlow };
EnumNames<Modality> config_names(Modality);
EnumNames<ShiftPlace> config_names(ShiftPlace);

struct TsnOptions {
  std::int64_t depth = 50;
  std::int64_t width_per_group = 64;
  std::int64_t num_classes = 400;
  std::int64_t num_segments = 8;
  Modality modality = Modality::kRgb;
  std::int64_t new_length = 5;
  ShiftPlace shift_place = ShiftPlace::kNone;
  std::int64_t shift_div = 8;
  double dropout = 0.5;
  bool partial_bn = false;
};
void describe(ConfigFields& fields, TsnOptions& options);

class Tsn : public Model {
 public:
  explicit Tsn(const TsnOptions& options);

  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// Throws Error (kUsage) unless the clip has num_segments frames (times new_length for flow).
  [[nodiscard]] std::vector<torch::Tensor> inputs_of(const torch::Tensor& clip) const override;
  [[nodiscard]] std::vector<std::int64_t> native_clip() const override;
  /// The 2D network as torchvision begins; the classifier from a normal distribution of deviation 0.001.
  void reset_parameters() final;
  /// With `partial_bn`, training leaves every normalisation but the first as it is (TSN, section 3.2).
  void train(bool on = true) override;

 private:
  [[nodiscard]] std::int64_t channels() const noexcept;
  [[nodiscard]] torch::nn::Linear& classifier();

  TsnOptions options_;
  std::shared_ptr<ResNet2d> base_model_;
  torch::nn::Linear new_fc_{nullptr};
};

std::vector<ModelEntry> tsn_models();

}  // namespace zoetrope::models
