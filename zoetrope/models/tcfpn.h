#pragma once
// The temporal convolutional feature pyramid network of ISBA: Ding and Xu, "Weakly-Supervised Action
// Segmentation with Iterative Soft Boundary Assignment", CVPR 2018.
//
//   encoder    a level: convolution of kernel 25, batch norm, ReLU, a pool of two (48, 64, 96 channels)
//   decoder    from the coarsest: stretched by two, plus a 1x1 convolution of the encoder's output at that rate
//              (of the features at the last), a convolution of kernel 25 (48 channels)
//   outputs    at every level a classifier and a softmax; their mean, each stretched to T
//
// The numbers of channels, kernels and the dropout of whole channels (0.1) are those of the authors' code
// (Zephyr-D/TCFPN-ISBA, utils/weak_model.py; Keras, hence its weights' initial distribution and its norms).
// Its sequences are padded to one length; here to the next multiple of what the pools make of a frame.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"

namespace zoetrope::models {

struct TcfpnOptions {
  std::int64_t in_channels = 2048;
  std::int64_t num_classes = 48;
  std::vector<std::int64_t> levels = {48, 64, 96};  ///< channels of the encoder
  std::int64_t kernel = 25;                         ///< frames, odd
  double dropout = 0.1;                             ///< of whole channels
};
void describe(ConfigFields& fields, TcfpnOptions& options);

class Tcfpn : public Model {
 public:
  /// Throws Error (kUsage) for an even kernel and without a level.
  explicit Tcfpn(const TcfpnOptions& options);

  /// Features [N, D, T] to `logits` [N, C, T], the logarithms of probabilities.
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// Weights from Glorot and Bengio's uniform distribution, biases 0.
  void reset_parameters() final;

  [[nodiscard]] const TcfpnOptions& options() const noexcept { return options_; }

 private:
  torch::Tensor classify(std::size_t level, const torch::Tensor& x, std::int64_t frames);

  TcfpnOptions options_;
  std::vector<torch::nn::Conv1d> encoder_, laterals_, decoder_, classifiers_;
  std::vector<torch::nn::BatchNorm1d> norms_;
  torch::nn::Conv1d top_{nullptr};
};

std::vector<ModelEntry> tcfpn_models();

}  // namespace zoetrope::models
