#pragma once
// What runs a model in inference: the one seam between views, windows and features on one side and execution
// on the other. This engine is LibTorch, operation by operation, with batch normalisation folded into the
// convolutions (nn/fold_batch_norms.h) and every core at work (use_threads).

#include <torch/torch.h>

#include <memory>

#include "zoetrope/models/model.h"

namespace zoetrope::inference {

class Engine {
 public:
  /// Takes the model over: it is put into inference mode, and its parameters change when they are folded.
  explicit Engine(std::shared_ptr<models::Model> model);

  /// Clips [N, C, T, H, W], preprocessed, to the model's outputs ("logits" first); `stages` keeps what it
  /// asks for.
  models::NamedTensors run(const torch::Tensor& clips, models::Stages* stages = nullptr);

 private:
  std::shared_ptr<models::Model> model_;
  bool folded_ = false;
};

/// Lets LibTorch compute on `threads` threads; 0: on all cores, of which it knows only some under
/// virtualisation (the environment's OMP_NUM_THREADS is respected). Returns how many.
int use_threads(int threads);

}  // namespace zoetrope::inference
