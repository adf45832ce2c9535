#include "zoetrope/models/mucon.h"

#include <cmath>

#include "zoetrope/core/error.h"
#include "zoetrope/nn/lstm.h"

namespace zoetrope::models {
namespace {

std::vector<std::int64_t> dilations_of(const MuconOptions& options) {
  if (!options.dilations.empty()) return options.dilations;
  std::vector<std::int64_t> dilations;
  for (std::int64_t i = 0; i < options.layers; ++i) {
    switch (options.backbone) {
      case MuconBackbone::kLinear:
        dilations.push_back(i + 1);
        break;
      case MuconBackbone::kFixed:
        dilations.push_back(1);
        break;
      default:
        dilations.push_back(std::int64_t{1} << i);
    }
  }
  return dilations;
}

torch::nn::Conv1d pointwise(std::int64_t in, std::int64_t out) {
  return torch::nn::Conv1d(torch::nn::Conv1dOptions(in, out, 1));
}

}  // namespace

struct Mucon::DecoderState {
  torch::Tensor memory;        // [T', 2 D']: what the encoder says
  torch::Tensor keys;          // [T', D']: its product with W1
  torch::Tensor hidden, cell;  // [1, D']
};

struct Mucon::Step {
  torch::Tensor input;   // [1, D'], of the LSTM's cell
  torch::Tensor output;  // [1, D']
};

void describe(ConfigFields& f, MuconOptions& o) {
  f.field("in_channels", o.in_channels, "numbers of a frame").range(1, 1 << 20);
  f.field("num_classes", o.num_classes, "classes").range(1, 1'000'000);
  f.field("max_steps", o.max_steps, "of free decoding").range(1, 1 << 16);
  f.field("backbone", o.backbone, "how dilations grow, or one pointwise convolution alone, without pools");
  f.field("layers", o.layers, "of the backbone").range(1, 20);
  f.field("dilations", o.dilations, "of each layer, in place of backbone and layers").range(1, 1 << 20);
  f.field("pool_after", o.pool_after, "layers that a pool of two follows").at_least(0);
  f.field("pool", o.pool, "of two frames");
  f.field("channels", o.channels, "width of the backbone").range(1, 1 << 16);
  f.field("hidden", o.hidden, "width of the segment branch").range(2, 1 << 16);
  f.field("norm_groups", o.norm_groups, "of the group norm after the backbone; 0: none").range(0, 1 << 16);
  f.field("last_relu", o.last_relu, "a ReLU after it");
  f.field("leaky", o.leaky, "leaky ReLUs in the backbone");
  f.field("dropout", o.dropout, "in the backbone's layers").range(0, 1);
  f.field("last_dropout", o.last_dropout, "of what the backbone gives").range(0, 1);
  f.field("embedding_dropout", o.embedding_dropout, "of the decoder's previous action").range(0, 1);
  f.field("length_from", o.length_from, "whether lengths come from the decoder's input or its state");
}

Mucon::Mucon(const MuconOptions& options) : options_(options) {
  const std::int64_t width = options.channels, hidden = options.hidden, actions = options.num_classes + 1;
  attention_w1_ = register_parameter("fs_decoder_attention_W1", torch::empty({2 * hidden, hidden}));
  attention_v_ = register_parameter("fs_decoder_attention_V", torch::empty({hidden}));
  if (options.backbone == MuconBackbone::kConvolution && options.dilations.empty()) {
    auto backbone = std::make_shared<torch::nn::Module>();
    single_ = backbone->register_module("last_conv", pointwise(options.in_channels, width));
    register_module("ft", backbone);
  } else {
    stack_ = register_module(
        "ft", std::make_shared<nn::DilatedStack>(nn::DilatedStackOptions{.in_channels = options.in_channels,
                                                                         .channels = width,
                                                                         .dilations = dilations_of(options),
                                                                         .pool_after = options.pool_after,
                                                                         .pool = options.pool,
                                                                         .dropout = options.dropout,
                                                                         .leaky = options.leaky}));
  }
  // Registered also where it is not used: the authors' files hold it then, too.
  const std::int64_t groups = options.norm_groups > 0 ? options.norm_groups : 1;
  if (width % groups != 0) throw Error::usage("norm_groups: {} do not divide {} channels", groups, width);
  norm_ = register_module("ft_last_gn", torch::nn::GroupNorm(groups, width));
  const auto lstm = [&](std::int64_t in, bool both) {
    return torch::nn::LSTM(torch::nn::LSTMOptions(in, hidden).batch_first(both).bidirectional(both));
  };
  encoder_lstm_ = register_module("fs_encoder_lstm", lstm(width, true));
  hidden_out_ = register_module("fs_encoder_hidden_out", torch::nn::Linear(2 * hidden, hidden));
  cell_out_ = register_module("fs_encoder_cn_out", torch::nn::Linear(2 * hidden, hidden));
  attention_l2_ = register_module("fs_decoder_attention_l2", torch::nn::Linear(hidden, hidden));
  attention_l3_ = register_module("fs_decoder_attention_l3", torch::nn::Linear(2 * hidden, hidden));
  embedding_ = register_module("fs_decoder_embedding", torch::nn::Embedding(actions + 1, hidden));
  combine_ = register_module("fs_decoder_attn_combine", torch::nn::Linear(3 * hidden, hidden));
  decoder_lstm_ = register_module("fs_decoder_lstm", lstm(hidden, false));
  transcript_ = register_module("fs_decoder_transcript",
                                torch::nn::Sequential(torch::nn::Linear(hidden, hidden), torch::nn::ReLU(),
                                                      torch::nn::Linear(hidden, actions)));
  length_ = register_module("fs_decoder_length",
                            torch::nn::Sequential(torch::nn::Linear(hidden + actions, hidden / 2),
                                                  torch::nn::ReLU(), torch::nn::Linear(hidden / 2, 1)));
  classifier_ = register_module("conv_classifier", pointwise(width, options.num_classes));
  reset_parameters();
}

void Mucon::reset_parameters() {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* conv = module->as<torch::nn::Conv1d>()) conv->reset_parameters();
    if (auto* linear = module->as<torch::nn::Linear>()) linear->reset_parameters();
    if (auto* lstm = module->as<torch::nn::LSTM>()) lstm->reset_parameters();
    if (auto* norm = module->as<torch::nn::GroupNorm>()) norm->reset_parameters();
    if (auto* table = module->as<torch::nn::Embedding>()) table->reset_parameters();
  }
  for (torch::Tensor& matrix : std::vector<torch::Tensor>{attention_w1_, attention_v_})
    torch::nn::init::normal_(matrix, 0, 1 / std::sqrt(static_cast<double>(matrix.size(0))));
}

torch::Tensor Mucon::encode(const torch::Tensor& features) {
  torch::Tensor z = stack_ ? stack_->forward(features).back() : single_(features);
  if (options_.norm_groups > 0) z = norm_(z);
  if (options_.last_relu) z = torch::relu(z);
  return torch::dropout(z, options_.last_dropout, is_training());
}

torch::Tensor Mucon::classify(const torch::Tensor& encoded, std::int64_t frames) {
  // A pointwise convolution and a stretch commute; this way round it is computed once a pooled frame.
  return torch::upsample_nearest1d(classifier_(encoded), {frames});
}

Mucon::DecoderState Mucon::begin(const torch::Tensor& encoded) {
  if (encoded.size(0) != 1) throw Error::usage("one video is decoded at a time, not {}", encoded.size(0));
  const nn::LstmOutput read = nn::run_lstm(encoder_lstm_, encoded[0].t());
  return {.memory = read.sequence,
          .keys = read.sequence.matmul(attention_w1_),
          .hidden = hidden_out_(read.hidden.view({1, -1})),
          .cell = cell_out_(read.cell.view({1, -1}))};
}

// The encoder's outputs, weighed: [1, 2 D'].
torch::Tensor Mucon::attend(const DecoderState& state) {
  const torch::Tensor query = attention_l2_(state.hidden);
  const torch::Tensor scores = torch::tanh(state.keys + query).matmul(attention_v_);
  return torch::softmax(scores, 0).unsqueeze(0).matmul(state.memory);
}

Mucon::Step Mucon::step(DecoderState& state, std::int64_t previous) {
  const torch::Tensor embedded = torch::dropout(torch::relu(embedding_->weight.narrow(0, previous, 1)),
                                                options_.embedding_dropout, is_training());
  const torch::Tensor input = torch::relu(combine_(torch::cat({embedded, attend(state)}, 1)));
  const nn::LstmOutput next = nn::run_lstm(decoder_lstm_, input, state.hidden, state.cell);
  state.hidden = next.hidden;
  state.cell = next.cell;
  return {.input = input, .output = next.sequence};
}

Mucon::Decoded Mucon::say(const std::vector<Step>& steps) {
  std::vector<torch::Tensor> inputs, outputs;
  for (const Step& step : steps) {
    inputs.push_back(step.input);
    outputs.push_back(step.output);
  }
  const torch::Tensor output = torch::cat(outputs);
  const torch::Tensor logits = transcript_->forward(output);
  const torch::Tensor source = options_.length_from == LengthFrom::kInput ? torch::cat(inputs) : output;
  const torch::Tensor lengths = length_->forward(torch::relu(torch::cat({source, logits}, 1)));
  return {.transcript = logits.log_softmax(1), .lengths = lengths.flatten().slice(0, 0, -1)};
}

std::int64_t Mucon::chosen(const Step& step) {
  if (step.output.is_meta()) return 0;
  const torch::NoGradGuard no_grad;
  return transcript_->forward(step.output).argmax().item<std::int64_t>();
}

Mucon::Decoded Mucon::decode(const torch::Tensor& encoded, std::span<const std::int64_t> transcript,
                             bool taught) {
  for (const std::int64_t action : transcript) {
    if (action < 0 || action >= options_.num_classes)
      throw Error::usage("the transcript holds class {} of {}", action, options_.num_classes);
  }
  DecoderState state = begin(encoded);
  std::vector<Step> steps = {step(state, start_symbol())};
  for (const std::int64_t action : transcript)
    steps.push_back(step(state, taught ? action : chosen(steps.back())));
  return say(steps);
}

Mucon::Decoded Mucon::decode_freely(const torch::Tensor& encoded) {
  DecoderState state = begin(encoded);
  std::vector<Step> steps = {step(state, start_symbol())};
  while (std::ssize(steps) < options_.max_steps) {
    const std::int64_t previous = chosen(steps.back());
    if (previous == options_.num_classes) break;
    steps.push_back(step(state, previous));
  }
  return say(steps);
}

nn::MuconPrediction Mucon::predict(const torch::Tensor& features, std::span<const std::int64_t> transcript,
                                   bool taught) {
  const torch::Tensor encoded = encode(features);
  const Decoded decoded = decode(encoded, transcript, taught);
  return {.transcript = decoded.transcript,
          .lengths = decoded.lengths,
          .segmentation = classify(encoded, features.size(2))[0].t()};
}

NamedTensors Mucon::run(const std::vector<torch::Tensor>& inputs, Stages* stages) {
  const torch::Tensor encoded = encode(inputs.at(0));
  keep(stages, "encoded", encoded);
  const torch::Tensor logits = classify(encoded, inputs.at(0).size(2));
  const Decoded decoded = decode_freely(encoded);
  return {{"logits", logits},
          {"encoded", encoded},
          {"transcript", decoded.transcript},
          {"lengths", decoded.lengths}};
}

std::vector<InputSpec> Mucon::native_inputs() const {
  constexpr std::int64_t kFrames = 2100;  // of Breakfast's mean video
  return {{"features", {1, options_.in_channels, kFrames}}};
}

std::vector<ModelEntry> mucon_models() {
  return {entry<Mucon>(
      "mucon", "MuCon",
      "Souri et al., Fast Weakly Supervised Action Segmentation Using Mutual Consistency, TPAMI 2022",
      "github.com/yassersouri/MuCon, src/mucon/models.py", MuconOptions{})};
}

}  // namespace zoetrope::models
