#include "zoetrope/data/mixing.h"

#include <algorithm>
#include <cmath>
#include <numeric>

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
double paste_box(torch::Tensor& clips, const torch::Tensor& others, double lambda, RandomGenerator& random) {
  const std::int64_t height = clips.size(3), width = clips.size(4);
  const double side = std::sqrt(1 - lambda);
  const auto extent = [&](std::int64_t size) {
    const std::int64_t half = std::llround(side * static_cast<double>(size)) / 2;
    const std::int64_t centre = uniform_integer(random, 0, size);
    return std::pair{std::max<std::int64_t>(0, centre - half), std::min(size, centre + half)};
  };
  const auto [top, bottom] = extent(height);
  const auto [left, right] = extent(width);
  const auto box = [&, top = top, bottom = bottom, left = left, right = right](const torch::Tensor& x) {
    return x.slice(3, top, bottom).slice(4, left, right);
  };
  clips = clips.clone();
  box(clips).copy_(box(others));
  return 1 - static_cast<double>((bottom - top) * (right - left)) / static_cast<double>(height * width);
}

enum class Mixing { kMixup, kCutMix, kBetweenClass };

std::vector<Mixing> ways_of(const MixingOptions& options) {
  std::vector<Mixing> ways;
  if (options.mixup > 0) ways.push_back(Mixing::kMixup);
  if (options.cutmix > 0) ways.push_back(Mixing::kCutMix);
  if (options.between_class || options.between_class_plus) ways.push_back(Mixing::kBetweenClass);
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

void mix_batch(const MixingOptions& options, RandomGenerator& random, torch::Tensor& clips,
               std::vector<torch::Tensor>& targets, std::vector<torch::Tensor>& known) {
  const std::vector<Mixing> ways = ways_of(options);
  const std::int64_t count = clips.size(0);
  if (ways.empty() || count < 2 || uniform(random) >= options.probability) return;
  std::vector<std::int64_t> partners(static_cast<std::size_t>(count));
  std::iota(partners.begin(), partners.end(), 0);
  shuffle(partners, random);
  const torch::Tensor order = torch::tensor(partners, clips.options().dtype(torch::kLong));
  const torch::Tensor others = clips.index_select(0, order);

  const Mixing way = ways[static_cast<std::size_t>(uniform_integer(random, 0, std::ssize(ways)))];
  std::vector<float> shares(static_cast<std::size_t>(count));
  if (way == Mixing::kBetweenClass) {
    for (float& share : shares) share = static_cast<float>(uniform(random));
    const torch::Tensor r = torch::tensor(shares).to(clips.device());
    clips = options.between_class_plus ? blend_energies(clips, others, r) : blend(clips, others, r);
  } else {
    double lambda = symmetric_beta(random, way == Mixing::kMixup ? options.mixup : options.cutmix);
    if (way == Mixing::kCutMix) lambda = paste_box(clips, others, lambda, random);
    std::ranges::fill(shares, static_cast<float>(lambda));
    if (way == Mixing::kMixup) clips = blend(clips, others, torch::tensor(shares).to(clips.device()));
  }
  for (torch::Tensor& target : targets) {
    target = blend(target, target.index_select(0, order.to(target.device())), torch::tensor(shares));
  }
  for (torch::Tensor& mask : known) mask = mask & mask.index_select(0, order.to(mask.device()));
}

}  // namespace zoetrope::data
