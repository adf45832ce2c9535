#include "zoetrope/tasks/segmentation.h"

#include <gtest/gtest.h>

#include <numeric>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"
#include "zoetrope/tasks/segmentation_scoring.h"

namespace zoetrope::tasks {
namespace {

using Integers = std::vector<std::int64_t>;

std::shared_ptr<models::Model> mucon() {
  torch::manual_seed(7);
  return models::make_with("mucon", {"in_channels=5", "num_classes=4", "channels=32", "hidden=16", "layers=3",
                                     "pool_after=[1]", "max_steps=6"});
}

std::shared_ptr<models::Model> sct() {
  torch::manual_seed(7);
  return models::make_with("sct", {"in_channels=5", "num_classes=4", "channels=32", "pool_after=[1]"});
}

torch::Tensor features(std::int64_t frames) {
  return torch::randn({1, 5, frames});
}

TEST(Segmentation, EveryDecodingLabelsEveryFrame) {
  const auto model = mucon();
  for (const std::int64_t frames : {2, 3, 30, 71}) {
    for (const Decode decode : {Decode::kFrames, Decode::kSegments, Decode::kFull}) {
      const Segmentation found = segment(*model, features(frames), {.decode = decode});
      EXPECT_EQ(std::ssize(found.labels), frames);
      EXPECT_EQ(std::reduce(found.lengths.begin(), found.lengths.end()), frames);
      ASSERT_EQ(found.actions.size(), found.confidence.size());
      for (const float share : found.confidence) EXPECT_TRUE(share > 0 && share <= 1);
    }
  }
  EXPECT_EQ(std::ssize(segment(*sct(), features(30)).labels), 30);
}

TEST(Segmentation, AlignmentKeepsTheTranscript) {
  const Integers transcript = {2, 0, 2, 3};
  for (const auto& model : {mucon(), sct()}) {
    const Segmentation found = align(*model, features(40), transcript);
    EXPECT_EQ(found.actions, transcript);
    EXPECT_EQ(std::reduce(found.lengths.begin(), found.lengths.end()), 40);
    EXPECT_EQ(align(*model, features(4), transcript).lengths, (Integers{1, 1, 1, 1}));
    EXPECT_THROW(align(*model, features(3), transcript), Error);
    EXPECT_THROW(align(*model, features(40), Integers{}), Error);
  }
}

TEST(Segmentation, FeaturesOfAnotherSizeAreRefused) {
  EXPECT_THROW(static_cast<void>(segment(*mucon(), torch::randn({1, 6, 30}))), Error);
  EXPECT_THROW(static_cast<void>(segment(*mucon(), torch::randn({5, 30}))), Error);
}

TEST(Segmentation, RoundedLengthsFillTheFrames) {
  EXPECT_EQ(round_lengths(std::vector<double>{0.5, 0.25, 0.25}, 10), (Integers{5, 3, 2}));
  EXPECT_EQ(round_lengths(std::vector<double>{1, 0, 1}, 7), (Integers{4, 0, 3}));
}

TEST(SequenceLoss, EachModelLearnsFromItsOwn) {
  const auto video = features(33);
  const SequenceTarget weak{.transcript = {1, 3}, .actions = {1, 3}};
  SequenceTarget full = weak;
  full.labels.assign(33, 3);
  std::fill_n(full.labels.begin(), 10, 1);
  const auto model = mucon();
  const double weak_loss = sequence_loss(*model, video, weak, {}).item<double>();
  EXPECT_GT(sequence_loss(*model, video, full, {}).item<double>(), weak_loss);
  EXPECT_GT(sequence_loss(*sct(), video, weak, {}).item<double>(), 0);
  EXPECT_THROW(static_cast<void>(sequence_loss(*model, video, {.actions = {1}}, {})), Error);
  EXPECT_THROW(static_cast<void>(sequence_loss(*sct(), video, {.transcript = {1}}, {})), Error);
}

TEST(SegmentationScoring, SumsOverVideosAndLeavesBackgroundOut) {
  SegmentationScoring scoring({"none", "a", "b"}, {0});
  scoring.add(Integers{0, 1, 1, 2}, Integers{0, 1, 1, 2});
  scoring.add(Integers{0, 0}, Integers{0, 1});
  const HeadMetrics metrics = scoring.result();
  EXPECT_EQ(metrics.samples, 2);
  ASSERT_EQ(metrics.values.size(), 7U);
  EXPECT_DOUBLE_EQ(metrics.values[0].second, 5.0 / 6);
  EXPECT_EQ(metrics.values[1].first, "accuracy_bg");
  EXPECT_DOUBLE_EQ(metrics.values[1].second, 3.0 / 4);
  EXPECT_DOUBLE_EQ(metrics.values[2].second, 0.5);
  EXPECT_DOUBLE_EQ(metrics.values[3].second, 4.0 / 5);
  EXPECT_EQ(metrics.values[6].first, "iod");
  EXPECT_DOUBLE_EQ(metrics.values[6].second, 0.5);
  EXPECT_DOUBLE_EQ(*metrics.class_values[1], 2.0 / 3);
}

TEST(SegmentationScoring, OfAlignmentsSegmentsAreMatchedInTheirOrderToo) {
  SegmentationScoring scoring({"a", "b"}, {});
  // The second true segment of `a` lies upon the first that is predicted.
  scoring.add(Integers{0, 0, 0, 0, 1, 0, 1}, Integers{0, 1, 0, 0, 1, 1, 1});
  const HeadMetrics metrics = scoring.result();
  ASSERT_EQ(metrics.values.back().first, "iod_aligned");
  EXPECT_DOUBLE_EQ(metrics.values.back().second, (0.25 + 0 + 0 + 1) / 4);
  EXPECT_EQ(metrics.values[metrics.values.size() - 2].first, "iod");
  EXPECT_DOUBLE_EQ(metrics.values[metrics.values.size() - 2].second, (0.25 + 0 + 0.5 + 1) / 4);
}

}  // namespace
}  // namespace zoetrope::tasks
