#pragma once
// A captioner: an LSTM that says a sentence word by word, looking at the clip's features by soft attention over time
// before each. Yao, Torabi, Cho, Ballas, Pal, Larochelle and Courville, "Describing Videos by Exploiting Temporal
// Structure", ICCV 2015: the field's standard ("SA"), and a plain one, so that captions compare features.
//
//   values    v_i = relu(W x_i)                          x [N, D, T], of each stream by itself (features, motion)
//   attention e_i = w tanh(W_a h + U_a v_i + b), a = softmax(e), phi = sum_i a_i v_i; streams: phi one after the other
//   tags      g = relu(W_g mean_t x_t)                   of the stream "tags", where there is one: what is seen anywhere
//   first     h = tanh(W_h m), c = tanh(W_c m)           m: the means of the values, and g
//   step      h, c = LSTM([E y, phi, g], h, c)           y: the word before, or the start
//   word      p = softmax(W_o tanh(W_p [h, phi, E y]))
//
// Decisions: the paper names neither widths nor the first state (here that of Xu et al., "Show, Attend and Tell", ICML
// 2015), and attends to raw features; the values' layer, the tags and dropout (of E y, v, g, and before W_o) are ours.
// Classes are words: data/word_list.h says which end a sentence and which stand for others (never said, but learned).
// Row num_classes of E is the start.
//
// `blind`: the network is given zeros in place of features: what the language alone gives.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/model.h"

namespace zoetrope::models {

struct CaptionerOptions {
  std::vector<std::string> streams = {"features"};  ///< "tags" is not attended to
  std::vector<std::int64_t> dimensions = {2048};    ///< of a frame, of each
  std::int64_t num_classes = 10'000;                ///< words, with the end and the unknown
  std::int64_t max_steps = 20;                      ///< words of a run
  std::int64_t embedding = 512;                     ///< of a word, and of the tags
  std::int64_t hidden = 512;                        ///< of the LSTM, and of the values of a stream
  std::int64_t attention = 256;
  double dropout = 0.5;
  bool blind = false;
};
void describe(ConfigFields& fields, CaptionerOptions& options);

class Captioner : public Model {
 public:
  /// Throws Error (kUsage) for streams and dimensions that do not fit.
  explicit Captioner(const CaptionerOptions& options);

  /// Features [N, D, T], of all streams one below the other, to `logits` [N, num_classes, steps] and `words` [N, steps],
  /// said greedily until all have ended (each goes on with ends) or for `max_steps`; of each stream that is attended to
  /// `NAME.attention` [N, steps, T]. As a shape alone, it takes `max_steps` steps.
  NamedTensors run(const std::vector<torch::Tensor>& inputs, Stages* stages = nullptr) override;
  [[nodiscard]] std::vector<InputSpec> native_inputs() const override;
  /// LibTorch's defaults.
  void reset_parameters() final;

  /// What a step looks at; of one video, it serves any number of sentences.
  struct Seen {
    std::vector<torch::Tensor> values;  ///< [N, T, H] of each attended stream
    std::vector<torch::Tensor> keys;    ///< [N, T, A]: U_a v + b
    torch::Tensor padding;              ///< [N, T], true beyond a video's length; undefined: all are as long
    torch::Tensor tags;                 ///< g [N, E]; undefined without
    torch::Tensor mean;                 ///< [N, M], of which the first state is made
  };
  struct State {
    torch::Tensor hidden, cell;  ///< [N, H]
  };
  struct Step {
    State state;
    torch::Tensor logits;                  ///< [N, num_classes]
    std::vector<torch::Tensor> attention;  ///< [N, T] of each attended stream
  };

  /// `lengths` [N] of videos that are padded at their ends to the longest; undefined: none is. Throws Error (kInput) for
  /// features of another D.
  [[nodiscard]] Seen encode(const torch::Tensor& features, const torch::Tensor& lengths = {});
  [[nodiscard]] State begin(const Seen& seen);
  /// `words` [N]: those before, `start_word()` at first.
  [[nodiscard]] Step step(const Seen& seen, const State& state, const torch::Tensor& words);
  /// For training: the logits [N, L + 1, num_classes] of the first word and of the word after each of `words` [N, L].
  [[nodiscard]] torch::Tensor teach(const Seen& seen, const torch::Tensor& words);

  [[nodiscard]] std::int64_t start_word() const noexcept { return options_.num_classes; }
  [[nodiscard]] const CaptionerOptions& options() const noexcept { return options_; }

 private:
  struct Attended;
  [[nodiscard]] Attended attend(const Seen& seen, const torch::Tensor& hidden);
  [[nodiscard]] torch::Tensor embed(const torch::Tensor& words);
  [[nodiscard]] State advance(const Seen& seen, const State& state, const torch::Tensor& word,
                              const torch::Tensor& context);
  [[nodiscard]] torch::Tensor say(const torch::Tensor& hidden, const torch::Tensor& context,
                                  const torch::Tensor& word);
  [[nodiscard]] torch::Tensor dropped(const torch::Tensor& values) const;

  CaptionerOptions options_;
  std::vector<torch::nn::Linear> values_, keys_;  // of the attended streams; null for tags
  std::vector<torch::nn::Linear> queries_, energies_;
  torch::nn::Linear tags_{nullptr}, first_hidden_{nullptr}, first_cell_{nullptr};
  torch::nn::Linear mix_{nullptr}, word_{nullptr};
  torch::nn::Embedding embedding_{nullptr};
  torch::nn::LSTMCell lstm_{nullptr};
};

std::vector<ModelEntry> captioner_models();

}  // namespace zoetrope::models
