#include "zoetrope/decoding/threshold_segments.h"

#include <gmock/gmock.h>

#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

using Span = std::pair<std::int64_t, std::int64_t>;

std::vector<Span> spans(const std::vector<ActivationSegment>& segments) {
  std::vector<Span> result;
  for (const ActivationSegment& segment : segments) result.emplace_back(segment.start, segment.end);
  return result;
}

const std::vector<double> kTwoPeaks = {0, 0, 4, 4, 1, 3, 3, 0, 0, 2, 0};

TEST(ThresholdSegments, AreTheRunsAboveAShareOfTheRange) {
  const auto found = threshold_segments(kTwoPeaks, {.thresholds = {0.5}});
  EXPECT_EQ(spans(found), (std::vector<Span>{{2, 4}, {5, 7}}));  // 2 is not above 2
  EXPECT_DOUBLE_EQ(found[0].score, 4);
  EXPECT_DOUBLE_EQ(found[1].score, 3);
  EXPECT_EQ(spans(threshold_segments(kTwoPeaks, {.thresholds = {0.4}})),
            (std::vector<Span>{{2, 4}, {5, 7}, {9, 10}}));
  EXPECT_EQ(spans(threshold_segments(kTwoPeaks, {.thresholds = {0.4}, .min_length = 2})),
            (std::vector<Span>{{2, 4}, {5, 7}}));
}

TEST(ThresholdSegments, ThresholdsMayBeFactorsOfTheMean) {
  // The mean is 17 / 11.
  EXPECT_EQ(spans(threshold_segments(kTwoPeaks, {.thresholds = {2}, .of = ThresholdOf::kMean})),
            (std::vector<Span>{{2, 4}}));
}

TEST(ThresholdSegments, ShortGapsAreJoined) {
  const auto joined = threshold_segments(kTwoPeaks, {.max_gap = 1});
  EXPECT_EQ(spans(joined), (std::vector<Span>{{2, 7}}));
  EXPECT_DOUBLE_EQ(joined[0].score, 3);  // (4 + 4 + 1 + 3 + 3) / 5
  EXPECT_DOUBLE_EQ(threshold_segments(kTwoPeaks, {.max_gap = 1, .score = SegmentScore::kMax})[0].score, 4);
}

TEST(ThresholdSegments, LengthsAreSecondsAtARate) {
  EXPECT_EQ(spans(threshold_segments(kTwoPeaks, {.thresholds = {0.4}, .max_gap = 0.5, .min_length = 1}, 2)),
            (std::vector<Span>{{2, 7}}));
}

TEST(ThresholdSegments, ContrastTakesTheSurroundingsOff) {
  const std::vector<double> values = {1, 1, 5, 5, 5, 5, 3, 1};
  const auto found = threshold_segments(values, {.score = SegmentScore::kContrast, .margin = 0.25});
  ASSERT_EQ(spans(found), (std::vector<Span>{{2, 6}}));
  EXPECT_DOUBLE_EQ(found[0].score, 5 - 2);  // 1 on the left, 3 on the right
  const std::vector<double> whole = {2, 2};
  EXPECT_DOUBLE_EQ(threshold_segments(whole, {.score = SegmentScore::kContrast})[0].score, 2);
}

TEST(ThresholdSegments, SeveralThresholdsAreThinnedOut) {
  const std::vector<double> values = {0, 1, 1, 4, 4, 4, 1, 0};
  const std::vector<double> thresholds = {0.2, 0.5, 0.8};
  EXPECT_EQ(spans(threshold_segments(values, {.thresholds = thresholds, .nms = 1})),
            (std::vector<Span>{{3, 6}, {1, 7}}));  // the upper two are equal
  EXPECT_EQ(spans(threshold_segments(values, {.thresholds = thresholds, .nms = 0.5})),
            (std::vector<Span>{{3, 6}, {1, 7}}));  // 3 of 6 are not more than a half
  EXPECT_EQ(spans(threshold_segments(values, {.thresholds = thresholds, .nms = 0.4})),
            (std::vector<Span>{{3, 6}}));
}

TEST(ThresholdSegments, WithoutADifferenceTheWholeVideoIsOne) {
  const std::vector<double> flat(5, 0.25);
  const auto found = threshold_segments(flat, {});
  EXPECT_EQ(spans(found), (std::vector<Span>{{0, 5}}));
  EXPECT_DOUBLE_EQ(found[0].score, 0.25);
  const std::vector<double> long_and_flat(300, 0.37);
  EXPECT_EQ(spans(threshold_segments(long_and_flat, {.thresholds = {0.2, 0.4, 0.6}, .smoothing = 5})),
            (std::vector<Span>{{0, 300}}));
  EXPECT_TRUE(threshold_segments({}, {}).empty());
  EXPECT_THROW((void)threshold_segments(std::vector<double>{0, std::numeric_limits<double>::quiet_NaN()}, {}),
               Error);
}

TEST(SuppressOverlaps, TheBetterOneStaysAndEqualsAreOne) {
  const std::vector<ActivationSegment> segments = {{0, 10, 0.4}, {1, 11, 0.9}, {20, 30, 0.1}, {1, 11, 0.9}};
  EXPECT_EQ(spans(suppress_overlaps(segments, 0.5)), (std::vector<Span>{{1, 11}, {20, 30}}));
  EXPECT_EQ(spans(suppress_overlaps(segments, 0.9)), (std::vector<Span>{{1, 11}, {0, 10}, {20, 30}}));
  EXPECT_EQ(suppress_overlaps(segments, 1).size(), 3U);
}

TEST(Smooth, IsTheMeanOfTheNeighbours) {
  EXPECT_THAT(smooth(std::vector<double>{3, 0, 0, 6}, 3), ::testing::ElementsAre(1.5, 1, 2, 3));
  EXPECT_THAT(smooth(std::vector<double>{3, 0}, 1), ::testing::ElementsAre(3, 0));
}

}  // namespace
}  // namespace zoetrope::decoding
