#pragma once
// What runs a model in inference: the one seam between views, windows and features on one side and execution
// on the other. This engine is LibTorch, operation by operation, with batch normalisation folded into the
// convolutions (nn/fold_batch_norms.h) and every core at work (use_threads), or the GPU where the model's
// weights lie.

#include <torch/torch.h>

#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "zoetrope/inference/network_use.h"
#include "zoetrope/models/model.h"

namespace zoetrope::inference {

class Engine {
 public:
  /// Takes the model over: it is put into inference mode, and its parameters change when they are folded.
  explicit Engine(std::shared_ptr<models::Model> model);

  /// Clips [N, C, T, H, W], preprocessed, to the model's outputs ("logits" first), on the CPU; `stages` keeps
  /// what it asks for, where the weights lie.
  models::NamedTensors run(const torch::Tensor& clips, models::Stages* stages = nullptr);

  /// Whether how much the model computes hangs on the clip (models/adaptive.h).
  [[nodiscard]] bool adapts() const noexcept { return adapts_; }
  /// The same of a model that adapts, and how much of it was used. What a clip costs where every frame is kept
  /// takes a run more for each new shape of clips.
  models::NamedTensors run(const torch::Tensor& clips, NetworkUse& use);

 private:
  struct WholeUse {
    std::int64_t bins = 0;
    double multiply_adds = 0;
  };
  /// The clips, where the weights lie; the first call folds the batch norms.
  torch::Tensor prepare(const torch::Tensor& clips);
  [[nodiscard]] WholeUse whole_use(const torch::Tensor& clip);

  std::shared_ptr<models::Model> model_;
  torch::Device device_ = torch::kCPU;
  bool adapts_ = false;
  bool folded_ = false;
  std::map<std::vector<std::int64_t>, WholeUse> whole_uses_;  ///< of one clip of each shape
};

/// Lets LibTorch compute on `threads` threads; 0: on all cores, of which it knows only some under
/// virtualisation (the environment's OMP_NUM_THREADS is respected). Returns how many.
int use_threads(int threads);

}  // namespace zoetrope::inference
