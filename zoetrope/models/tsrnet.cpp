#include "zoetrope/models/tsrnet.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"

namespace zoetrope::models {
namespace {

using torch::Tensor;

void check(const TsrnetOptions& o) {
  constexpr std::size_t kMost = 2;
  if (o.streams.empty() || o.streams.size() > kMost || o.streams.size() != o.dimensions.size())
    throw Error::usage("streams: {} names and {} dimensions; one or two of both are needed", o.streams.size(),
                       o.dimensions.size());
  for (const std::string& name : o.streams) {
    if (name.empty() || name.find('.') != std::string::npos || std::ranges::count(o.streams, name) > 1)
      throw Error::usage("streams: '{}' is no name of its own without a dot", name);
  }
}

std::int64_t all_dimensions(const TsrnetOptions& o) {
  return std::accumulate(o.dimensions.begin(), o.dimensions.end(), std::int64_t{0});
}

}  // namespace

void describe(ConfigFields& f, TsrnetOptions& o) {
  f.field("streams", o.streams, "names of the streams, in the order of their features");
  f.field("dimensions", o.dimensions, "numbers of a frame, of each stream").range(1, 1 << 20);
  f.field("num_classes", o.num_classes, "classes").range(1, 1'000'000);
  f.field("attention", o.attention, "over the frames; mean: none");
  f.field("attention_hidden", o.attention_hidden, "d_a: width of the attention").range(1, 1 << 16);
  f.field("hidden", o.hidden, "width of FC1").range(1, 1 << 16);
  f.field("dropout", o.dropout, "before FC2").range(0, 1);
  f.field("theta", o.theta, "share of the first stream in the fusion").range(0, 1);
}

TsrnetStream::TsrnetStream(std::int64_t dimensions, const TsrnetOptions& o) : dropout_(o.dropout) {
  attention_ = register_module(
      "attention", std::make_shared<nn::FrameAttention>(dimensions, o.attention_hidden, o.attention));
  fc1_ = register_module("FC1", torch::nn::Linear(dimensions, o.hidden));
  fc2_ = register_module("FC2", torch::nn::Linear(o.hidden, o.num_classes));
}

Tensor TsrnetStream::hidden(const Tensor& feature) {
  return torch::relu(fc1_(feature));
}

Tensor TsrnetStream::classify(const Tensor& hidden) {
  return fc2_(torch::dropout(hidden, dropout_, is_training()));
}

void TsrnetStream::reset_parameters() {
  attention_->reset_parameters();
  fc1_->reset_parameters();
  fc2_->reset_parameters();
}

Tsrnet::Tsrnet(const TsrnetOptions& options) : options_(options) {
  check(options);
  for (std::size_t i = 0; i < options.streams.size(); ++i)
    streams_.push_back(
        register_module(options.streams[i], std::make_shared<TsrnetStream>(options.dimensions[i], options)));
  reset_parameters();
}

void Tsrnet::reset_parameters() {
  for (const auto& stream : streams_) stream->reset_parameters();
}

Tensor Tsrnet::part(const Tensor& features, std::size_t stream) const {
  const std::int64_t all = all_dimensions(options_);
  if (features.dim() != 3 || features.size(1) != all || features.size(2) < 1) {
    throw Error::input("features of [{}] frames; the model takes [N, {}, T]: {} of {}",
                       fmt::join(features.sizes(), ", "), all, fmt::join(options_.streams, ", "),
                       fmt::join(options_.dimensions, ", "));
  }
  const auto begin = options_.dimensions.begin();
  const auto at = begin + static_cast<std::ptrdiff_t>(stream);
  return features.narrow(1, std::accumulate(begin, at, std::int64_t{0}), *at);
}

Tensor Tsrnet::fuse(const std::vector<Tensor>& of_streams) const {
  if (of_streams.size() == 1) return of_streams.front();
  return options_.theta * of_streams.at(0) + (1 - options_.theta) * of_streams.at(1);
}

NamedTensors Tsrnet::run(const std::vector<Tensor>& inputs, Stages* stages) {
  constexpr double kTiny = 1e-30;
  std::vector<Tensor> features, scores;
  NamedTensors details;
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    const std::string& name = options_.streams[i];
    const auto [attention, feature] = streams_[i]->attention().forward(part(inputs.at(0), i));
    const Tensor hidden = streams_[i]->hidden(feature);
    keep(stages, name + ".FC1", hidden);
    features.push_back(feature);
    scores.push_back(streams_[i]->classify(hidden).softmax(1));
    details.emplace_back(name + ".attention", attention);
    details.emplace_back(name + ".scores", scores.back());
  }
  NamedTensors outputs = {{"logits", fuse(scores).clamp_min(kTiny).log()},
                          {"features", torch::cat(features, 1)}};
  outputs.insert(outputs.end(), details.begin(), details.end());
  return outputs;
}

std::vector<InputSpec> Tsrnet::native_inputs() const {
  constexpr std::int64_t kFrames = 900;  // half a minute at the paper's rate
  return {{"features", {1, all_dimensions(options_), kFrames}}};
}

std::vector<ModelEntry> tsrnet_models() {
  return {entry<Tsrnet>("tsrnet", "TSRNet",
                        "Zhang et al., Learning Transferable Self-attentive Representations for Action "
                        "Recognition in Untrimmed "
                        "Videos with Weak Supervision, AAAI 2019",
                        "none was published; the paper's slides", TsrnetOptions{})};
}

}  // namespace zoetrope::models
