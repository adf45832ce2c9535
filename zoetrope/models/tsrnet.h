#pragma once
// TSRNet: Zhang, Shi, Li, Zheng, Zhu and Duan, "Learning Transferable Self-attentive Representations for
// Action Recognition in Untrimmed Videos with Weak Supervision", AAAI 2019. Learns from the classes of whole
// videos (nn/tsrnet_loss.h) and says which frames they are in (tasks/detection.h).
//
//   each stream   X [D, T] to attention a [T] and m [D] (nn/frame_attention.h); FC1, ReLU, dropout, FC2 to s
//   together      s = theta s_1 + (1 - theta) s_2, of softmax scores (late fusion)
//
// Decision: both streams are one model and one bundle. Its input is the features of both, one below the
// other, in the order of `streams`; within are two networks that share nothing, "rgb" and "flow", each with a
// loss of its own, so that training them together is training them apart. Their rates differ by the
// optimizer's groups: lr = 1e-4 and groups = { flow = 5 } are the paper's. With one name in `streams`, a
// single stream.
//
//   variants      Two-Stream: attention = "mean"; SRNet, TSRNet: one network, without and with the transfer
//
// There is no official code; known from the slides. Not given there and ours: d_a (256), the width of FC1
// (1024), its ReLU, and that the dropout lies before FC2.

#include <torch/torch.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"
#include "zoetrope/nn/frame_attention.h"

namespace zoetrope::models {

struct TsrnetOptions {
  std::vector<std::string> streams = {"rgb", "flow"};   ///< one or two
  std::vector<std::int64_t> dimensions = {2048, 2048};  ///< of a frame, of each
  std::int64_t num_classes = 20;
  nn::AttentionKind attention = nn::AttentionKind::kSoftmax;
  std::int64_t attention_hidden = 256;  ///< d_a
  std::int64_t hidden = 1024;           ///< of FC1
  double dropout = 0.8;
  double theta = 0.5;  ///< share of the first stream
};
void describe(ConfigFields& fields, TsrnetOptions& options);

/// The network of one stream.
class TsrnetStream : public torch::nn::Module {
 public:
  TsrnetStream(std::int64_t dimensions, const TsrnetOptions& options);

  [[nodiscard]] nn::FrameAttention& attention() noexcept { return *attention_; }
  /// FC1 and its ReLU: m [N, D] to [N, H].
  [[nodiscard]] torch::Tensor hidden(const torch::Tensor& feature);
  /// Logits [N, C] of that.
  [[nodiscard]] torch::Tensor classify(const torch::Tensor& hidden);
  void reset_parameters();

 private:
  std::shared_ptr<nn::FrameAttention> attention_;
  torch::nn::Linear fc1_{nullptr}, fc2_{nullptr};
  double dropout_;
};

class Tsrnet : public Model {
 public:
  /// Throws Error (kUsage) for streams and dimensions that do not fit.
  explicit Tsrnet(const TsrnetOptions& options);

  /// Features [N, D, T], of all streams, to `logits` [N, C], the logs of the fused scores; `features` [N, D],
  /// m of all streams; and of each stream `NAME.attention` [N, T] and `NAME.scores` [N, C].
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// LibTorch's defaults.
  void reset_parameters() final;

  [[nodiscard]] std::size_t num_streams() const noexcept { return streams_.size(); }
  [[nodiscard]] TsrnetStream& stream(std::size_t index) { return *streams_.at(index); }
  /// The part of features [N, D, T] that is a stream's. Throws Error (kInput) for another D.
  [[nodiscard]] torch::Tensor part(const torch::Tensor& features, std::size_t stream) const;
  /// Late fusion of one tensor a stream.
  [[nodiscard]] torch::Tensor fuse(const std::vector<torch::Tensor>& of_streams) const;

  [[nodiscard]] const TsrnetOptions& options() const noexcept { return options_; }

 private:
  TsrnetOptions options_;
  std::vector<std::shared_ptr<TsrnetStream>> streams_;
};

std::vector<ModelEntry> tsrnet_models();

}  // namespace zoetrope::models
