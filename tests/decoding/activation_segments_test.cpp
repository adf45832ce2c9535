#include "zoetrope/decoding/activation_segments.h"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

TEST(ActivationSegments, AreTheRunsAboveHalfOfTheRange) {
  const std::vector<double> activations = {0, 0, 4, 3, 0, 4, 0, 2.5, 2.1};
  const auto segments = activation_segments(activations);  // above 2; the one at 5 is too short
  ASSERT_EQ(segments.size(), 2U);
  EXPECT_EQ(segments[0].start, 2);
  EXPECT_EQ(segments[0].end, 4);
  EXPECT_DOUBLE_EQ(segments[0].score, 4 + 0.7 * 4);
  EXPECT_EQ(segments[1].start, 7);
  EXPECT_EQ(segments[1].end, 9);
}

TEST(ActivationSegments, NoneWhereTheVideoDoesNotShowTheClass) {
  EXPECT_TRUE(activation_segments(std::vector<double>(16, -1.0)).empty());
  EXPECT_TRUE(activation_segments(std::vector<double>(7, 1.0)).empty());  // no eighth of seven
  EXPECT_TRUE(activation_segments({}).empty());
  EXPECT_TRUE(activation_segments(std::vector<double>(16, 1.0)).empty());  // nothing is above itself
  EXPECT_THROW((void)activation_segments(std::vector<double>(8, std::nan(""))), Error);
}

}  // namespace
}  // namespace zoetrope::decoding
