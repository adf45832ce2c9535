#pragma once
// What every architecture is to the rest of the house: a module that makes named outputs of one clip or of
// its own inputs.
//
//   std::shared_ptr<models::Model> model = models::make_model("x3d_s", options);
//   model->eval();
//   torch::Tensor scores = model->forward(clip);  // [N, 3, T, H, W], preprocessed, to logits [N, num_classes]

#include <torch/torch.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace zoetrope::models {

using NamedTensors = std::vector<std::pair<std::string, torch::Tensor>>;

/// Keeps what a run computes on its way, by the names of the authors' modules ("layer3", "blocks.4"): for
/// parity, for features of any layer, for finding where a difference begins.
class Stages {
 public:
  /// Keeps all stages.
  Stages() = default;
  /// Keeps just these.
  explicit Stages(std::set<std::string> wanted) : wanted_(std::move(wanted)) {}

  void keep(std::string_view name, const torch::Tensor& value);
  /// In the order of computation.
  [[nodiscard]] const NamedTensors& kept() const noexcept { return kept_; }
  /// Names within: while `prefix` is pushed, keep("conv1") keeps "prefix.conv1".
  void push(const std::string& prefix);
  void pop();

 private:
  std::set<std::string> wanted_;
  std::string prefix_;
  std::vector<std::size_t> lengths_;
  NamedTensors kept_;
};

/// For a module that may be asked for its stages or not.
inline void keep(Stages* stages, std::string_view name, const torch::Tensor& value) {
  if (stages) stages->keep(name, value);
}

/// One tensor that a network takes.
struct InputSpec {
  std::string name;  ///< "clip", "slow", "fast"
  std::vector<std::int64_t>
      shape;  ///< of the published configuration: [1, 3, T, H, W], or [1, 3, H, W] of an image network
};

class Model : public torch::nn::Module {
 public:
  /// The network's own inputs in, its outputs out. The first output is "logits", [N, num_classes]; the
  /// second, where there is one, "features", [N, D], what the classifier takes. Others bear the authors'
  /// names.
  virtual NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) = 0;

  /// What `run` takes at the published configuration of these options.
  [[nodiscard]] virtual std::vector<InputSpec> native_inputs() const = 0;

  /// The network's inputs from one clip [N, C, T, H, W]: mostly the clip; two rates of it for SlowFast; its
  /// frames for a 2D network.
  [[nodiscard]] virtual std::vector<torch::Tensor> inputs_of(const torch::Tensor& clip) const {
    return {clip};
  }

  /// Frames and side of the clip that `inputs_of` takes at the published configuration.
  [[nodiscard]] virtual std::vector<std::int64_t> native_clip() const {
    return native_inputs().front().shape;
  }

  /// Clip [N, C, T, H, W] to logits [N, num_classes].
  torch::Tensor forward(const torch::Tensor& clip) { return run(inputs_of(clip)).front().second; }

  /// Sets every parameter as the architecture's authors initialise it; constructors have called it.
  virtual void reset_parameters() = 0;
};

}  // namespace zoetrope::models
