#include "zoetrope/models/multiply_adds.h"

#include <ATen/record_function.h>

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/models/state.h"

namespace zoetrope::models {
namespace {

// Gathers the cost of each operation under the layer that owns its weight, found by the weight's storage: a
// matrix product gets a transposed view of it.
class Counter {
 public:
  explicit Counter(const torch::nn::Module& model) {
    for (const auto& parameter : model.named_parameters()) {
      const std::string& name = parameter.key();
      const std::size_t dot = name.rfind('.');
      owners_.emplace(
          storage_of(parameter.value()),
          Owner{dot == std::string::npos ? name : name.substr(0, dot), parameter.value().numel()});
    }
  }

  void add(const torch::Tensor& a, const torch::Tensor& b, std::int64_t multiply_adds) {
    const Owner* owner = find(b);
    if (!owner) owner = find(a);
    if (owner) current_ = owner->layer;
    const auto [place, is_new] = index_.emplace(current_, layers_.size());
    if (is_new) layers_.push_back({.name = current_});
    LayerCost& layer = layers_[place->second];
    layer.multiply_adds += multiply_adds;
    if (owner && counted_.emplace(owner, true).second) layer.parameters += owner->elements;
  }

  std::vector<LayerCost> take() { return std::move(layers_); }

 private:
  struct Owner {
    std::string layer;
    std::int64_t elements;
  };

  static const void* storage_of(const torch::Tensor& tensor) {
    return tensor.storage().unsafeGetStorageImpl();
  }

  [[nodiscard]] const Owner* find(const torch::Tensor& tensor) const {
    const auto found = owners_.find(storage_of(tensor));
    return found == owners_.end() ? nullptr : &found->second;
  }

  std::map<const void*, Owner> owners_;
  std::map<std::string, std::size_t> index_;
  std::map<const Owner*, bool> counted_;
  std::vector<LayerCost> layers_;
  std::string current_ = "input";
};

// LibTorch calls back a plain function, which has to find the counter of its thread's run.
thread_local Counter* active_counter = nullptr;

// aten::convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups)
std::int64_t convolution_cost(const torch::Tensor& input, const torch::Tensor& weight,
                              c10::ArrayRef<const c10::IValue> arguments) {
  if (arguments[6].toBool())
    return input.numel() * (weight.numel() / std::max<std::int64_t>(weight.size(0), 1));
  const std::vector<std::int64_t> stride = arguments[3].toIntVector();
  const std::vector<std::int64_t> padding = arguments[4].toIntVector();
  const std::vector<std::int64_t> dilation = arguments[5].toIntVector();
  const auto of = [](const std::vector<std::int64_t>& sizes, std::int64_t i) {
    return sizes.size() == 1 ? sizes[0] : sizes[static_cast<std::size_t>(i)];
  };
  const std::int64_t num_dims = weight.dim() - 2;
  const bool is_batched = input.dim() == weight.dim();
  std::int64_t positions = is_batched ? input.size(0) : 1;
  for (std::int64_t i = 0; i < num_dims; ++i) {
    const std::int64_t reach = of(dilation, i) * (weight.size(i + 2) - 1) + 1;
    const std::int64_t size = input.size(i - num_dims);
    positions *= (size + 2 * of(padding, i) - reach) / of(stride, i) + 1;
  }
  return positions * weight.numel();
}

void count_operation(const at::RecordFunction& operation) {
  const std::string_view name = operation.name();
  const auto arguments = operation.inputs();
  const auto tensor = [&](std::size_t i) { return arguments.at(i).toTensor(); };
  // Only what is called last on the way down is counted: linear, matmul and einsum end in these.
  if (name == "aten::convolution") {
    active_counter->add(tensor(0), tensor(1), convolution_cost(tensor(0), tensor(1), arguments));
  } else if (name == "aten::mm" || name == "aten::bmm" || name == "aten::mv" || name == "aten::dot") {
    active_counter->add(tensor(0), tensor(1),
                        tensor(0).numel() * (tensor(1).dim() < 2 ? 1 : tensor(1).size(-1)));
  } else if (name == "aten::addmm" || name == "aten::baddbmm" || name == "aten::addbmm" ||
             name == "aten::addmv" || name == "aten::addmv_") {
    active_counter->add(tensor(1), tensor(2),
                        tensor(1).numel() * (tensor(2).dim() < 2 ? 1 : tensor(2).size(-1)));
  }
}

// For the time of a run, also if that throws.
class Recording {
 public:
  explicit Recording(Counter& counter) {
    if (active_counter) throw Error::usage("multiply-adds are being counted on this thread already");
    active_counter = &counter;
    const auto start = [](const at::RecordFunction& operation) -> std::unique_ptr<at::ObserverContext> {
      count_operation(operation);
      return nullptr;
    };
    handle_ = at::addThreadLocalCallback(
        at::RecordFunctionCallback(start).needsInputs(true).scopes({at::RecordScope::FUNCTION}));
  }
  ~Recording() {
    at::removeCallback(handle_);
    active_counter = nullptr;
  }
  Recording(const Recording&) = delete;
  Recording& operator=(const Recording&) = delete;

 private:
  at::CallbackHandle handle_ = 0;
};

std::string_view stage_of(std::string_view name, int depth) {
  std::size_t end = 0;
  for (int i = 0; i < depth && end != std::string_view::npos; ++i) {
    end = name.find('.', end == 0 ? 0 : end + 1);
  }
  return name.substr(0, end);
}

}  // namespace

std::vector<LayerCost> RunCost::by_stage(int depth) const {
  std::vector<LayerCost> stages;
  std::map<std::string_view, std::size_t> index;
  for (const LayerCost& layer : layers) {
    const std::string_view stage = stage_of(layer.name, depth);
    const auto [place, is_new] = index.emplace(stage, stages.size());
    if (is_new) stages.push_back({.name = std::string(stage)});
    stages[place->second].multiply_adds += layer.multiply_adds;
    stages[place->second].parameters += layer.parameters;
  }
  return stages;
}

RunCost count_multiply_adds(Model& model, const std::vector<torch::Tensor>& inputs) {
  const torch::NoGradGuard no_grad;
  return count_multiply_adds(model, [&] { static_cast<void>(model.run(inputs)); });
}

RunCost count_multiply_adds(const Model& model, const std::function<void()>& run) {
  Counter counter(model);
  {
    const Recording recording(counter);
    run();
  }
  RunCost cost{.layers = counter.take(), .parameters = num_parameters(model)};
  for (const LayerCost& layer : cost.layers) cost.multiply_adds += layer.multiply_adds;
  return cost;
}

std::string format_count(std::int64_t count) {
  constexpr double kThousand = 1e3;
  double value = static_cast<double>(count);
  const char* const units[] = {"", " k", " M", " G", " T"};
  std::size_t unit = 0;
  while (value >= kThousand && unit + 1 < std::size(units)) {
    value /= kThousand;
    ++unit;
  }
  if (unit == 0) return fmt::format("{}", count);
  return fmt::format("{:.{}f}{}", value, value < 10 ? 2 : 1, units[unit]);
}

std::string format_cost(const std::vector<LayerCost>& layers) {
  std::size_t width = 5;
  LayerCost sum{.name = "total"};
  for (const LayerCost& layer : layers) {
    width = std::max(width, layer.name.size());
    sum.multiply_adds += layer.multiply_adds;
    sum.parameters += layer.parameters;
  }
  std::string text = fmt::format("{:<{}}  {:>13}  {:>10}\n", "layer", width, "multiply-adds", "weights");
  const auto append = [&](const LayerCost& layer) {
    text += fmt::format("{:<{}}  {:>13}  {:>10}\n", layer.name, width, format_count(layer.multiply_adds),
                        format_count(layer.parameters));
  };
  for (const LayerCost& layer : layers) append(layer);
  append(sum);
  return text;
}

}  // namespace zoetrope::models
