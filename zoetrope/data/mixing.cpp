#include "zoetrope/data/mixing.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <utility>

namespace zoetrope::data {
namespace {

torch::Tensor as_column(const torch::Tensor& shares, std::int64_t num_dims) {
  std::vector<std::int64_t> shape(static_cast<std::size_t>(num_dims), 1);
  shape[0] = -1;
  return shares.view(shape);
}

torch::Tensor blend(const torch::Tensor& first, const torch::Tensor& second, const torch::Tensor& shares) {
  const torch::Tensor r = as_column(shares, first.dim()).to(first.options());
  return first * r + second * (1 - r);
}

// Tokozume et al., equations 5 and 6 for images.
torch::Tensor blend_energies(const torch::Tensor& first, const torch::Tensor& second,
                             const torch::Tensor& r) {
  const std::vector<std::int64_t> all = {1, 2, 3, 4};
  const torch::Tensor x1 = first - first.mean(all, /*keepdim=*/true);
  const torch::Tensor x2 = second - second.mean(all, /*keepdim=*/true);
  const torch::Tensor ratio = x1.flatten(1).std(1) / x2.flatten(1).std(1).clamp_min(1e-6);
  const torch::Tensor p = 1 / (1 + ratio * (1 - r) / r.clamp_min(1e-6));
  return blend(x1, x2, p) / as_column((p * p + (1 - p) * (1 - p)).sqrt(), first.dim());
}

// The box's sides are sqrt(1 - lambda) of the picture's, its centre is anywhere; what sticks out is cut off.
// Returns the share of the first clip that is left.
double draw_box(MixingPlan& plan, std::int64_t height, std::int64_t width, double lambda,
                RandomGenerator& random) {
  const double side = std::sqrt(1 - lambda);
  const auto extent = [&](std::int64_t size) {
    const std::int64_t half = std::llround(side * static_cast<double>(size)) / 2;
    const std::int64_t centre = uniform_integer(random, 0, size);
    return std::pair{std::max<std::int64_t>(0, centre - half), std::min(size, centre + half)};
  };
  std::tie(plan.top, plan.bottom) = extent(height);
  std::tie(plan.left, plan.right) = extent(width);
  return 1 - static_cast<double>((plan.bottom - plan.top) * (plan.right - plan.left)) /
                 static_cast<double>(height * width);
}

void paste_box(const MixingPlan& plan, torch::Tensor& clips, const torch::Tensor& others) {
  const auto box = [&](const torch::Tensor& x) {
    return x.slice(3, plan.top, plan.bottom).slice(4, plan.left, plan.right);
  };
  clips = clips.clone();
  box(clips).copy_(box(others));
}

using Way = MixingPlan::Way;

std::vector<Way> ways_of(const MixingOptions& options) {
  std::vector<Way> ways;
  if (options.mixup > 0) ways.push_back(Way::kMixup);
  if (options.cutmix > 0) ways.push_back(Way::kCutMix);
  if (options.between_class || options.between_class_plus)
    ways.push_back(options.between_class_plus ? Way::kBetweenClassPlus : Way::kBetweenClass);
  return ways;
}

}  // namespace

void describe(ConfigFields& f, MixingOptions& o) {
  f.field("mixup", o.mixup, "Beta's parameter; 0: off").at_least(0);
  f.field("cutmix", o.cutmix, "Beta's parameter; 0: off").at_least(0);
  f.field("between_class", o.between_class, "between-class learning");
  f.field("between_class_plus", o.between_class_plus,
          "between-class learning of centred clips, by their energy");
  f.field("probability", o.probability, "of mixing a batch").range(0, 1);
}

bool mixes(const MixingOptions& options) {
  return options.probability > 0 && !ways_of(options).empty();
}

MixingPlan plan_mixing(const MixingOptions& options, RandomGenerator& random, std::int64_t count,
                       std::int64_t height, std::int64_t width) {
  MixingPlan plan;
  const std::vector<Way> ways = ways_of(options);
  if (ways.empty() || count < 2 || uniform(random) >= options.probability) return plan;
  plan.partners.resize(static_cast<std::size_t>(count));
  std::iota(plan.partners.begin(), plan.partners.end(), 0);
  shuffle(plan.partners, random);
  plan.way = ways[static_cast<std::size_t>(uniform_integer(random, 0, std::ssize(ways)))];
  plan.shares.resize(static_cast<std::size_t>(count));
  if (plan.way == Way::kBetweenClass || plan.way == Way::kBetweenClassPlus) {
    for (float& share : plan.shares) share = static_cast<float>(uniform(random));
    return plan;
  }
  double lambda = symmetric_beta(random, plan.way == Way::kMixup ? options.mixup : options.cutmix);
  if (plan.way == Way::kCutMix) lambda = draw_box(plan, height, width, lambda, random);
  std::ranges::fill(plan.shares, static_cast<float>(lambda));
  return plan;
}

void mix_rows(const MixingPlan& plan, const std::vector<std::int64_t>& rows, MixedSamples& samples,
              const MixedSamples& partners) {
  if (plan.way == Way::kNone || rows.empty()) return;
  std::vector<float> own;
  for (const std::int64_t row : rows) own.push_back(plan.shares[static_cast<std::size_t>(row)]);
  const torch::Tensor shares = torch::tensor(own), r = shares.to(samples.clips.device());
  switch (plan.way) {
    case Way::kNone:
      break;
    case Way::kCutMix:
      paste_box(plan, samples.clips, partners.clips);
      break;
    case Way::kBetweenClassPlus:
      samples.clips = blend_energies(samples.clips, partners.clips, r);
      break;
    case Way::kMixup:
    case Way::kBetweenClass:
      samples.clips = blend(samples.clips, partners.clips, r);
      break;
  }
  for (std::size_t i = 0; i < samples.targets.size(); ++i) {
    samples.targets[i] = blend(samples.targets[i], partners.targets[i], shares);
    samples.known[i] = samples.known[i] & partners.known[i];
  }
}

void mix_batch(const MixingOptions& options, RandomGenerator& random, torch::Tensor& clips,
               std::vector<torch::Tensor>& targets, std::vector<torch::Tensor>& known) {
  const std::int64_t count = clips.size(0);
  const MixingPlan plan = plan_mixing(options, random, count, clips.size(3), clips.size(4));
  if (plan.way == Way::kNone) return;
  const torch::Tensor order = torch::tensor(plan.partners, torch::kLong);
  const auto partners_of = [&](const torch::Tensor& x) { return x.index_select(0, order.to(x.device())); };
  const auto all_partners_of = [&](const std::vector<torch::Tensor>& tensors) {
    std::vector<torch::Tensor> others;
    for (const torch::Tensor& each : tensors) others.push_back(partners_of(each));
    return others;
  };
  MixedSamples samples{clips, targets, known};
  std::vector<std::int64_t> rows(static_cast<std::size_t>(count));
  std::iota(rows.begin(), rows.end(), 0);
  mix_rows(plan, rows, samples, {partners_of(clips), all_partners_of(targets), all_partners_of(known)});
  clips = samples.clips;
  targets = samples.targets;
  known = samples.known;
}

}  // namespace zoetrope::data
