#include "zoetrope/inference/engine.h"

#include <ATen/Parallel.h>

#include <cstdlib>
#include <thread>
#include <utility>

#include "zoetrope/models/multiply_adds.h"
#include "zoetrope/nn/fold_batch_norms.h"
#include "zoetrope/nn/similarity_sampling.h"

namespace zoetrope::inference {
namespace {

std::vector<nn::SimilaritySamplingImpl*> samplers_of(models::Model& model) {
  std::vector<nn::SimilaritySamplingImpl*> samplers;
  for (const std::shared_ptr<torch::nn::Module>& module : model.modules()) {
    if (auto* sampler = module->as<nn::SimilaritySamplingImpl>()) samplers.push_back(sampler);
  }
  return samplers;
}

/// While one lives, the model keeps every frame.
class EveryFrame {
 public:
  explicit EveryFrame(models::Model& model) : samplers_(samplers_of(model)) { set(true); }
  ~EveryFrame() { set(false); }
  EveryFrame(const EveryFrame&) = delete;
  EveryFrame& operator=(const EveryFrame&) = delete;

 private:
  void set(bool keeps) {
    for (nn::SimilaritySamplingImpl* sampler : samplers_) sampler->set_keeps_frames(keeps);
  }
  std::vector<nn::SimilaritySamplingImpl*> samplers_;
};

/// Of each clip, the maps that it kept, over all pathways.
std::vector<std::int64_t> bins_of(const models::NamedTensors& outputs, std::int64_t clips) {
  for (const auto& [name, value] : outputs) {
    if (name != "bins") continue;
    const torch::Tensor sums = value.to(torch::kCPU).view({clips, -1}).sum(1).contiguous();
    return {sums.data_ptr<std::int64_t>(), sums.data_ptr<std::int64_t>() + clips};
  }
  return {};
}

models::NamedTensors on_cpu(models::NamedTensors outputs) {
  for (auto& [name, value] : outputs) value = value.to(torch::kCPU);
  return outputs;
}

}  // namespace

Engine::Engine(std::shared_ptr<models::Model> model) : model_(std::move(model)) {
  model_->eval();
  adapts_ = !samplers_of(*model_).empty();
  if (const std::vector<torch::Tensor> weights = model_->parameters(); !weights.empty())
    device_ = weights.front().device();
}

torch::Tensor Engine::prepare(const torch::Tensor& clips) {
  torch::Tensor here = clips.to(device_);
  if (std::exchange(folded_, true)) return here;
  const torch::Tensor one = here.narrow(0, 0, 1);
  nn::fold_batch_norms(*model_, [&] { (void)model_->run(model_->inputs_of(one)); });
  return here;
}

models::NamedTensors Engine::run(const torch::Tensor& given, models::Stages* stages) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor clips = prepare(given);
  return on_cpu(model_->run(model_->inputs_of(clips), stages));
}

Engine::WholeUse Engine::whole_use(const torch::Tensor& clip) {
  const std::vector<std::int64_t> shape = clip.sizes().vec();
  if (const auto found = whole_uses_.find(shape); found != whole_uses_.end()) return found->second;
  const EveryFrame every_frame(*model_);
  models::NamedTensors outputs;
  const models::RunCost cost =
      models::count_multiply_adds(*model_, [&] { outputs = model_->run(model_->inputs_of(clip)); });
  const std::int64_t bins = bins_of(outputs, 1).at(0);
  return whole_uses_[shape] = {bins, static_cast<double>(cost.multiply_adds)};
}

models::NamedTensors Engine::run(const torch::Tensor& given, NetworkUse& use) {
  const torch::NoGradGuard no_grad;
  const torch::Tensor clips = prepare(given);
  const WholeUse whole = whole_use(clips.narrow(0, 0, 1));
  models::NamedTensors outputs;
  const models::RunCost cost =
      models::count_multiply_adds(*model_, [&] { outputs = model_->run(model_->inputs_of(clips)); });
  use.bins = bins_of(outputs, clips.size(0));
  use.all_bins = whole.bins;
  use.multiply_adds = static_cast<double>(cost.multiply_adds) / static_cast<double>(clips.size(0));
  use.all_multiply_adds = whole.multiply_adds;
  return on_cpu(std::move(outputs));
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
