// Sampling frames by their similarity: the formulas on numbers that one can follow, gradients by (6.7) and (6.8),
// invariants.
#include "zoetrope/nn/similarity_sampling.h"

#include <gtest/gtest.h>

#include "zoetrope/core/error.h"
#include "zoetrope/core/torch_compat.h"
#include "zoetrope/nn/shape_only.h"
#include "zoetrope/nn/synchronised_batch_norm.h"
#include "zoetrope/nn/temporal_attention.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;

constexpr SimilarityMeasure kMeasures[] = {SimilarityMeasure::kMagnitude,   SimilarityMeasure::kL1,
                                           SimilarityMeasure::kL2,          SimilarityMeasure::kCosine,
                                           SimilarityMeasure::kMahalanobis, SimilarityMeasure::kAngular,
                                           SimilarityMeasure::kSpherical};

Tensor random_maps(const std::vector<std::int64_t>& shape) {
  return torch::randn(shape, torch::kFloat64);
}

// One clip whose frames lie at these magnitudes.
Tensor at_places(const std::vector<double>& places) {
  return torch::tensor(places, torch::kFloat64).view({1, 1, -1});
}

SimilaritySamplingOptions by_magnitude(SimilarityKernel kernel, std::int64_t bins) {
  return {.measure = SimilarityMeasure::kMagnitude, .kernel = kernel, .bins = {bins}, .hold_maximum = true};
}

// Bins for embeddings of three dimensions.
std::vector<std::int64_t> bins_for(SimilarityMeasure measure) {
  if (measure == SimilarityMeasure::kAngular) return {4, 8};
  if (measure == SimilarityMeasure::kSpherical) return {2, 4, 4};
  return {};
}

double difference(const Tensor& a, const Tensor& b) {
  return (a - b).abs().max().item<double>();
}

// Delta_max 8 and B 4: gamma 1, centres 1, 3, 5, 7. The third bin is empty, the last frame on the last one's edge.
TEST(SimilaritySampling, SumsByTheLinearKernel) {
  torch::manual_seed(1);
  const Tensor maps = random_maps({1, 2, 4, 3, 3});
  const SampledMaps sampled =
      sample_maps(maps, at_places({1, 3.5, 0.5, 8}), by_magnitude(SimilarityKernel::kLinear, 4));
  EXPECT_EQ(sampled.counts, std::vector<std::int64_t>{3});
  const auto frame = [&](std::int64_t t) { return maps.select(2, t); };
  EXPECT_LT(difference(sampled.maps.select(2, 0), frame(0) + 0.5 * frame(2)), 1e-6);
  EXPECT_LT(difference(sampled.maps.select(2, 1), 0.5 * frame(1)), 1e-6);
  EXPECT_LT(difference(sampled.maps.select(2, 2), 1e-7 * frame(3)), 1e-9);
}

TEST(SimilaritySampling, MeansByTheOtherKernels) {
  torch::manual_seed(1);
  const Tensor maps = random_maps({1, 2, 4, 3, 3});
  const Tensor places = at_places({1, 3.5, 0.5, 8});
  const auto frame = [&](std::int64_t t) { return maps.select(2, t); };
  const auto first = [&](SimilarityKernel kernel) {
    return sample_maps(maps, places, by_magnitude(kernel, 4)).maps.select(2, 0);
  };
  EXPECT_LT(difference(first(SimilarityKernel::kKronecker), (frame(0) + frame(2)) / 2), 1e-12);
  EXPECT_LT(difference(first(SimilarityKernel::kKroneckerSum), frame(0) + frame(2)), 1e-12);
  EXPECT_LT(difference(first(SimilarityKernel::kLinearMean), (frame(0) + 0.5 * frame(2)) / 2), 1e-6);
  const SampledMaps kronecker = sample_maps(maps, places, by_magnitude(SimilarityKernel::kKronecker, 4));
  EXPECT_EQ(kronecker.counts, std::vector<std::int64_t>{3});
  EXPECT_LT(difference(kronecker.maps.select(2, 2), frame(3)), 1e-12);
}

TEST(SimilaritySampling, GradientsFollowTheFormulas) {
  torch::manual_seed(2);
  const std::vector<double> at = {1.25, 3.5, 0.5, 8, 5.75, 6.5, 2.5};
  const Tensor maps = random_maps({1, 2, 7, 3, 3}).requires_grad_();
  const Tensor places = at_places(at).requires_grad_();
  const SampledMaps sampled = sample_maps(maps, places, by_magnitude(SimilarityKernel::kLinear, 4));
  ASSERT_EQ(sampled.counts.front(), 4);
  const Tensor weights = random_maps(sampled.maps.sizes().vec());
  const auto gradients = torch::autograd::grad({(sampled.maps * weights).sum()}, {maps, places});
  for (std::int64_t t = 0; t < 7; ++t) {
    const double delta = at[static_cast<std::size_t>(t)];
    Tensor to_map = torch::zeros({1, 2, 3, 3}, torch::kFloat64);
    double to_place = 0;
    for (std::int64_t b = 0; b < 4; ++b) {
      const double beta = 2.0 * static_cast<double>(b) + 1;
      const Tensor g = weights.select(2, b);
      to_map += g * std::max(0.0, 1 - std::abs(delta - beta));  // (6.7), gamma 1
      if (std::abs(beta - delta) >= 1) continue;                // (6.8)
      to_place += (g * maps.detach().select(2, t)).sum().item<double>() * (delta <= beta ? 1 : -1);
    }
    EXPECT_LT(difference(gradients[0].select(2, t), to_map), 1e-6);
    if (delta == 8) continue;  // on the edge itself, where the authors' code still has a slope
    EXPECT_NEAR(gradients[1][0][0][t].item<double>(), to_place, 1e-9);
  }
}

// Places in units of gamma are 2 B Delta / Delta_max: the largest takes what all others give through it.
TEST(SimilaritySampling, TheLargestTakesTheScalesGradient) {
  torch::manual_seed(3);
  const Tensor maps = random_maps({1, 2, 5, 3, 3});
  const Tensor places = at_places({1.25, 3.5, 0.5, 8, 5.75}).requires_grad_();
  const Tensor weights = random_maps({1, 2, 4, 3, 3});
  const auto gradient = [&](bool hold) {
    SimilaritySamplingOptions options = by_magnitude(SimilarityKernel::kLinear, 4);
    options.hold_maximum = hold;
    const Tensor output = sample_maps(maps, places, options).maps;
    return torch::autograd::grad({(output * weights).sum()}, {places})[0].view({-1});
  };
  const Tensor held = gradient(true);
  Tensor expected = held.clone();
  expected[3] -= (held * places.detach().view({-1})).sum() / 8;
  EXPECT_LT(difference(gradient(false), expected), 1e-9);
}

TEST(SimilaritySampling, TheOrderOfFramesDoesNotMatter) {
  const Tensor order = torch::tensor({5, 2, 7, 0, 3, 6, 1, 4}, torch::kLong);
  for (const SimilarityMeasure measure : kMeasures) {
    torch::manual_seed(4);
    const Tensor maps = random_maps({2, 3, 8, 2, 2});
    const Tensor z = random_maps({2, 3, 8});
    const SimilaritySamplingOptions options{.measure = measure, .bins = bins_for(measure)};
    const SampledMaps plain = sample_maps(maps, z, options);
    const SampledMaps moved = sample_maps(maps.index_select(2, order), z.index_select(2, order), options);
    EXPECT_EQ(moved.counts, plain.counts);
    EXPECT_LT(difference(moved.weights, plain.weights.index_select(2, order)), 1e-9);
    EXPECT_LT(difference(moved.maps, plain.maps), 1e-8);
  }
}

TEST(SimilaritySampling, EqualFramesBecomeOne) {
  for (const SimilarityMeasure measure : kMeasures) {
    torch::manual_seed(5);
    const Tensor z = random_maps({2, 3, 1}).expand({2, 3, 8});
    for (const SimilarityKernel kernel : {SimilarityKernel::kLinear, SimilarityKernel::kLinearMean,
                                          SimilarityKernel::kKronecker, SimilarityKernel::kKroneckerSum}) {
      const SimilaritySamplingOptions options{
          .measure = measure, .kernel = kernel, .bins = bins_for(measure)};
      const SampledMaps sampled = sample_maps(random_maps({2, 3, 8, 2, 2}), z, options);
      EXPECT_EQ(sampled.counts, (std::vector<std::int64_t>{1, 1}))
          << static_cast<int>(measure) << ' ' << static_cast<int>(kernel);
    }
  }
}

// One of two processes; the other's longest clip keeps so many.
class OfTwo : public JointBatch {
 public:
  OfTwo(double other, bool has_share) : other_(other), has_share_(has_share) {}
  [[nodiscard]] int rank() const override { return 0; }
  [[nodiscard]] int size() const override { return 2; }
  void sum(Tensor& tensor) override { tensor[1] = other_; }
  [[nodiscard]] bool has_share() const override { return has_share_; }

 private:
  double other_;
  bool has_share_;
};

// The zeros behind a clip count in the norms: they are as many as if one process had the whole batch.
TEST(SimilaritySampling, ProcessesPadToTheLongestClipOfAll) {
  torch::manual_seed(10);
  const Tensor maps = random_maps({1, 3, 12, 2, 2}), z = random_maps({1, 4, 12}).mul_(10);
  const SampledMaps alone = sample_maps(maps, z, {});
  const std::int64_t own = alone.counts.front();
  ASSERT_LT(own, 11);
  const auto among = [&](double other, bool has_share) {
    OfTwo processes(other, has_share);
    const JointBatchScope scope(&processes);
    return sample_maps(maps, z, {});
  };
  const SampledMaps longer = among(11, true);
  EXPECT_EQ(longer.maps.size(2), 11);
  EXPECT_EQ(longer.counts.front(), own);
  EXPECT_LT(difference(longer.maps.narrow(2, 0, own), alone.maps), 1e-12);
  EXPECT_EQ(longer.maps.narrow(2, own, 11 - own).abs().max().item<double>(), 0);
  EXPECT_LT(difference(among(1, true).maps, alone.maps), 1e-12);
  // Without a share, only the shape matters.
  const SampledMaps none = among(1, false);
  EXPECT_EQ(none.maps.size(2), 1);
  EXPECT_EQ(none.counts.front(), 1);
}

// What bins are apart by is less than bfloat16 tells.
TEST(SimilaritySampling, ComparesInFullPrecisionWithinAutocast) {
  torch::manual_seed(9);
  SimilaritySampling layer(4, SimilaritySamplingOptions{});
  layer->eval();
  const Tensor maps = torch::rand({2, 4, 16, 3, 3});
  const SampledMaps plain = layer->forward(maps);
  const Bfloat16Scope scope(torch::kCPU);
  const SampledMaps mixed = layer->forward(maps);
  EXPECT_TRUE(mixed.weights.equal(plain.weights));
  EXPECT_EQ(mixed.counts, plain.counts);
  EXPECT_EQ(mixed.maps.scalar_type(), torch::kBFloat16) << "the product itself is autocast's";
}

TEST(SimilaritySampling, ClipsOfABatchAreWhatTheyAreAlone) {
  torch::manual_seed(6);
  const Tensor maps = random_maps({3, 3, 12, 2, 2});
  Tensor z = random_maps({3, 4, 12});
  z[1] = z[1].narrow(1, 0, 1);  // frames alike
  const SampledMaps all = sample_maps(maps, z, {});
  EXPECT_LT(all.counts[1], all.counts[0]);
  for (std::int64_t i = 0; i < 3; ++i) {
    const std::int64_t count = all.counts[static_cast<std::size_t>(i)];
    const SampledMaps one = sample_maps(maps.narrow(0, i, 1), z.narrow(0, i, 1), {});
    EXPECT_EQ(one.counts.front(), count);
    EXPECT_LT(difference(all.maps.narrow(0, i, 1).narrow(2, 0, count), one.maps), 1e-12);
    EXPECT_EQ(all.maps[i].narrow(1, count, all.maps.size(2) - count).abs().sum().item<double>(), 0);
  }
}

TEST(SimilaritySampling, BlocksAreSampledByThemselves) {
  torch::manual_seed(7);
  const Tensor maps = random_maps({1, 3, 20, 2, 2});
  const Tensor z = random_maps({1, 4, 20});
  const SampledMaps whole = sample_maps(maps, z, {.block = 8});
  std::vector<Tensor> parts;
  for (const auto& [begin, length] : {std::pair{0, 8}, {8, 8}, {16, 4}}) {
    parts.push_back(sample_maps(maps.narrow(2, begin, length), z.narrow(2, begin, length), {}).maps);
  }
  EXPECT_LT(difference(whole.maps, torch::cat(parts, 2)), 1e-12);
}

TEST(SimilaritySampling, CoordinatesMultiply) {
  torch::manual_seed(8);
  const Tensor z = random_maps({1, 3, 9});
  const Tensor delta = similarity_coordinates(z, SimilarityMeasure::kSpherical);
  ASSERT_EQ(delta.sizes(), (std::vector<std::int64_t>{1, 3, 9}));
  const Tensor r = delta.select(1, 0), up = delta.select(1, 1), round = delta.select(1, 2);
  EXPECT_LT(difference(r * up.cos(), z.select(1, 0)), 1e-9);
  EXPECT_LT(difference(r * up.sin() * round.cos(), z.select(1, 1)), 1e-9);
  EXPECT_LT(difference(r * up.sin() * round.sin(), z.select(1, 2)), 1e-9);
  const Tensor weights = bin_weights(delta, {.bins = {2, 4, 4}});
  EXPECT_EQ(weights.size(1), 32);
  const Tensor first = bin_weights(delta.narrow(1, 0, 1), {.bins = {2}});
  const Tensor last = bin_weights(delta.narrow(1, 2, 1), {.bins = {4}});
  const Tensor middle = bin_weights(delta.narrow(1, 1, 1), {.bins = {4}});
  EXPECT_LT(difference(weights.select(1, 1 * 16 + 2 * 4 + 3),
                       first.select(1, 1) * middle.select(1, 2) * last.select(1, 3)),
            1e-12);
  EXPECT_THROW((void)bin_weights(delta, {.bins = {32}}), Error);
  EXPECT_THROW((void)similarity_coordinates(z.narrow(2, 0, 3), SimilarityMeasure::kMahalanobis), Error);
}

TEST(SimilaritySampling, AnotherNumberOfBinsTakesTheSameWeights) {
  torch::manual_seed(9);
  SimilaritySampling one(8, SimilaritySamplingOptions{});
  SimilaritySampling other(8, SimilaritySamplingOptions{.bins = {4}, .drop_empty = false});
  EXPECT_EQ(one->parameters().size(), other->parameters().size());
  one->eval();
  EXPECT_EQ(other(torch::randn({2, 8, 16, 3, 3})).maps.size(2), 4);
  EXPECT_LE(one(torch::randn({2, 8, 16, 3, 3})).maps.size(2), 16);
}

TEST(SimilaritySampling, OfShapesAloneKeepsAll) {
  const ShapeOnly shapes;
  SimilaritySampling layer(8, SimilaritySamplingOptions{});
  EXPECT_EQ(layer(torch::empty({2, 8, 16, 3, 3})).maps.sizes(), (std::vector<std::int64_t>{2, 8, 16, 3, 3}));
}

TEST(TemporalAttention, WeightsFramesAndKeepsThemAll) {
  torch::manual_seed(10);
  TemporalAttention attention(8);
  attention->to(torch::kFloat64);
  const Tensor maps = random_maps({2, 8, 5, 3, 3});
  const Tensor weights = attention(maps) / maps;
  EXPECT_EQ(weights.sizes(), maps.sizes());
  EXPECT_LT(difference(weights, weights.mean({3, 4}, true).expand_as(weights)), 1e-9);
  const Tensor order = torch::tensor({4, 2, 0, 1, 3}, torch::kLong);
  EXPECT_LT(difference(attention(maps.index_select(2, order)), attention(maps).index_select(2, order)),
            1e-12);
  EXPECT_THROW(TemporalAttention(2), Error);
}

}  // namespace
}  // namespace zoetrope::nn
