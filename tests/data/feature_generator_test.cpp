#include "zoetrope/data/feature_generator.h"

#include <gmock/gmock.h>

#include <cmath>

#include "tests/support/temporary_folder.h"
#include "zoetrope/core/error.h"
#include "zoetrope/data/segmentation_set.h"

namespace zoetrope::data {
namespace {

using Ids = std::vector<std::int64_t>;

double distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t d = 0; d < a.size(); ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
  return std::sqrt(sum);
}

TEST(FeatureGenerator, FollowsFromTheSeedAndTheVideoAlone) {
  const Ids labels = {0, 0, 3, 3, 3, 1};
  const FeatureGenerator generator(5, {.dimensions = 3, .confusable_pairs = 1, .seed = 7});
  EXPECT_EQ(generator.make(labels, 2),
            FeatureGenerator(5, {.dimensions = 3, .confusable_pairs = 1, .seed = 7}).make(labels, 2));
  EXPECT_NE(generator.make(labels, 2), generator.make(labels, 3));
  EXPECT_NE(generator.make(labels, 2),
            FeatureGenerator(5, {.dimensions = 3, .confusable_pairs = 1, .seed = 8}).make(labels, 2));
  EXPECT_EQ(generator.make(labels, 2).size(), 18U);
  EXPECT_TRUE(generator.make({}, 0).empty());
}

TEST(FeatureGenerator, FramesLieRoundTheMeansOfTheirClasses) {
  const FeatureGenerator generator(
      4, {.dimensions = 8, .noise = 0.5, .drift = 0, .confusable_pairs = 0, .seed = 1});
  const Ids labels(4000, 2);
  const std::vector<float> features = generator.make(labels, 0);
  for (std::size_t d = 0; d < 8; ++d) {
    double sum = 0, squares = 0;
    for (std::size_t t = 0; t < labels.size(); ++t) sum += features[d * labels.size() + t];
    const double mean = sum / 4000;
    for (std::size_t t = 0; t < labels.size(); ++t)
      squares += std::pow(features[d * labels.size() + t] - mean, 2);
    EXPECT_NEAR(mean, generator.mean_of(2)[d], 0.05);
    EXPECT_NEAR(std::sqrt(squares / 4000), 0.5, 0.05);
  }
}

TEST(FeatureGenerator, ConfusablePairsLieClose) {
  const FeatureGenerator generator(
      20, {.dimensions = 64, .confusable_pairs = 5, .pair_distance = 0.2, .seed = 3});
  ASSERT_EQ(generator.pairs().size(), 5U);
  for (const auto& [a, b] : generator.pairs())
    EXPECT_LT(distance(generator.mean_of(a), generator.mean_of(b)), 4);  // 11.3 on average without
  EXPECT_THROW(FeatureGenerator(3, {.confusable_pairs = 2}), Error);
  EXPECT_THROW((void)generator.make(Ids{20}, 0), Error);
}

TEST(FeatureGenerator, ADriftIsSlow) {
  const FeatureGenerator generator(
      1, {.dimensions = 4, .noise = 0, .drift = 1, .drift_frames = 1000, .confusable_pairs = 0, .seed = 3});
  const std::vector<float> features = generator.make(Ids(500, 0), 0);
  for (std::size_t t = 1; t < 500; ++t) EXPECT_LT(std::abs(features[t] - features[t - 1]), 0.3);
}

TEST(FeatureGenerator, AWrittenSetIsReadBack) {
  const test::TemporaryFolder folder;
  const VideoLabels videos = {{"a", {0, 0, 1}}, {"b", {1, 1, 0, 0}}, {"c", {2}}, {"d", {0, 2}}};
  write_generated_set(folder.path() / "set", videos, {"SIL", "milk", "tea"},
                      {.dimensions = 5, .confusable_pairs = 1, .seed = 2}, {.count = 2});
  const SegmentationSet train = read_segmentation_set({.root = folder.path() / "set"});
  const SegmentationSet test = read_segmentation_set({.root = folder.path() / "set", .subset = "test"});
  ASSERT_EQ(train.videos.size(), 2U);
  EXPECT_EQ(train.videos[0].name, "b");
  EXPECT_EQ(train.videos[0].labels, videos.at("b"));
  EXPECT_EQ(train.num_dimensions, 5);
  EXPECT_EQ(test.videos[0].name, "a");
  EXPECT_EQ(open_features(test, test.videos[0]).num_frames(), 3);
  EXPECT_THROW(
      write_generated_set(folder.path() / "x", videos, {"SIL", "milk", "tea"}, {.confusable_pairs = 1}, {}),
      Error);
}

TEST(FeatureGenerator, ANameThatIsAPathIsRefused) {
  const test::TemporaryFolder folder;
  for (const char* name : {"../a", "b/a", ".."}) {
    const VideoLabels videos = {{name, {0}}, {"c", {1}}};
    EXPECT_THROW(write_generated_set(folder.path() / "set", videos, {"SIL", "milk"},
                                     {.dimensions = 2, .confusable_pairs = 0}, {.count = 1}),
                 Error);
    EXPECT_FALSE(std::filesystem::exists(folder.path() / "set"));
  }
}

TEST(FeatureGenerator, ViewsOfARecordingLieOnOneSideOfASplit) {
  const test::TemporaryFolder folder;
  VideoLabels videos;
  for (const char* name : {"P01_cam1", "P01_cam2", "P02_cam1", "P03_cam1", "P03_cam2", "P04_cam1"})
    videos[name] = {0, 1};
  int written = 0;
  write_generated_set(folder.path(), videos, {"SIL", "milk"}, {.dimensions = 2, .confusable_pairs = 0},
                      {.count = 2, .group_until = "_"}, [&] { ++written; });
  EXPECT_EQ(written, 6);
  EXPECT_EQ(read_video_list(folder.path() / "splits/test.split1.bundle"),
            (std::vector<std::string>{"P01_cam1", "P01_cam2", "P03_cam1", "P03_cam2"}));
  EXPECT_EQ(read_video_list(folder.path() / "splits/train.split1.bundle"),
            (std::vector<std::string>{"P02_cam1", "P04_cam1"}));
}

}  // namespace
}  // namespace zoetrope::data
