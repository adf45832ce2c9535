#pragma once
// The network of NeuralNetwork-Viterbi (Richard, Kuehne, Iqbal, Gall, CVPR 2018) and of CDFL (Li, Lei,
// Todorovic, ICCV 2019): a GRU of 64 units over a window of 21 frames round every frame, zeros beyond the
// video's ends; its last state, a linear layer: the logits of that frame.
//
// Parameter names are those of github.com/alexanderrichard/NeuralNetwork-Viterbi (`gru.weight_ih_l0`,
// `fc.weight`). The windows of neighbouring frames overlap in all but a frame, so each frame's product with
// the GRU's input weights is computed once, not once a window, and all windows take their steps together: the
// same arithmetic, at about a tenth of the cost for features of 2048 numbers. Frames that are drawn from many
// videos come as whole windows.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"

namespace zoetrope::models {

struct GruOptions {
  std::int64_t in_channels = 2048;
  std::int64_t num_classes = 48;
  std::int64_t hidden = 64;
  std::int64_t window = 21;  ///< frames, odd
};
void describe(ConfigFields& fields, GruOptions& options);

class Gru : public Model {
 public:
  /// Throws Error (kUsage) for an even window.
  explicit Gru(const GruOptions& options);

  /// Features [1, D, T] to `logits` [1, N, T].
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// LibTorch's defaults.
  void reset_parameters() final;

  /// The windows of single frames, [B, window, D], to logits [B, N].
  torch::Tensor classify_windows(const torch::Tensor& windows);

  [[nodiscard]] const GruOptions& options() const noexcept { return options_; }

 private:
  GruOptions options_;
  torch::nn::GRU gru_{nullptr};
  torch::nn::Linear fc_{nullptr};
};

std::vector<ModelEntry> gru_models();

}  // namespace zoetrope::models
