// A training iteration and an inference of MuCon at Breakfast's size (2,100 frames of 2,048 numbers, 48
// classes), beside the same arithmetic as plain calls of LibTorch with the same weights. Prints a table in
// Markdown.
//
//   build/bench/mucon_bench [THREADS]
//
// The plain version does what the authors' code does, in its order: the frames are stretched before they are
// classified, all lengths are found by the recurrence over every start. It shares no code with the library
// but the weights.
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bench/timing.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/heap.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/mucon.h"
#include "zoetrope/tasks/segmentation.h"

namespace {

using namespace zoetrope;
using bench::kRepeats;
using torch::Tensor;

constexpr std::int64_t kFrames = 2100;
const std::vector<std::int64_t> kTranscript = {0, 5, 17, 30, 8, 41, 0};  // Breakfast's mean is 6.9 segments
const std::vector<std::int64_t> kPools = {1, 2, 4, 8};
constexpr std::int64_t kLayers = 11;

/// MuCon as plain calls.
class Plain {
 public:
  explicit Plain(const models::Mucon& model) : classes_(model.options().num_classes) {
    for (const auto& parameter : model.named_parameters())
      weights_.insert(parameter.key(), parameter.value());
  }

  struct Outputs {
    Tensor frames = {};   // [T, N]
    Tensor actions = {};  // [steps, N + 1], log-probabilities
    Tensor lengths = {};  // [steps]
  };

  /// With a transcript, taught by it and in training mode; without, decoded until the end.
  Outputs run(const Tensor& features, const std::vector<std::int64_t>* transcript) const {
    const bool training = transcript != nullptr;
    const Tensor z = encode(features, training);
    Outputs outputs{.frames = classify(z)};
    const auto [memory, hidden, cell] = torch::lstm(
        z.transpose(1, 2), zeros(2), lstm("fs_encoder_lstm", true), true, 1, 0.0, training, true, true);
    const Tensor keys = memory[0].matmul(weight("fs_decoder_attention_W1"));
    Tensor h = linear("fs_encoder_hidden_out", hidden.reshape({1, -1})).unsqueeze(0);
    Tensor c = linear("fs_encoder_cn_out", cell.reshape({1, -1})).unsqueeze(0);
    std::int64_t previous = classes_ + 1;
    std::vector<Tensor> actions, lengths;
    const std::size_t steps = kTranscript.size() + 1;
    for (std::size_t m = 0; m < steps; ++m) {
      const Tensor scores = torch::tanh(keys + linear("fs_decoder_attention_l2", h.view({1, -1})))
                                .matmul(weight("fs_decoder_attention_V"));
      const Tensor context = torch::softmax(scores, 0).unsqueeze(0).matmul(memory[0]);
      const Tensor embedded = torch::dropout(
          torch::relu(weight("fs_decoder_embedding.weight").narrow(0, previous, 1)), 0.25, training);
      const Tensor input = torch::relu(linear("fs_decoder_attn_combine", torch::cat({embedded, context}, 1)));
      Tensor output;
      std::tie(output, h, c) = torch::lstm(input.unsqueeze(0), {h, c}, lstm("fs_decoder_lstm", false), true,
                                           1, 0.0, training, false, false);
      const Tensor logits =
          linear("fs_decoder_transcript.2", torch::relu(linear("fs_decoder_transcript.0", output[0])));
      const Tensor length =
          linear("fs_decoder_length.2",
                 torch::relu(linear("fs_decoder_length.0", torch::relu(torch::cat({input, logits}, 1)))));
      actions.push_back(logits.log_softmax(1));
      lengths.push_back(length.view({1}));
      if (!training) previous = logits.argmax().item<std::int64_t>();
      if (training && m < transcript->size()) previous = (*transcript)[m];
      if (!training && previous == classes_) break;
    }
    outputs.actions = torch::cat(actions);
    outputs.lengths = torch::cat(lengths).slice(0, 0, -1);
    return outputs;
  }

  /// The frame branch alone.
  Tensor frames(const Tensor& features) const { return classify(encode(features, false)); }

  /// The weak losses of the published training.
  Tensor loss(const Tensor& features) const {
    const Outputs outputs = run(features, &kTranscript);
    std::vector<std::int64_t> steps = kTranscript;
    steps.push_back(classes_);
    const Tensor transcript = torch::nll_loss(outputs.actions, torch::tensor(steps), {}, at::Reduction::Sum);
    const Tensor lengths = static_cast<double>(kFrames) * torch::softmax(outputs.lengths, 0);
    const Tensor starts = lengths.cumsum(0) - lengths;
    const Tensor times = torch::arange(kFrames) + 0.5;
    const Tensor places = 2 * (times - starts.unsqueeze(1)) / lengths.unsqueeze(1) - 1;
    const Tensor grid = torch::stack({places, torch::zeros_like(places)}, 2).unsqueeze(1);
    const Tensor masks =
        torch::grid_sampler(torch::ones({lengths.size(0), 1, 1, 100}), grid, 0, 0, false).flatten(1);
    const Tensor gathered = masks.matmul(outputs.frames) / lengths.unsqueeze(1);
    const Tensor consistency = torch::nll_loss(gathered.log_softmax(1), torch::tensor(kTranscript));
    const Tensor logs = outputs.frames.log_softmax(1);
    const Tensor smoothing = (logs.slice(0, 1) - logs.slice(0, 0, -1).detach()).square().mean().clamp(0, 16);
    const Tensor length = (torch::relu(outputs.lengths - 2) + torch::relu(-2 - outputs.lengths)).sum();
    return transcript + consistency + 0.1 * length + 0.1 * smoothing;
  }

 private:
  const Tensor& weight(const std::string& name) const { return weights_[name]; }
  Tensor linear(const std::string& name, const Tensor& x) const {
    return torch::linear(x, weight(name + ".weight"), weight(name + ".bias"));
  }
  Tensor convolve(const std::string& name, const Tensor& x, std::int64_t dilation = 1) const {
    const Tensor& kernel = weight(name + ".weight");
    const std::int64_t padding = kernel.size(2) / 2 * dilation;
    return torch::conv1d(x, kernel, weight(name + ".bias"), 1, padding, dilation);
  }
  std::vector<Tensor> lstm(const std::string& name, bool both) const {
    std::vector<Tensor> result;
    for (const char* direction : {"", "_reverse"}) {
      if (*direction && !both) break;
      for (const char* part : {"weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"})
        result.push_back(weight(name + "." + part + direction));
    }
    return result;
  }
  Tensor classify(const Tensor& z) const {
    return convolve("conv_classifier", torch::upsample_nearest1d(z, {kFrames}))[0].t();
  }
  static std::vector<Tensor> zeros(std::int64_t layers) {
    return {torch::zeros({layers, 1, 128}), torch::zeros({layers, 1, 128})};
  }
  Tensor encode(const Tensor& features, bool training) const {
    Tensor x = torch::relu(convolve("ft.first_conv", features));
    for (std::int64_t i = 0; i < kLayers; ++i) {
      const std::string layer = fmt::format("ft.l_{}.", i);
      const Tensor y = torch::relu(convolve(layer + "dilated_conv", x, std::int64_t{1} << i));
      x = x + torch::dropout(convolve(layer + "conv_1x1", y), 0.25, training);
      if (std::ranges::count(kPools, i) > 0) x = torch::max_pool1d(x, 2);
    }
    x = convolve("ft.last_conv", torch::relu(x));
    x = torch::group_norm(x, 32, weight("ft_last_gn.weight"), weight("ft_last_gn.bias"));
    return torch::dropout(torch::relu(x), 0.25, training);
  }

  std::int64_t classes_;
  torch::OrderedDict<std::string, Tensor> weights_;
};

/// The lengths of (9.14) by the recurrence as it stands, Poisson masses about `means`, at most 2,000 frames
/// long.
double fit_plainly(const Tensor& log_probabilities, const std::vector<std::int64_t>& actions,
                   const std::vector<double>& means) {
  const auto at = log_probabilities.accessor<float, 2>();
  std::vector<double> before(kFrames + 1, -std::numeric_limits<double>::infinity()), after, sums(kFrames + 1);
  before[0] = 0;
  for (std::size_t m = 0; m < actions.size(); ++m) {
    std::vector<double> mass(kFrames + 1);
    for (std::size_t l = 1; l <= kFrames; ++l) {
      const auto length = static_cast<double>(l);
      mass[l] = length * std::log(means[m]) - means[m] - std::lgamma(length + 1);
    }
    for (std::int64_t t = 0; t < kFrames; ++t)
      sums[static_cast<std::size_t>(t) + 1] =
          sums[static_cast<std::size_t>(t)] + static_cast<double>(at[t][actions[m]]);
    after.assign(kFrames + 1, -std::numeric_limits<double>::infinity());
    for (std::size_t t = 1; t <= kFrames; ++t) {
      for (std::size_t l = 1; l <= std::min<std::size_t>(t, 2000); ++l)
        after[t] = std::max(after[t], before[t - l] + sums[t] - sums[t - l] + mass[l]);
    }
    std::swap(before, after);
  }
  return before[kFrames];
}

void infer_plainly(const Plain& plain, const Tensor& features) {
  const torch::NoGradGuard no_grad;
  const Plain::Outputs outputs = plain.run(features, nullptr);
  const Tensor scores = outputs.frames.log_softmax(1).contiguous();
  const std::int64_t segments = outputs.lengths.size(0);
  const Tensor chosen = outputs.actions.slice(0, 0, segments).slice(1, 0, 48).argmax(1);
  const Tensor lengths = static_cast<double>(kFrames) * torch::softmax(outputs.lengths, 0);
  std::vector<std::int64_t> actions;
  std::vector<double> means;
  for (std::int64_t m = 0; m < segments; ++m) {
    actions.push_back(chosen[m].item<std::int64_t>());
    means.push_back(std::max(lengths[m].item<double>(), 1e-3));
  }
  (void)fit_plainly(scores, actions, means);
}

struct Row {
  const char* name;
  std::function<void()> ours, plain;
};

/// The network, its features, and what is done with them both ways.
class Work {
 public:
  explicit Work(int threads) : threads_(inference::use_threads(threads)) {
    torch::manual_seed(1);
    // Untrained, it would decode to the end of its patience: as many steps as the transcript has.
    ConfigValue options{ConfigTable{}};
    apply_override(options, fmt::format("max_steps={}", kTranscript.size() + 1));
    model_ = std::dynamic_pointer_cast<models::Mucon>(models::make_model("mucon", options));
    plain_.emplace(*model_);
    features_ = torch::randn({1, 2048, kFrames});
    optimizer_.emplace(model_->parameters(), torch::optim::SGDOptions(1e-6));
  }

  [[nodiscard]] int threads() const { return threads_; }

  std::vector<Row> rows() {
    return {{"training iteration",
             [this] {
               model_->train();
               step(tasks::sequence_loss(*model_, features_, {.transcript = kTranscript}, {}));
             },
             [this] { step(plain_->loss(features_)); }},
            {"inference, frames", [this] { segment(tasks::Decode::kFrames); },
             [this] {
               const torch::NoGradGuard no_grad;
               (void)plain_->frames(features_).argmax(1);
             }},
            {"inference, full", [this] { segment(tasks::Decode::kFull); },
             [this] { infer_plainly(*plain_, features_); }}};
  }

 private:
  void step(const Tensor& loss) {
    optimizer_->zero_grad();
    loss.backward();
    optimizer_->step();
  }
  void segment(tasks::Decode decode) {
    model_->eval();
    (void)tasks::segment(*model_, features_, {.decode = decode});
  }

  int threads_;
  std::shared_ptr<models::Mucon> model_;
  std::optional<Plain> plain_;
  Tensor features_;
  std::optional<torch::optim::SGD> optimizer_;
};

/// The highest resident size of a process that does one of them and nothing else, in MiB.
double peak_mebibytes(int threads, std::size_t row, bool ours) {
  constexpr int kTimes = 3;
  std::array<int, 2> ends = {};
  if (::pipe(ends.data()) != 0) throw Error::failed("no pipe");
  const pid_t child = ::fork();  // before this process has threads
  if (child < 0) throw Error::failed("no process");
  if (child == 0) {
    Work work(threads);
    const Row chosen = work.rows()[row];
    for (int i = 0; i < kTimes; ++i) (ours ? chosen.ours : chosen.plain)();
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    const double peak = static_cast<double>(usage.ru_maxrss) / 1024;
    const bool written = ::write(ends[1], &peak, sizeof peak) == sizeof peak;
    ::_exit(written ? 0 : 1);
  }
  ::close(ends[1]);
  double peak = 0;
  const bool read = ::read(ends[0], &peak, sizeof peak) == sizeof peak;
  ::close(ends[0]);
  ::waitpid(child, nullptr, 0);
  if (!read) throw Error::failed("a process that was to be measured failed");
  return peak;
}

void run(int threads) {
  constexpr std::size_t kRows = 3;
  std::array<std::array<double, 2>, kRows> peaks = {};
  for (std::size_t row = 0; row < kRows; ++row) {
    for (const bool ours : {true, false}) peaks[row][ours ? 0 : 1] = peak_mebibytes(threads, row, ours);
  }
  Work work(threads);
  fmt::print(
      "{} threads; {} frames of 2048 numbers, 48 classes, {} segments; median of {} rounds, in each of which "
      "both run; memory is the peak of a process that does nothing else\n\n",
      work.threads(), kFrames, kTranscript.size(), kRepeats);
  fmt::print("| MuCon | ours, ms | plain LibTorch, ms | plain / ours | ours, MiB | plain, MiB |\n");
  fmt::print("| --- | ---: | ---: | ---: | ---: | ---: |\n");
  const std::vector<Row> rows = work.rows();
  for (std::size_t i = 0; i < kRows; ++i) {
    const bench::Compared times = bench::milliseconds_in_turn(rows[i].ours, rows[i].plain);
    fmt::print("| {} | {:.1f} | {:.1f} | {:.2f} | {:.0f} | {:.0f} |\n", rows[i].name, times.first,
               times.second, times.ratio, peaks[i][0], peaks[i][1]);
    std::fflush(stdout);
  }
}

}  // namespace

int main(int argc, char** argv) {
  zoetrope::keep_freed_memory();
  try {
    run(argc > 1 ? std::atoi(argv[1]) : 0);
    return EXIT_SUCCESS;
  } catch (const std::exception& error) {
    fmt::print(stderr, "mucon_bench: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
