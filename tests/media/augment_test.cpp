#include "zoetrope/media/augment.h"

#include <gtest/gtest.h>

#include <set>
#include <utility>

namespace zoetrope::media {
namespace {

// Red grows to the right, green downwards, blue with time.
torch::Tensor gradient(std::int64_t frames, std::int64_t height, std::int64_t width) {
  const torch::Tensor x = torch::linspace(0, 255, width).view({1, 1, -1}).expand({frames, height, width});
  const torch::Tensor y = torch::linspace(0, 255, height).view({1, -1, 1}).expand({frames, height, width});
  const torch::Tensor t = torch::linspace(0, 255, frames).view({-1, 1, 1}).expand({frames, height, width});
  return torch::stack({x, y, t}, -1).to(torch::kUInt8).contiguous();
}

constexpr AugmentOptions kPlain{.crop = CropMode::kCentre, .flip = 0};

TEST(Augment, TheCentreSquareKeepsFramesInOrder) {
  RandomGenerator random = keyed_generator(0, {});
  const torch::Tensor clip = augment_clip(gradient(4, 32, 48), 32, kPlain, random);
  EXPECT_EQ(clip.sizes(), (std::vector<std::int64_t>{3, 4, 32, 32}));
  EXPECT_TRUE(clip[1].select(0, 0).equal(gradient(1, 32, 32)[0].select(2, 1))) << "no pixel is touched";
  EXPECT_LT(clip[2][0].max().item<int>(), clip[2][3].min().item<int>());
}

TEST(Augment, AMirrorTurnsLeftAndRight) {
  RandomGenerator random = keyed_generator(0, {});
  AugmentOptions options = kPlain;
  options.flip = 1;
  bool mirrored = false;
  const torch::Tensor clip = augment_clip(gradient(1, 16, 16), 16, options, random, &mirrored);
  EXPECT_TRUE(mirrored);
  EXPECT_GT(clip[0][0][0][0].item<int>(), clip[0][0][0][15].item<int>());
}

TEST(Augment, OneDrawHoldsForAllFrames) {
  const torch::Tensor still = gradient(1, 40, 60).expand({5, 40, 60, 3}).contiguous();
  for (const CropMode crop : {CropMode::kRandomResized, CropMode::kMultiScale}) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      RandomGenerator random = keyed_generator(seed, {});
      const AugmentOptions options{.crop = crop,
                                   .brightness = 0.4,
                                   .contrast = 0.4,
                                   .saturation = 0.4,
                                   .hue = 0.1,
                                   .gray = 0.2,
                                   .rand_augment = 2,
                                   .magnitude = 9};
      const torch::Tensor clip = augment_clip(still, 24, options, random);
      for (std::int64_t t = 1; t < 5; ++t) EXPECT_TRUE(clip.select(1, t).equal(clip.select(1, 0)));
    }
  }
}

TEST(Augment, TheSameGeneratorGivesTheSameClip) {
  const AugmentOptions options{.brightness = 0.4, .rand_augment = 3};
  RandomGenerator a = keyed_generator(9, {}), b = keyed_generator(9, {}), c = keyed_generator(10, {});
  const torch::Tensor frames = gradient(3, 40, 60);
  const torch::Tensor clip = augment_clip(frames, 24, options, a);
  EXPECT_TRUE(clip.equal(augment_clip(frames, 24, options, b)));
  EXPECT_FALSE(clip.equal(augment_clip(frames, 24, options, c)));
}

TEST(Augment, FiveCropsAreTheCornersAndTheCentre) {
  std::set<std::pair<int, int>> corners;
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    RandomGenerator random = keyed_generator(seed, {});
    const AugmentOptions options{.crop = CropMode::kFiveCrop, .short_side = {2, 2}, .flip = 0};
    const torch::Tensor clip = augment_clip(gradient(1, 128, 128), 64, options, random);
    corners.insert({clip[0][0][0][0].item<int>() / 32, clip[1][0][0][0].item<int>() / 32});
  }
  EXPECT_EQ(corners, (std::set<std::pair<int, int>>{{0, 0}, {0, 4}, {4, 0}, {4, 4}, {2, 2}}));
}

TEST(Augment, BoxesKeepToTheirAreaAndAspect) {
  // Red and green are places, so the corners of a clip say which box it was.
  for (std::uint64_t seed = 0; seed < 40; ++seed) {
    RandomGenerator random = keyed_generator(seed, {});
    const AugmentOptions options{.area = {0.2, 0.5}, .flip = 0};
    const torch::Tensor clip = augment_clip(gradient(1, 256, 256), 64, options, random).to(torch::kFloat);
    const double width = (clip[0].max() - clip[0].min()).item<double>() / 255;
    const double height = (clip[1].max() - clip[1].min()).item<double>() / 255;
    EXPECT_GT(width * height, 0.2 * 0.9);
    EXPECT_LT(width * height, 0.5 * 1.05);
    EXPECT_GT(width / height, 0.7);
    EXPECT_LT(width / height, 1.42);
  }
}

}  // namespace
}  // namespace zoetrope::media
