#pragma once
// What the tests of networks ask of one.

#include <torch/torch.h>

#include <cstdint>
#include <string>

#include "zoetrope/models/list.h"

namespace zoetrope::models {

/// A model with options as `key=value` over its defaults, in inference mode.
inline std::shared_ptr<Model> make_with(std::string_view name,
                                        const std::vector<std::string>& overrides = {}) {
  ConfigValue options{ConfigTable{}};
  for (const std::string& assignment : overrides) apply_override(options, assignment);
  std::shared_ptr<Model> model = make_model(name, options);
  model->eval();
  return model;
}

/// Elements of all parameters, in millions.
inline double millions(const torch::nn::Module& model) {
  std::int64_t count = 0;
  for (const torch::Tensor& parameter : model.parameters()) count += parameter.numel();
  return static_cast<double>(count) * 1e-6;
}

inline torch::Tensor output(const NamedTensors& outputs, std::string_view name) {
  for (const auto& [key, value] : outputs) {
    if (key == name) return value;
  }
  return {};
}

}  // namespace zoetrope::models
