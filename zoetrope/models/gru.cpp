#include "zoetrope/models/gru.h"

#include "zoetrope/core/error.h"

namespace zoetrope::models {
namespace {

struct Weights {
  torch::Tensor input, hidden, input_bias, hidden_bias;  // [3 H, D], [3 H, H], [3 H], [3 H]
};

Weights weights_of(const torch::nn::GRU& gru) {
  const auto parameters = gru->named_parameters();
  return {parameters["weight_ih_l0"], parameters["weight_hh_l0"], parameters["bias_ih_l0"],
          parameters["bias_hh_l0"]};
}

// A step of a GRU as LibTorch has it, of inputs that are multiplied by their weights already: gates are
// reset, update, new.
torch::Tensor step(const torch::Tensor& projected, const torch::Tensor& state, const Weights& weights) {
  const auto x = projected.chunk(3, 1);
  const auto h = torch::linear(state, weights.hidden, weights.hidden_bias).chunk(3, 1);
  const torch::Tensor reset = torch::sigmoid(x[0] + h[0]), update = torch::sigmoid(x[1] + h[1]);
  const torch::Tensor proposed = torch::tanh(x[2] + reset * h[2]);
  return proposed + update * (state - proposed);
}

}  // namespace

void describe(ConfigFields& f, GruOptions& o) {
  f.field("in_channels", o.in_channels, "numbers of a frame").range(1, 1 << 20);
  f.field("num_classes", o.num_classes, "classes").range(1, 1'000'000);
  f.field("hidden", o.hidden, "units of the GRU").range(1, 1 << 16);
  f.field("window", o.window, "frames round each that the GRU sees; odd").range(1, 1023);
}

Gru::Gru(const GruOptions& options) : options_(options) {
  if (options.window % 2 == 0)
    throw Error::usage("window: {} frames have no middle; take an odd number", options.window);
  gru_ = register_module("gru", torch::nn::GRU(torch::nn::GRUOptions(options.in_channels, options.hidden)));
  fc_ = register_module("fc", torch::nn::Linear(options.hidden, options.num_classes));
  reset_parameters();
}

void Gru::reset_parameters() {
  gru_->reset_parameters();
  fc_->reset_parameters();
}

torch::Tensor Gru::classify_windows(const torch::Tensor& windows) {
  if (windows.dim() != 3 || windows.size(1) != options_.window || windows.size(2) != options_.in_channels)
    throw Error::usage("windows are [B, {}, {}], not [{}]", options_.window, options_.in_channels,
                       fmt::join(windows.sizes(), ", "));
  const Weights weights = weights_of(gru_);
  const torch::Tensor projected = torch::linear(windows, weights.input, weights.input_bias);
  torch::Tensor state = torch::zeros({windows.size(0), options_.hidden}, projected.options());
  for (std::int64_t k = 0; k < options_.window; ++k) state = step(projected.select(1, k), state, weights);
  return fc_(state);
}

NamedTensors Gru::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  const torch::Tensor& features = inputs.at(0);
  if (features.dim() != 3 || features.size(0) != 1)
    throw Error::usage("one video is segmented at a time, [1, D, T], not [{}]",
                       fmt::join(features.sizes(), ", "));
  const std::int64_t frames = features.size(2), half = options_.window / 2;
  const Weights weights = weights_of(gru_);
  const torch::Tensor padded = torch::constant_pad_nd(features[0].t(), {0, 0, half, half});
  const torch::Tensor projected = torch::linear(padded, weights.input, weights.input_bias);
  torch::Tensor state = torch::zeros({frames, options_.hidden}, projected.options());
  for (std::int64_t k = 0; k < options_.window; ++k)
    state = step(projected.slice(0, k, k + frames), state, weights);
  keep(stages, "gru", state);
  return {{"logits", fc_(state).t().unsqueeze(0)}};
}

std::vector<InputSpec> Gru::native_inputs() const {
  constexpr std::int64_t kFrames = 2100;  // of Breakfast's mean video
  return {{"features", {1, options_.in_channels, kFrames}}};
}

std::vector<ModelEntry> gru_models() {
  return {entry<Gru>(
      "gru", "NNV",
      "Richard, Kuehne, Iqbal and Gall, NeuralNetwork-Viterbi: A Framework for Weakly Supervised Video "
      "Learning, CVPR 2018",
      "github.com/alexanderrichard/NeuralNetwork-Viterbi, utils/network.py", GruOptions{})};
}

}  // namespace zoetrope::models
