#include "zoetrope/data/mixing.h"

#include <gtest/gtest.h>

namespace zoetrope::data {
namespace {

// Clips whose pixels are all their sample's number, and one-hot targets.
struct Mixed {
  torch::Tensor clips;
  std::vector<torch::Tensor> targets, known;
};

Mixed mixed_by(const MixingOptions& options, std::uint64_t seed = 1, std::int64_t count = 6) {
  Mixed batch{torch::arange(count, torch::kFloat).view({-1, 1, 1, 1, 1}).expand({count, 3, 2, 8, 8}).clone(),
              {torch::eye(count)},
              {torch::ones({count}, torch::kBool)}};
  RandomGenerator random = keyed_generator(seed, {});
  mix_batch(options, random, batch.clips, batch.targets, batch.known);
  return batch;
}

TEST(Mixing, ChangesNothingWhereItIsOff) {
  EXPECT_FALSE(mixes({}));
  EXPECT_TRUE(mixed_by({}).targets[0].equal(torch::eye(6)));
  EXPECT_TRUE(mixed_by({.mixup = 1, .probability = 0}).targets[0].equal(torch::eye(6)));
  EXPECT_TRUE(mixed_by({.mixup = 1}, 1, 1).targets[0].equal(torch::eye(1)))
      << "a batch of one has no partner";
}

TEST(Mixing, LabelsAreTheSharesOfWhatIsSeen) {
  for (const MixingOptions& options :
       {MixingOptions{.mixup = 0.4}, MixingOptions{.cutmix = 1}, MixingOptions{.between_class = true}}) {
    for (std::uint64_t seed = 0; seed < 8; ++seed) {
      const Mixed batch = mixed_by(options, seed);
      EXPECT_TRUE(torch::allclose(batch.targets[0].sum(1), torch::ones(6)));
      const torch::Tensor seen = batch.clips.mean({1, 2, 3, 4});
      const torch::Tensor told = batch.targets[0].matmul(torch::arange(6, torch::kFloat));
      EXPECT_TRUE(torch::allclose(seen, told, 1e-4, 1e-4)) << seen << told;
    }
  }
}

TEST(Mixing, CutMixKeepsPixelsWhole) {
  const Mixed batch = mixed_by({.cutmix = 1}, 3);
  EXPECT_TRUE(batch.clips.equal(batch.clips.round()));
}

TEST(Mixing, BetweenClassMixingIsOfEachPairItsOwn) {
  const torch::Tensor largest = std::get<0>(mixed_by({.between_class = true}).targets[0].max(1));
  EXPECT_GT(largest.std().item<float>(), 0.01);
}

TEST(Mixing, EnergyMixingKeepsTheVarianceOfNoise) {
  torch::manual_seed(0);
  torch::Tensor clips = torch::randn({4, 3, 4, 16, 16}) * 2 + 1;
  std::vector<torch::Tensor> targets = {torch::eye(4)}, known = {torch::ones({4}, torch::kBool)};
  RandomGenerator random = keyed_generator(2, {});
  mix_batch({.between_class_plus = true}, random, clips, targets, known);
  for (std::int64_t i = 0; i < 4; ++i) {
    EXPECT_NEAR(clips[i].mean().item<float>(), 0, 1e-3);
    if (targets[0][i].max().item<float>() < 1) {
      EXPECT_NEAR(clips[i].std().item<float>(), 2, 0.1);
    }
  }
}

TEST(Mixing, ATargetIsKnownWhereItIsOfBoth) {
  torch::Tensor clips = torch::rand({5, 3, 2, 4, 4});
  std::vector<torch::Tensor> targets = {torch::eye(5)};
  std::vector<torch::Tensor> known = {torch::tensor({true, true, true, true, false})};
  RandomGenerator random = keyed_generator(5, {});
  mix_batch({.mixup = 1}, random, clips, targets, known);
  EXPECT_FALSE(known[0][4].item<bool>());
  EXPECT_LE(known[0].sum().item<int>(), 4);
}

}  // namespace
}  // namespace zoetrope::data
