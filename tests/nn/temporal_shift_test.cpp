#include "zoetrope/nn/temporal_shift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

using ::testing::HasSubstr;

// Two clips of three frames of four one-pixel channels; element = 100 * clip + 10 * frame + channel, all
// above 0.
torch::Tensor numbered_frames() {
  const torch::Tensor clip = torch::arange(2).view({2, 1, 1}) * 100;
  const torch::Tensor frame = torch::arange(3).view({1, 3, 1}) * 10;
  return (clip + frame + torch::arange(4) + 1).to(torch::kFloat32).view({6, 4, 1, 1});
}

TEST(TemporalShift, FirstFoldTakesTheNextFrameSecondThePreviousOne) {
  const torch::Tensor shifted = temporal_shift(numbered_frames(), 3, 4).view({2, 3, 4});
  const torch::Tensor expected = torch::tensor({{11, 0, 3, 4}, {21, 2, 13, 14}, {0, 12, 23, 24}});
  EXPECT_TRUE(shifted[0].equal(expected.to(torch::kFloat32)));
  EXPECT_TRUE(shifted[1].equal(torch::where(expected == 0, 0, expected + 100).to(torch::kFloat32)));
}

TEST(TemporalShift, FewerChannelsThanTheDivisorStay) {
  EXPECT_TRUE(temporal_shift(numbered_frames(), 3, 8).equal(numbered_frames()));
}

TEST(TemporalShift, OneFrameHasNoNeighbours) {
  const torch::Tensor shifted = temporal_shift(numbered_frames(), 1, 4).view({6, 4});
  EXPECT_EQ(shifted.slice(1, 0, 2).abs().sum().item<float>(), 0);
  EXPECT_TRUE(shifted.slice(1, 2, 4).equal(numbered_frames().view({6, 4}).slice(1, 2, 4)));
}

TEST(TemporalShift, GradientGoesBackWhereTheValueCameFrom) {
  const torch::Tensor frames = numbered_frames().requires_grad_();
  temporal_shift(frames, 3, 4).sum().backward();
  const torch::Tensor gradient = frames.grad().view({2, 3, 4});
  const torch::Tensor expected = torch::tensor({{0, 1, 1, 1}, {1, 1, 1, 1}, {1, 0, 1, 1}});
  EXPECT_TRUE(gradient[0].equal(expected.to(torch::kFloat32)));
}

TEST(TemporalShift, RefusesFramesOfHalfAClip) {
  try {
    static_cast<void>(temporal_shift(torch::zeros({4, 8, 1, 1}), 3, 8));
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    EXPECT_THAT(error.what(), HasSubstr("takes [N * 3, C, H, W], not [4, 8, 1, 1]"));
  }
}

TEST(TemporalShift, WrapsAModuleUnderNet) {
  TemporalShift shift(torch::nn::AnyModule(torch::nn::Conv2d(torch::nn::Conv2dOptions(4, 2, 1))), 3, 4);
  EXPECT_TRUE(shift.named_parameters().contains("net.weight"));
  EXPECT_EQ(shift.forward(numbered_frames()).sizes(), at::IntArrayRef({6, 2, 1, 1}));
}

}  // namespace
}  // namespace zoetrope::nn
