#include "zoetrope/nn/sct_loss.h"

#include "zoetrope/core/error.h"
#include "zoetrope/nn/mucon_loss.h"

namespace zoetrope::nn {
namespace {

// A cross-entropy of a probability with 1; as binary_cross_entropy has it, no less than e^-100 is taken the log of.
torch::Tensor surprise(const torch::Tensor& probabilities) {
  return -probabilities.log().clamp_min(-100);
}

// What all the losses need of the set.
struct Context {
  const SctPrediction& p;
  const SctLossOptions& o;
  torch::Tensor actions;  // int64 [M]
  torch::Tensor scores;   // [M, K]: their rows of A
  torch::Tensor weights;  // [M]: 1, but the background's in the code's reading

  [[nodiscard]] bool as_code() const { return o.reading == SctReading::kCode; }
  [[nodiscard]] auto classes() const { return p.regions.size(0); }
  [[nodiscard]] auto num_regions() const { return p.regions.size(1); }
};

Context make_context(const SctPrediction& p, const std::vector<std::int64_t>& actions,
                     const SctLossOptions& o) {
  if (actions.empty()) throw Error::usage("the set of a video's actions is empty");
  for (const std::int64_t action : actions) {
    if (action < 0 || action >= p.regions.size(0)) throw Error::usage("there is no class {}", action);
  }
  const torch::Tensor index = torch::tensor(actions, p.regions.options().dtype(torch::kLong));
  torch::Tensor weights = torch::ones({index.size(0)}, p.regions.options());
  if (o.reading == SctReading::kCode) weights.masked_fill_(index == o.background, o.background_weight);
  return {p, o, index, p.regions.index_select(0, index), weights};
}

torch::Tensor set_loss(const Context& c) {
  const torch::Tensor present = surprise(c.scores.amax(1)) * c.weights;
  if (c.as_code()) return present.mean();
  const torch::Tensor absent = surprise(1 - c.p.regions.amax(1)).index_fill(0, c.actions, 0);
  return (present.sum() + absent.sum()) / static_cast<double>(c.classes());
}

torch::Tensor region_loss(const Context& c) {
  return surprise(c.scores.amax(0)).mean();
}

torch::Tensor inverse_sparsity(const Context& c) {
  const torch::Tensor mean = c.scores.mean(1);
  const double wanted = c.o.activation;
  if (c.o.sparsity == InverseSparsity::kDistance) return ((wanted - mean).abs() * c.weights).mean();
  if (wanted <= 0 || wanted >= 1)
    throw Error::usage("sct.activation is {}; the divergence takes what lies between 0 and 1", wanted);
  // As the authors write it, the divergence sums over the classes before their weights are applied.
  const torch::Tensor divergence =
      (mean * (mean / wanted).log()).sum() + ((1 - mean) * ((1 - mean) / (1 - wanted)).log()).sum();
  return (divergence * c.weights).mean();
}

torch::Tensor consistency(const Context& c) {
  const torch::Tensor steps = (c.scores.slice(1, 1) - c.scores.slice(1, 0, -1)).abs().sum();
  return c.as_code() ? steps : steps / static_cast<double>(c.actions.size(0) * c.num_regions());
}

torch::Tensor self_supervision(const Context& c) {
  const torch::Tensor log_probabilities = gathered_scores(c.p, c.actions).log_softmax(1);
  const torch::Tensor costs = -log_probabilities.gather(1, c.actions.unsqueeze(1)).squeeze(1);
  return (costs * c.weights).sum() / c.weights.sum();
}

torch::Tensor length_loss(const Context& c) {
  const torch::Tensor sum = length_regulariser(c.p.log_lengths, c.o.length_width);
  return c.as_code() ? sum : sum / static_cast<double>(c.num_regions());
}

// The mean over frames of the symmetric form; Y is brought to sum 1 where it lacks some at a region's end.
torch::Tensor jensen_shannon(const Context& c) {
  constexpr double kTiny = 1e-8;
  const torch::Tensor y = c.p.upsampled / c.p.upsampled.sum(0, true).clamp_min(kTiny);
  const torch::Tensor s = c.p.frames.softmax(0);
  const torch::Tensor log_middle = ((y + s) / 2).clamp_min(kTiny).log();
  const auto divergence = [&](const torch::Tensor& p) {
    return (p * (p.clamp_min(kTiny).log() - log_middle)).sum(0).mean();
  };
  return (divergence(y) + divergence(s)) / 2;
}

}  // namespace

void describe(ConfigFields& f, SctLossOptions& o) {
  f.field("set", o.set, "weight of the set loss").at_least(0);
  f.field("region", o.region, "weight of the region loss").at_least(0);
  f.field("inverse_sparsity", o.inverse_sparsity, "weight of the inverse sparsity").at_least(0);
  f.field("consistency", o.consistency, "weight of the temporal consistency").at_least(0);
  f.field("self_supervision", o.self_supervision, "weight of the set constrained transformation's loss")
      .at_least(0);
  f.field("length", o.length, "weight of the length regulariser").at_least(0);
  f.field("jensen_shannon", o.jensen_shannon, "weight of the alternative to self_supervision").at_least(0);
  f.field("reading", o.reading, "of the authors' code or of the text");
  f.field("length_width", o.length_width, "log lengths within it cost nothing").at_least(0);
  f.field("sparsity", o.sparsity, "how the inverse sparsity measures");
  f.field("activation", o.activation, "share of the regions that a class of the set should have").range(0, 1);
  f.field("background", o.background, "a class that weighs less; -1: none").at_least(-1);
  f.field("background_weight", o.background_weight, "of it, as the code reads").at_least(0);
}

torch::Tensor gathered_scores(const SctPrediction& prediction, const torch::Tensor& actions) {
  return prediction.upsampled.index_select(0, actions).matmul(prediction.frames.t()) /
         static_cast<double>(prediction.frames.size(1));
}

SctLosses sct_losses(const SctPrediction& prediction, const std::vector<std::int64_t>& actions,
                     const SctLossOptions& options) {
  const Context context = make_context(prediction, actions, options);
  SctLosses losses;
  losses.total = torch::zeros({}, prediction.regions.options());
  const auto add = [&](torch::Tensor& place, double weight, torch::Tensor (*loss)(const Context&)) {
    if (weight == 0) return;
    place = loss(context) * weight;
    losses.total = losses.total + place;
  };
  add(losses.length, options.length, length_loss);
  add(losses.set, options.set, set_loss);
  add(losses.consistency, options.consistency, consistency);
  add(losses.region, options.region, region_loss);
  add(losses.inverse_sparsity, options.inverse_sparsity, inverse_sparsity);
  add(losses.self_supervision, options.self_supervision, self_supervision);
  add(losses.jensen_shannon, options.jensen_shannon, jensen_shannon);
  return losses;
}

}  // namespace zoetrope::nn
