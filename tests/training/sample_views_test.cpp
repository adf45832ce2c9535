// Views of a sample as evaluation averages them.
#include "zoetrope/training/sample_views.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/support/grey_pictures.h"
#include "tests/support/temporary_folder.h"

namespace zoetrope::training {
namespace {

// A video of grey pictures, of which each is brighter by one than the one before.
class SampleViews : public ::testing::Test {
 protected:
  torch::Tensor views(std::int64_t frames, const ViewOptions& options) {
    const std::filesystem::path video = folder_.file(std::to_string(frames));
    std::vector<int> brightness;
    for (std::int64_t t = 0; t < frames; ++t) brightness.push_back(static_cast<int>(t % 256));
    test::write_grey_pictures(video, brightness);
    RandomGenerator random(1);
    return view_source(preprocessing_, options)({.path = video}, random).clip;
  }

  /// The frames that the views are made of: [views, T].
  static torch::Tensor frames_of(const torch::Tensor& views) {
    return views.mul(255).round().to(torch::kLong).select(4, 0).select(3, 0).select(1, 0);
  }

  test::TemporaryFolder folder_;
  bundle::Preprocessing preprocessing_{
      .frames = 4, .stride = 1, .short_side = 8, .crop = 8, .mean = {0, 0, 0}, .std = {1, 1, 1}};
};

TEST_F(SampleViews, OneAfterAnotherCoverTheVideoOnce) {
  const torch::Tensor eight = torch::arange(8).view({2, 4});
  EXPECT_TRUE(frames_of(views(8, {.clips = 0})).equal(eight));
  // Less than half of a clip is left out; behind a half, the last frame repeats.
  EXPECT_TRUE(frames_of(views(9, {.clips = 0})).equal(eight));
  const torch::Tensor last = torch::tensor({{8, 9, 9, 9}}, torch::kLong);
  const torch::Tensor ten = frames_of(views(10, {.clips = 0}));
  EXPECT_TRUE(ten.equal(torch::cat({eight, last}))) << ten;
  // A video shorter than half a clip is one all the same.
  EXPECT_EQ(views(1, {.clips = 0}).size(0), 1);
}

TEST_F(SampleViews, OfALongVideoAreSpreadOverIt) {
  const torch::Tensor frames = frames_of(views(4 * kMaxClips + 20, {.clips = 0}));
  EXPECT_EQ(frames.size(0), kMaxClips);
}

TEST_F(SampleViews, SoManyClipsOfSoManyCrops) {
  for (const std::int64_t crops : {1, 3, 5, 10})
    EXPECT_EQ(views(20, {.clips = 2, .crops = crops}).sizes(),
              (std::vector<std::int64_t>{2 * crops, 3, 4, 8, 8}));
}

TEST_F(SampleViews, AreFramesSoFarApart) {
  for (const std::int64_t stride : {1, 2, 4, 16}) {
    preprocessing_.stride = stride;
    const torch::Tensor frames = frames_of(views(64, {.clips = 1}));
    EXPECT_TRUE(frames.diff(1, 1).eq(stride).all().item<bool>()) << frames;
  }
}

}  // namespace
}  // namespace zoetrope::training
