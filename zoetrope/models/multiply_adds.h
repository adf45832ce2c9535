#pragma once
// What a run of a model costs: multiply-adds, the measure by which papers compare video networks (many call
// them FLOPs).
//
//   models::RunCost cost = models::count_multiply_adds(*model, model->inputs_of(clip));
//   std::cout << models::format_cost(cost.by_stage());
//
// Counted are the convolutions and matrix products that a real run makes on its input, so that a network that
// adapts to its input is counted for that input. A convolution costs, for each element of its output, its
// kernel times the input channels of a group; a product of [m, k] and [k, n] costs m k n. As in the papers,
// what has no products of matrices (normalisation, activation, pooling, addition) and biases cost nothing; so
// do element-wise products.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "zoetrope/models/model.h"

namespace zoetrope::models {

struct LayerCost {
  /// Of the module that owns the weight, "layer1.0.conv1"; for products of two activations that of the layer
  /// that ran before.
  std::string name = {};
  std::int64_t multiply_adds = 0;
  std::int64_t parameters = 0;  ///< of the weight, once however often the layer runs
};

struct RunCost {
  std::vector<LayerCost> layers = {};  ///< in the order in which they first ran
  std::int64_t multiply_adds = 0;
  std::int64_t parameters = 0;  ///< of the whole model

  /// Sums over the layers whose names agree in the first `depth` names between dots: "layer1", "layer2", ...
  [[nodiscard]] std::vector<LayerCost> by_stage(int depth = 1) const;
};

/// Runs the model once, as it is (train or eval), without gradients. Counts what the calling thread does,
/// which is where models run their layers. Not to be called from within itself.
[[nodiscard]] RunCost count_multiply_adds(Model& model, const std::vector<torch::Tensor>& inputs);
/// The same of what `run` does, which runs the model.
[[nodiscard]] RunCost count_multiply_adds(const Model& model, const std::function<void()>& run);

/// "1.82 G", "40.7 G", "3.4 M".
[[nodiscard]] std::string format_count(std::int64_t count);

/// A table with a line for each and one for their sum.
[[nodiscard]] std::string format_cost(const std::vector<LayerCost>& layers);

}  // namespace zoetrope::models
