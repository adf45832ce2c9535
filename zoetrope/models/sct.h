#pragma once
// SCT: Fayyaz and Gall, "SCT: Set Constrained Temporal Transformer for Set Supervised Action Segmentation", CVPR 2020;
// chapter 8 of Fayyaz's thesis. Learns from sets of actions (nn/sct_loss.h).
//
//   temporal embedding   dilated residual layers with pools (nn/dilated_stack.h): Z [D', T'], after layer `embed_after`
//   temporal regions     the layers after it: Z' [D', K]; from it A [C, K], probabilities, and L [K], log lengths
//   frame branch         a 1x1 convolution of Z, stretched to T: S [C, T], logits
//   region upsampling    A spread over time by L (nn/temporal_masks.h): Y [C, T]; its largest is a frame's label
//
// Parameter names and numbers are those of github.com/MohsenFayyaz89/SCT (src/SCT/models), whose code counts layers and
// pools through both parts: 11 layers, pools after 1, 2, 4, 8 and 10, Z after 4. Followed where it differs from the
// text: a softmax of temperature 0.1 in A, no activation between the two convolutions of L, a group norm on Z', a
// nearest stretch of S (`linear_frames`: the text's linear one), dropout of the input.
//
// K must exceed the number of a video's segments: short sequences need fewer pools (`pool_after`).

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"
#include "zoetrope/nn/dilated_stack.h"
#include "zoetrope/nn/sct_loss.h"

namespace zoetrope::models {

struct SctOptions {
  std::int64_t in_channels = 2048;
  std::int64_t num_classes = 48;
  std::int64_t layers = 11;  ///< of both parts; dilations 1, 2, 4, ...
  std::vector<std::int64_t> pool_after = {1, 2, 4, 8, 10};
  std::int64_t embed_after = 4;  ///< the layer whose output, pooled, is Z
  std::int64_t channels = 128;
  std::int64_t norm_groups = 32;  ///< 0: no norm, as in the text
  double temperature = 0.1;       ///< of the softmax of A
  bool linear_frames = false;
  bool align_corners = false;  ///< of the upsampling: as LibTorch before 1.3
  double input_dropout = 0.05;
  double dropout = 0.25;       ///< in the layers
  double frame_dropout = 0.2;  ///< of Z before the frame branch
};
void describe(ConfigFields& fields, SctOptions& options);

class Sct : public Model {
 public:
  explicit Sct(const SctOptions& options);

  /// Features [1, D, T] to `logits` [1, C, T], which are log Y, and `A` [1, C, K], `L` [1, 1, K], `S` and `Y`
  /// [1, C, T], `Z` [1, D', T'].
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// LibTorch's defaults.
  void reset_parameters() final;

  /// Of one video [1, D, T], for its losses.
  nn::SctPrediction predict(const torch::Tensor& features);

  [[nodiscard]] const SctOptions& options() const noexcept { return options_; }

 private:
  struct Parts;
  Parts parts_of(const torch::Tensor& features, Stages* stages);

  SctOptions options_;
  std::shared_ptr<nn::DilatedStack> stack_;
  torch::nn::GroupNorm norm_{nullptr};
  torch::nn::Conv1d frame_classifier_{nullptr}, region_classifier_{nullptr}, length1_{nullptr},
      length2_{nullptr};
};

std::vector<ModelEntry> sct_models();

}  // namespace zoetrope::models
