#include "zoetrope/parity/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace zoetrope::parity {
namespace {

// Of 0, 1, ..., 9 in two rows, every third kept.
Summary ten_numbers() {
  return {
      .name = "x", .shape = {2, 5}, .stride = 3, .values = {0, 3, 6, 9}, .mean = 4.5, .std = std::sqrt(8.25)};
}

torch::Tensor numbers() {
  return torch::arange(10, torch::kFloat32).view({2, 5});
}

TEST(Compare, EqualTensorsDoNotDiffer) {
  const Check check = compare(numbers(), ten_numbers(), CheckKind::kOutput, 1e-6);
  EXPECT_TRUE(check.ok);
  EXPECT_LT(check.difference, 1e-12);
  EXPECT_EQ(check.name, "x");
}

TEST(Compare, DifferenceIsInUnitsOfTheDeviation) {
  torch::Tensor computed = numbers();
  computed[1][1] += 1;  // a kept element
  const Check check = compare(computed, ten_numbers(), CheckKind::kOutput, 0.1);
  EXPECT_FALSE(check.ok);
  EXPECT_NEAR(check.difference, 1 / std::sqrt(8.25), 1e-6);
}

TEST(Compare, SeesElementsThatAreNotKept) {
  torch::Tensor computed = numbers();
  computed[0][1] += 1;
  EXPECT_NEAR(compare(computed, ten_numbers(), CheckKind::kStage, 1).difference, 0.1 / std::sqrt(8.25), 0.02);
}

TEST(Compare, NeverPassesWhatIsNotFinite) {
  for (const std::int64_t place : {0, 1}) {  // kept and not kept
    torch::Tensor computed = numbers();
    computed[0][place] = std::numeric_limits<float>::quiet_NaN();
    EXPECT_FALSE(compare(computed, ten_numbers(), CheckKind::kOutput, 1e30).ok);
  }
}

TEST(Compare, ShapesMustAgree) {
  const Check check = compare(numbers().view({5, 2}), ten_numbers(), CheckKind::kOutput, 1);
  EXPECT_FALSE(check.ok);
  EXPECT_EQ(check.note, "shape [5, 2], not [2, 5]");
}

TEST(Compare, ExactSummariesCountWhatDiffers) {
  Summary summary = ten_numbers();
  summary.exact = true;
  EXPECT_TRUE(compare(numbers().to(torch::kInt64), summary, CheckKind::kOutput, 1).ok);
  summary.values[1] = 4;
  const Check check = compare(numbers().to(torch::kInt64), summary, CheckKind::kOutput, 5);
  EXPECT_FALSE(check.ok);
  EXPECT_EQ(check.difference, 1);
}

TEST(Compare, ScaleOfAConstantIsItsMean) {
  EXPECT_DOUBLE_EQ(scale_of({.mean = -2, .std = 1e-9}), 2 + 1e-12);
  EXPECT_DOUBLE_EQ(scale_of({.mean = 0, .std = 0}), 1e-12);
  EXPECT_DOUBLE_EQ(scale_of({.mean = 100, .std = 0.5}), 0.5 + 1e-12);
}

}  // namespace
}  // namespace zoetrope::parity
