#include "zoetrope/nn/fold_batch_norms.h"

#include <ATen/record_function.h>

#include <memory>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "zoetrope/core/error.h"
#include "zoetrope/nn/batch_norm.h"

namespace zoetrope::nn {
namespace {

/// What a convolution's or a normalisation's module has to have.
struct Convolution {
  torch::Tensor weight;
  std::function<void(const torch::Tensor&)> set_bias;
  torch::Tensor bias;
};
struct Normalisation {
  torch::Tensor scale, shift, mean, variance;
  double eps = 0;
  std::function<void()> set_folded;
};

template <typename Impl>
bool add_convolution(torch::nn::Module& module, std::vector<Convolution>& found) {
  auto* conv = module.as<Impl>();
  if (!conv) return false;
  found.push_back({.weight = conv->weight,
                   .set_bias = [conv](const torch::Tensor& bias) { conv->bias = bias; },
                   .bias = conv->bias});
  return true;
}

bool add_normalisation(torch::nn::Module& module, std::vector<Normalisation>& found) {
  auto* norm = module.as<BatchNormImpl>();
  if (!norm || norm->folded() || !norm->weight.defined()) return false;
  found.push_back({.scale = norm->weight,
                   .shift = norm->bias,
                   .mean = norm->running_mean,
                   .variance = norm->running_var,
                   .eps = norm->options.eps(),
                   .set_folded = [norm] { norm->set_folded(); }});
  return true;
}

/// Who made and who took the outputs of convolutions, in a run. Tensors are kept, so that none's address
/// comes back.
struct Trace {
  std::unordered_map<const void*, std::size_t> convolution_of;    // by weight
  std::unordered_map<const void*, std::size_t> normalisation_of;  // by running mean
  std::unordered_map<const void*, std::size_t> made_by;           // output of a convolution to its number
  std::vector<torch::Tensor> kept;
  struct Uses {
    int runs = 0;
    int takers = 0;
    std::int64_t normalisation = -1;
  };
  std::vector<Uses> uses;
  std::vector<int> normalisation_runs;
  int depth = 0;
  std::int64_t running_convolution = -1;

  void enter(const at::RecordFunction& function);
  void leave(const at::RecordFunction& function);
};

thread_local Trace* active_trace = nullptr;

/// Tensors among the arguments, also those in lists.
template <typename Use>
void for_each_tensor(c10::ArrayRef<const c10::IValue> values, const Use& use) {
  for (const c10::IValue& value : values) {
    if (value.isTensor() && value.toTensor().defined()) use(value.toTensor());
    if (value.isTensorList()) {
      for (const torch::Tensor& tensor : value.toTensorVector()) use(tensor);
    }
  }
}

void Trace::enter(const at::RecordFunction& function) {
  if (++depth > 1) return;
  running_convolution = -1;
  std::int64_t normalisation = -1;
  const auto inputs = function.inputs();
  for_each_tensor(inputs, [&](const torch::Tensor& tensor) {
    const void* address = tensor.unsafeGetTensorImpl();
    if (const auto found = convolution_of.find(address); found != convolution_of.end())
      running_convolution = static_cast<std::int64_t>(found->second);
    if (const auto found = normalisation_of.find(address); found != normalisation_of.end())
      normalisation = static_cast<std::int64_t>(found->second);
  });
  if (normalisation >= 0) ++normalisation_runs[static_cast<std::size_t>(normalisation)];
  for_each_tensor(inputs, [&](const torch::Tensor& tensor) {
    const auto found = made_by.find(tensor.unsafeGetTensorImpl());
    if (found == made_by.end()) return;
    Uses& made = uses[found->second];
    ++made.takers;
    made.normalisation = normalisation;
  });
}

void Trace::leave(const at::RecordFunction& function) {
  if (--depth > 0 || running_convolution < 0) return;
  const auto convolution = static_cast<std::size_t>(running_convolution);
  ++uses[convolution].runs;
  for (const c10::IValue& value : function.outputs()) {
    if (!value.isTensor()) continue;
    kept.push_back(value.toTensor());
    made_by[value.toTensor().unsafeGetTensorImpl()] = convolution;
  }
}

/// Runs with every operation on this thread told to the trace.
void record(Trace& trace, const std::function<void()>& run) {
  const auto handle = at::addThreadLocalCallback(
      at::RecordFunctionCallback(
          [](const at::RecordFunction& function) -> std::unique_ptr<at::ObserverContext> {
            if (active_trace) active_trace->enter(function);
            return nullptr;
          },
          [](const at::RecordFunction& function, at::ObserverContext*) {
            if (active_trace) active_trace->leave(function);
          })
          .needsInputs(true)
          .needsOutputs(true)
          .scopes({at::RecordScope::FUNCTION}));
  active_trace = &trace;
  const auto stop = [&handle] {
    active_trace = nullptr;
    at::removeCallback(handle);
  };
  try {
    run();
  } catch (...) {
    stop();
    throw;
  }
  stop();
}

/// w' = w s, b' = (b - mean) s + shift, with s = scale / sqrt(variance + eps).
void fold(const Convolution& conv, const Normalisation& norm) {
  const torch::Tensor s =
      norm.scale.to(torch::kFloat64) / torch::sqrt(norm.variance.to(torch::kFloat64) + norm.eps);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(conv.weight.dim()), 1);
  shape[0] = -1;
  torch::Tensor bias = -norm.mean.to(torch::kFloat64);
  if (conv.bias.defined()) bias = bias + conv.bias.to(torch::kFloat64);
  bias = bias * s + norm.shift.to(torch::kFloat64);
  conv.weight.copy_(conv.weight.to(torch::kFloat64) * s.view(shape));
  conv.set_bias(bias.to(conv.weight.scalar_type()));
  norm.set_folded();
}

}  // namespace

std::int64_t fold_batch_norms(torch::nn::Module& network, const std::function<void()>& run) {
  if (network.is_training())
    throw Error::usage("batch norms are folded in inference mode: call eval() before");
  const torch::NoGradGuard no_grad;
  std::vector<Convolution> convolutions;
  std::vector<Normalisation> normalisations;
  for (const auto& module : network.modules(/*include_self=*/false)) {
    (void)(add_convolution<torch::nn::Conv2dImpl>(*module, convolutions) ||
           add_convolution<torch::nn::Conv3dImpl>(*module, convolutions) ||
           add_normalisation(*module, normalisations));
  }
  Trace trace;
  for (std::size_t i = 0; i < convolutions.size(); ++i)
    trace.convolution_of[convolutions[i].weight.unsafeGetTensorImpl()] = i;
  for (std::size_t i = 0; i < normalisations.size(); ++i)
    trace.normalisation_of[normalisations[i].mean.unsafeGetTensorImpl()] = i;
  trace.uses.resize(convolutions.size());
  trace.normalisation_runs.resize(normalisations.size());
  record(trace, run);
  std::int64_t folded = 0;
  for (std::size_t i = 0; i < convolutions.size(); ++i) {
    const Trace::Uses& uses = trace.uses[i];
    if (uses.runs != 1 || uses.takers != 1 || uses.normalisation < 0) continue;
    const auto norm = static_cast<std::size_t>(uses.normalisation);
    if (trace.normalisation_runs[norm] != 1) continue;
    fold(convolutions[i], normalisations[norm]);
    ++folded;
  }
  return folded;
}

}  // namespace zoetrope::nn
