#pragma once
// MuCon: Souri, Fayyaz, Minciullo, Francesca and Gall, "Fast Weakly Supervised Action Segmentation Using Mutual
// Consistency", TPAMI 2022; chapter 9 of Fayyaz's thesis. A sequence of features is segmented twice, frame by frame and
// segment by segment, and the two are trained to agree (nn/mucon_loss.h).
//
//   backbone         dilated residual layers with pools (nn/dilated_stack.h), group norm, ReLU: Z [D', T']
//   frame branch     Z stretched to T (nearest), a 1x1 convolution: logits of the classes
//   segment branch   a bidirectional LSTM over Z; an LSTM decoder with additive attention, which says an action, or the
//                    end, and a relative log length a step
//
// Parameter names and numbers are those of github.com/yassersouri/MuCon (src/mucon/models.py), `fs_decoder_attention_l3`
// among them, which nothing uses. Where the code differs from the text it is followed: the length comes from the ReLU of
// the LSTM cell's input and the action's logits (`length_from = "state"`: from the decoder's output, as the text has
// it); the last step's length is dropped, also where decoding was cut off before its end.
//
// Backbones of table 9.1: `exponential`, `linear` and `fixed` dilations, or one `convolution` in place of all. The
// published pools, after layers 1, 2, 4 and 8, are for 15 frames a second: a video of 300 frames needs fewer.

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"
#include "zoetrope/nn/dilated_stack.h"
#include "zoetrope/nn/mucon_loss.h"

namespace zoetrope::models {

/// How dilations grow; or one pointwise convolution in place of all layers and pools, as the authors' code has it
/// (the text does not say its kernel).
enum class MuconBackbone { kExponential, kLinear, kFixed, kConvolution };
inline EnumNames<MuconBackbone> config_names(MuconBackbone) {
  return {{"exponential", MuconBackbone::kExponential},
          {"linear", MuconBackbone::kLinear},
          {"fixed", MuconBackbone::kFixed},
          {"convolution", MuconBackbone::kConvolution}};
}

enum class LengthFrom { kInput, kState };
inline EnumNames<LengthFrom> config_names(LengthFrom) {
  return {{"input", LengthFrom::kInput}, {"state", LengthFrom::kState}};
}

struct MuconOptions {
  std::int64_t in_channels = 2048;
  std::int64_t num_classes = 48;
  std::int64_t max_steps = 64;  ///< of free decoding; the longest training transcript plus one is natural
  MuconBackbone backbone = MuconBackbone::kExponential;
  std::int64_t layers = 11;
  std::vector<std::int64_t> dilations = {};  ///< of each layer, in place of `backbone` and `layers`
  std::vector<std::int64_t> pool_after = {1, 2, 4, 8};
  nn::TemporalPool pool = nn::TemporalPool::kMax;
  std::int64_t channels = 128;    ///< D'
  std::int64_t hidden = 128;      ///< width of the segment branch
  std::int64_t norm_groups = 32;  ///< 0: no norm
  bool last_relu = true;
  bool leaky = false;
  double dropout = 0.25;            ///< in the layers
  double last_dropout = 0.25;       ///< of Z
  double embedding_dropout = 0.25;  ///< of the previous action
  LengthFrom length_from = LengthFrom::kInput;
};
void describe(ConfigFields& fields, MuconOptions& options);

class Mucon : public Model {
 public:
  explicit Mucon(const MuconOptions& options);

  /// Features [1, D, T] to `logits` [1, N, T], `encoded` [1, D', T'] and, decoded freely, `transcript` [steps, N + 1]
  /// and `lengths` [steps - 1] (nn::MuconPrediction). As a shape alone, it decodes `max_steps` steps.
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// LibTorch's defaults; the attention's matrices from a normal distribution of variance 1 / rows.
  void reset_parameters() final;

  /// [N, D, T] to Z [N, D', T'].
  torch::Tensor encode(const torch::Tensor& features);
  /// Z to logits [N, classes, frames].
  torch::Tensor classify(const torch::Tensor& encoded, std::int64_t frames);
  struct Decoded {
    torch::Tensor transcript;  ///< log-probabilities [steps, N + 1]
    torch::Tensor lengths;     ///< relative log lengths [steps - 1]
  };
  /// As many steps as the transcript has, and one for the end. `taught`: each is given the true action before it;
  /// else its own choice. Z is of one video.
  Decoded decode(const torch::Tensor& encoded, std::span<const std::int64_t> transcript, bool taught);
  /// Until the end or `max_steps`.
  Decoded decode_freely(const torch::Tensor& encoded);
  /// All of it for training or alignment: features [1, D, T].
  nn::MuconPrediction predict(const torch::Tensor& features, std::span<const std::int64_t> transcript,
                              bool taught);

  [[nodiscard]] const MuconOptions& options() const noexcept { return options_; }

 private:
  struct DecoderState;
  struct Step;
  [[nodiscard]] DecoderState begin(const torch::Tensor& encoded);
  [[nodiscard]] Step step(DecoderState& state, std::int64_t previous);
  [[nodiscard]] Decoded say(const std::vector<Step>& steps);
  [[nodiscard]] std::int64_t chosen(const Step& step);
  [[nodiscard]] torch::Tensor attend(const DecoderState& state);
  [[nodiscard]] std::int64_t start_symbol() const noexcept { return options_.num_classes + 1; }

  MuconOptions options_;
  torch::Tensor attention_w1_, attention_v_;
  std::shared_ptr<nn::DilatedStack> stack_;
  torch::nn::Conv1d single_{nullptr};
  torch::nn::GroupNorm norm_{nullptr};
  torch::nn::LSTM encoder_lstm_{nullptr}, decoder_lstm_{nullptr};
  torch::nn::Linear hidden_out_{nullptr}, cell_out_{nullptr}, attention_l2_{nullptr}, attention_l3_{nullptr};
  torch::nn::Linear combine_{nullptr};
  torch::nn::Embedding embedding_{nullptr};
  torch::nn::Sequential transcript_{nullptr}, length_{nullptr};
  torch::nn::Conv1d classifier_{nullptr};
};

std::vector<ModelEntry> mucon_models();

}  // namespace zoetrope::models
