#include "zoetrope/models/captioner.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/data/captioning_set.h"
#include "zoetrope/data/word_list.h"

namespace zoetrope::models {
namespace {

using torch::Tensor;

void check(const CaptionerOptions& o) {
  if (o.streams.empty() || o.streams.size() != o.dimensions.size())
    throw Error::usage("streams: {} names and {} dimensions; as many are needed", o.streams.size(),
                       o.dimensions.size());
  for (const std::string& name : o.streams) {
    if (name.empty() || name.find('.') != std::string::npos || std::ranges::count(o.streams, name) > 1)
      throw Error::usage("streams: '{}' is no name of its own without a dot", name);
  }
  if (o.streams.size() == 1 && o.streams.front() == data::kTagStream)
    throw Error::usage("streams: '{}' alone are nothing to look at", data::kTagStream);
}

std::int64_t all_dimensions(const CaptionerOptions& o) {
  return std::accumulate(o.dimensions.begin(), o.dimensions.end(), std::int64_t{0});
}

// The likeliest that may be said.
Tensor best_words(const Tensor& logits) {
  Tensor allowed = logits.clone();
  allowed.select(1, data::kUnknownWord).fill_(-std::numeric_limits<double>::infinity());
  return allowed.argmax(1);
}

// Over the frames of [N, T, C] that are not padding.
Tensor mean_over_frames(const Tensor& values, const Tensor& padding) {
  if (!padding.defined()) return values.mean(1);
  const Tensor kept = padding.logical_not().to(values.scalar_type()).unsqueeze(2);
  return (values * kept).sum(1) / kept.sum(1);
}

}  // namespace

struct Captioner::Attended {
  Tensor context;                 // [N, S H]
  std::vector<Tensor> attention;  // [N, T]
};

void describe(ConfigFields& f, CaptionerOptions& o) {
  f.field("streams", o.streams,
          "names of the streams, in the order of their features; 'tags' has scores of tags");
  f.field("dimensions", o.dimensions, "numbers of a frame, of each stream").range(1, 1 << 20);
  f.field("num_classes", o.num_classes, "words, with the end and the unknown").range(3, 1'000'000);
  f.field("max_steps", o.max_steps, "words of a run").range(1, 1 << 10);
  f.field("embedding", o.embedding, "width of a word and of the tags").range(1, 1 << 16);
  f.field("hidden", o.hidden, "width of the LSTM and of what it looks at").range(1, 1 << 16);
  f.field("attention", o.attention, "width of the attention").range(1, 1 << 16);
  f.field("dropout", o.dropout, "of words, of what is looked at, and before the output").range(0, 1);
  f.field("blind", o.blind, "the network is given zeros in place of features");
}

Captioner::Captioner(const CaptionerOptions& o) : options_(o) {
  check(o);
  const auto linear = [&](const std::string& name, std::int64_t in, std::int64_t out, bool bias = true) {
    return register_module(name, torch::nn::Linear(torch::nn::LinearOptions(in, out).bias(bias)));
  };
  std::int64_t seen = 0, tags = 0;
  for (std::size_t i = 0; i < o.streams.size(); ++i) {
    const std::string& name = o.streams[i];
    if (name == data::kTagStream) {
      tags_ = linear(name, o.dimensions[i], o.embedding);
      tags = o.embedding;
      continue;
    }
    values_.push_back(linear(name + "_value", o.dimensions[i], o.hidden));
    keys_.push_back(linear(name + "_key", o.hidden, o.attention));
    queries_.push_back(linear(name + "_query", o.hidden, o.attention, false));
    energies_.push_back(linear(name + "_energy", o.attention, 1, false));
    seen += o.hidden;
  }
  first_hidden_ = linear("first_hidden", seen + tags, o.hidden);
  first_cell_ = linear("first_cell", seen + tags, o.hidden);
  embedding_ = register_module("embedding", torch::nn::Embedding(o.num_classes + 1, o.embedding));
  lstm_ = register_module("lstm", torch::nn::LSTMCell(o.embedding + seen + tags, o.hidden));
  mix_ = linear("mix", o.hidden + seen + o.embedding, o.embedding);
  word_ = linear("word", o.embedding, o.num_classes);
  reset_parameters();
}

void Captioner::reset_parameters() {
  for (const auto& module : modules(/*include_self=*/false)) {
    if (auto* linear = module->as<torch::nn::Linear>()) linear->reset_parameters();
    if (auto* table = module->as<torch::nn::Embedding>()) table->reset_parameters();
    if (auto* lstm = module->as<torch::nn::LSTMCell>()) lstm->reset_parameters();
  }
}

Tensor Captioner::dropped(const Tensor& values) const {
  return torch::dropout(values, options_.dropout, is_training());
}

Captioner::Seen Captioner::encode(const Tensor& features, const Tensor& lengths) {
  const std::int64_t all = all_dimensions(options_);
  if (features.dim() != 3 || features.size(1) != all || features.size(2) < 1) {
    throw Error::input("features of [{}] numbers; the captioner takes [N, {}, T]: {} of {}",
                       fmt::join(features.sizes(), ", "), all, fmt::join(options_.streams, ", "),
                       fmt::join(options_.dimensions, ", "));
  }
  const Tensor frames = (options_.blind ? torch::zeros_like(features) : features).transpose(1, 2);
  Seen seen;
  if (lengths.defined())
    seen.padding = torch::arange(frames.size(1), lengths.options()).unsqueeze(0) >= lengths.unsqueeze(1);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < options_.streams.size(); ++i) {
    const Tensor part = frames.narrow(2, offset, options_.dimensions[i]);
    offset += options_.dimensions[i];
    if (options_.streams[i] == data::kTagStream) {
      seen.tags = dropped(torch::relu(tags_(mean_over_frames(part, seen.padding))));
      continue;
    }
    const std::size_t k = seen.values.size();
    seen.values.push_back(dropped(torch::relu(values_[k](part))));
    seen.keys.push_back(keys_[k](seen.values.back()));
  }
  std::vector<Tensor> means;
  for (const Tensor& values : seen.values) means.push_back(mean_over_frames(values, seen.padding));
  if (seen.tags.defined()) means.push_back(seen.tags);
  seen.mean = torch::cat(means, 1);
  return seen;
}

Captioner::State Captioner::begin(const Seen& seen) {
  return {torch::tanh(first_hidden_(seen.mean)), torch::tanh(first_cell_(seen.mean))};
}

Captioner::Attended Captioner::attend(const Seen& seen, const Tensor& hidden) {
  Attended result;
  std::vector<Tensor> contexts;
  for (std::size_t k = 0; k < seen.values.size(); ++k) {
    Tensor energy = energies_[k](torch::tanh(seen.keys[k] + queries_[k](hidden).unsqueeze(1))).squeeze(2);
    if (seen.padding.defined())
      energy = energy.masked_fill(seen.padding, -std::numeric_limits<double>::infinity());
    result.attention.push_back(energy.softmax(1));
    contexts.push_back(torch::matmul(result.attention.back().unsqueeze(1), seen.values[k]).squeeze(1));
  }
  result.context = torch::cat(contexts, 1);
  return result;
}

Tensor Captioner::embed(const Tensor& words) {
  if (words.is_meta()) return embedding_->weight.narrow(0, 0, 1).expand({words.size(0), -1});
  return dropped(torch::embedding(embedding_->weight, words));
}

Captioner::State Captioner::advance(const Seen& seen, const State& state, const Tensor& word,
                                    const Tensor& context) {
  std::vector<Tensor> inputs = {word, context};
  if (seen.tags.defined()) inputs.push_back(seen.tags.expand({word.size(0), -1}));
  const auto [hidden, cell] = lstm_(torch::cat(inputs, 1), std::make_tuple(state.hidden, state.cell));
  return {hidden, cell};
}

// Also of several steps at once: all [..., C].
Tensor Captioner::say(const Tensor& hidden, const Tensor& context, const Tensor& word) {
  return word_(dropped(torch::tanh(mix_(torch::cat({hidden, context, word}, -1)))));
}

Captioner::Step Captioner::step(const Seen& seen, const State& state, const Tensor& words) {
  const Tensor word = embed(words);
  Attended attended = attend(seen, state.hidden);
  State next = advance(seen, state, word, attended.context);
  Tensor logits = say(next.hidden, attended.context, word);
  return {.state = std::move(next), .logits = std::move(logits), .attention = std::move(attended.attention)};
}

Tensor Captioner::teach(const Seen& seen, const Tensor& words) {
  const Tensor start = torch::full({words.size(0), 1}, start_word(), words.options());
  const Tensor before = torch::cat({start, words}, 1);
  State state = begin(seen);
  std::vector<Tensor> hidden, contexts, embedded;
  for (std::int64_t i = 0; i < before.size(1); ++i) {
    embedded.push_back(embed(before.select(1, i)));
    contexts.push_back(attend(seen, state.hidden).context);
    state = advance(seen, state, embedded.back(), contexts.back());
    hidden.push_back(state.hidden);
  }
  return say(torch::stack(hidden, 1), torch::stack(contexts, 1), torch::stack(embedded, 1));
}

NamedTensors Captioner::run(const std::vector<Tensor>& inputs, Stages* stages) {
  const Seen seen = encode(inputs.at(0));
  keep(stages, "mean", seen.mean);
  State state = begin(seen);
  const std::int64_t count = inputs[0].size(0);
  const auto numbers = torch::TensorOptions(inputs[0].device()).dtype(torch::kLong);
  Tensor words = torch::full({count}, start_word(), numbers), ended = torch::zeros({count}, numbers);
  std::vector<Tensor> logits, said;
  std::vector<std::vector<Tensor>> attention(seen.values.size());
  while (std::ssize(said) < options_.max_steps) {
    Step next = step(seen, state, words);
    state = std::move(next.state);
    logits.push_back(next.logits);
    for (std::size_t k = 0; k < attention.size(); ++k) attention[k].push_back(next.attention[k]);
    if (!words.is_meta()) {
      words = best_words(next.logits).masked_fill(ended == 1, data::kEndWord);
      ended = (words == data::kEndWord).to(torch::kLong);
    }
    said.push_back(words);
    if (!words.is_meta() && ended.all().item<bool>()) break;
  }
  NamedTensors outputs = {{"logits", torch::stack(logits, 2)}, {"words", torch::stack(said, 1)}};
  std::size_t k = 0;
  for (const std::string& name : options_.streams) {
    if (name != data::kTagStream) outputs.emplace_back(name + ".attention", torch::stack(attention[k++], 1));
  }
  return outputs;
}

std::vector<InputSpec> Captioner::native_inputs() const {
  constexpr std::int64_t kFrames = 28;  // of the paper
  return {{"features", {1, all_dimensions(options_), kFrames}}};
}

std::vector<ModelEntry> captioner_models() {
  return {entry<Captioner>("captioner", "SA",
                           "Yao et al., Describing Videos by Exploiting Temporal Structure, ICCV 2015",
                           "none was followed; the paper's equations", CaptionerOptions{})};
}

}  // namespace zoetrope::models
