#pragma once
// A video network of one convolution, for tests of what is around a model.

#include <torch/torch.h>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/models/list.h"

namespace zoetrope::test {

struct TinyOptions {
  std::int64_t num_classes = 4;
  std::int64_t time = 3;  ///< of the kernel
};
inline void describe(ConfigFields& fields, TinyOptions& options) {
  fields.field("num_classes", options.num_classes, "classes").range(1, 1000);
  fields.field("time", options.time, "frames of the kernel").range(1, 9);
}

/// conv1 [2, 3, T, 3, 3], bn1, fc [num_classes, 2].
class TinyModel : public models::Model {
 public:
  explicit TinyModel(const TinyOptions& options)
      : conv1_(register_module(
            "conv1", torch::nn::Conv3d(torch::nn::Conv3dOptions(3, 2, {options.time, 3, 3}).bias(false)))),
        bn1_(register_module("bn1", torch::nn::BatchNorm3d(2))),
        fc_(register_module("fc", torch::nn::Linear(2, options.num_classes))) {}

  models::NamedTensors run(const std::vector<torch::Tensor>& inputs, models::Stages*) override {
    const torch::Tensor pooled = torch::relu(bn1_(conv1_(inputs.at(0)))).mean({2, 3, 4});
    return {{"logits", fc_(pooled)}, {"features", pooled}};
  }
  [[nodiscard]] std::vector<models::InputSpec> native_inputs() const override {
    return {{"clip", {1, 3, 4, 8, 8}}};
  }
  void reset_parameters() override {}

 private:
  torch::nn::Conv3d conv1_;
  torch::nn::BatchNorm3d bn1_;
  torch::nn::Linear fc_;
};

inline bundle::ModelList tiny_models() {
  return {models::entry<TinyModel>("tiny", "Tiny", "none", "none", TinyOptions{})};
}

}  // namespace zoetrope::test
