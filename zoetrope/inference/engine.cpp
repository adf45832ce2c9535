#include "zoetrope/inference/engine.h"

#include <ATen/Parallel.h>

#include <cstdlib>
#include <thread>
#include <utility>

#include "zoetrope/nn/fold_batch_norms.h"

namespace zoetrope::inference {

Engine::Engine(std::shared_ptr<models::Model> model) : model_(std::move(model)) {
  model_->eval();
}

models::NamedTensors Engine::run(const torch::Tensor& clips, models::Stages* stages) {
  const torch::NoGradGuard no_grad;
  if (!std::exchange(folded_, true)) {
    const torch::Tensor one = clips.narrow(0, 0, 1);
    nn::fold_batch_norms(*model_, [&] { (void)model_->run(model_->inputs_of(one)); });
  }
  return model_->run(model_->inputs_of(clips), stages);
}

int use_threads(int threads) {
  if (threads > 0) {
    at::set_num_threads(threads);
  } else if (std::getenv("OMP_NUM_THREADS") == nullptr) {
    at::set_num_threads(static_cast<int>(std::max(1U, std::thread::hardware_concurrency())));
  }
  return at::get_num_threads();
}

}  // namespace zoetrope::inference
