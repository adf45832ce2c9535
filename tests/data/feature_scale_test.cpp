#include "zoetrope/data/feature_scale.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <vector>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"

namespace zoetrope::data {
namespace {

using testing::DoubleNear;
using testing::Pointwise;

// Two videos of three dimensions: a count, a coordinate far from zero, one that never changes.
class FeatureScaleTest : public ::testing::Test {
 protected:
  FeatureScaleTest() {
    std::filesystem::create_directories(folder_.file("features"));
    add("a", {1, 2, 3, 1e6F, 1e6F + 8, 1e6F + 16, 5, 5, 5});
    add("b", {4, 5, 1e6F + 24, 1e6F + 32, 5, 5});
  }

  void add(const std::string& name, const std::vector<float>& values) {
    const std::filesystem::path path = folder_.file("features/" + name + ".npy");
    write_features(path, values, 3);
    set_.videos.push_back(
        {.name = name, .features = path, .num_frames = static_cast<std::int64_t>(values.size() / 3)});
    set_.num_dimensions = 3;
  }

  test::TemporaryFolder folder_;
  SegmentationSet set_;
};

TEST_F(FeatureScaleTest, IsOfAllColumnsTogether) {
  const FeatureScale scale = scale_of(set_);
  EXPECT_THAT(scale.mean, Pointwise(DoubleNear(1e-6), {3.0, 1e6 + 16, 5.0}));
  EXPECT_THAT(scale.std, Pointwise(DoubleNear(1e-6), {std::sqrt(2.0), 8 * std::sqrt(2.0), 1.0}));
}

TEST_F(FeatureScaleTest, IsOfTheSampledColumns) {
  EXPECT_THAT(scale_of(set_, 2).mean, Pointwise(DoubleNear(1e-6), {8.0 / 3, 1e6 + 40.0 / 3, 5.0}));
}

TEST_F(FeatureScaleTest, MakesMeanZeroAndDeviationOne) {
  std::vector<torch::Tensor> parts;
  for (const SegmentationVideo& video : set_.videos)
    parts.push_back(standardised(read_columns(open_features(set_, video)), scale_of(set_)));
  const torch::Tensor all = torch::cat(parts, 2);
  EXPECT_TRUE(torch::allclose(all.mean(2), torch::zeros({1, 3}), 0, 1e-6));
  EXPECT_TRUE(torch::allclose(all.std(2, /*unbiased=*/false), torch::tensor({{1.F, 1.F, 0.F}}), 0, 1e-6));
}

TEST_F(FeatureScaleTest, AnEmptyOneLeavesFeaturesAsTheyAre) {
  const torch::Tensor columns = torch::rand({1, 3, 4});
  EXPECT_TRUE(torch::equal(standardised(columns, {}), columns));
  EXPECT_THROW((void)standardised(columns, {{1, 2}, {1, 2}}), Error);
}

}  // namespace
}  // namespace zoetrope::data
