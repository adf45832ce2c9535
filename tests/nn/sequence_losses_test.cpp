// Masks, the losses of MuCon and SCT, and discrepancies: against their formulas, and their gradients against
// differences in float64.
#include <gtest/gtest.h>

#include "tests/nn/gradients.h"
#include "zoetrope/core/error.h"
#include "zoetrope/nn/dilated_stack.h"
#include "zoetrope/nn/discrepancy.h"
#include "zoetrope/nn/mucon_loss.h"
#include "zoetrope/nn/sct_loss.h"
#include "zoetrope/nn/temporal_masks.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;

Tensor randn(std::vector<std::int64_t> shape) {
  return torch::randn(shape, torch::kFloat64);
}

double value(const Tensor& number) {
  return number.item<double>();
}

TEST(SegmentMasks, AreOnesOverTheirSegments) {
  const auto [masks, lengths] = segment_masks(torch::tensor({10.0, 5.0, 25.0}, torch::kFloat64), 40);
  EXPECT_EQ(value(masks.sum()), 40);
  EXPECT_EQ(value(masks[0].slice(0, 0, 10).sum()), 10);
  EXPECT_EQ(value(masks[1].slice(0, 10, 15).sum()), 5);
}

TEST(SegmentMasks, OverlapLengthensAndMovesThem) {
  const auto [masks, lengths] =
      segment_masks(torch::tensor({20.0, 20.0}, torch::kFloat64), 40, {.overlap = 0.25});
  EXPECT_EQ(value(lengths[1]), 30);
  // The second begins 0.25 / 2 of 30 frames early, at 16.25, and ends after 40.
  EXPECT_EQ(value(masks[1].slice(0, 17).sum()), 23);
  EXPECT_EQ(value(masks[1].slice(0, 0, 16).sum()), 0);
}

TEST(SegmentMasks, TemplatesAreTheAuthors) {
  const auto kind = torch::TensorOptions(torch::kFloat64);
  const Tensor trapezoid = mask_template({.shape = MaskShape::kTrapezoid}, kind);
  EXPECT_NEAR(value(trapezoid[0]), 0.5, 1e-12);
  EXPECT_NEAR(value(trapezoid[24]), 0.98, 1e-12);
  EXPECT_NEAR(value(trapezoid[50]), 1, 1e-12);
  EXPECT_NEAR(value(trapezoid[99]), 0.52, 1e-12);
  const Tensor bell = mask_template({.shape = MaskShape::kBell}, kind);
  EXPECT_NEAR(value(bell[49]), value(bell[50]), 1e-12);
  EXPECT_NEAR(value(bell[0]), std::exp(-49.5 * 49.5 / 800), 1e-12);
}

// Sums of unaligned lengths, so that no frame lies on a kink.
TEST(SegmentMasks, GradientsOfTheLengthsAreRight) {
  torch::manual_seed(3);
  const Tensor weights = randn({3, 31});
  for (const MaskShape shape : {MaskShape::kBox, MaskShape::kBell, MaskShape::kTrapezoid}) {
    const auto sum = [&](const Tensor& lengths) {
      return (segment_masks(lengths, 31, {.shape = shape, .overlap = 0.1}).masks * weights).sum();
    };
    EXPECT_LT(gradient_error(sum, torch::tensor({7.3123, 11.4517, 12.236}, torch::kFloat64)), 1e-5);
  }
}

TEST(SpreadRegions, FillsTheFramesByTheLengths) {
  const Tensor scores = torch::tensor({{1.0, 0.0}, {0.0, 1.0}}, torch::kFloat64);
  const Tensor spread = spread_regions(scores, torch::tensor({0.0, std::log(3.0)}, torch::kFloat64), 40);
  EXPECT_EQ(spread.sizes(), (std::vector<std::int64_t>{2, 40}));
  const Tensor best = spread.argmax(0);
  EXPECT_EQ(best.slice(0, 0, 10).sum().item<std::int64_t>(), 0);
  EXPECT_EQ(best.slice(0, 10).sum().item<std::int64_t>(), 30);
  EXPECT_THROW((void)spread_regions(scores, torch::tensor({0.0, std::nan("")}, torch::kFloat64), 40), Error);
}

TEST(DilatedStack, PoolsAndKeepsItsLevels) {
  DilatedStack stack(
      {.in_channels = 6, .channels = 4, .dilations = {1, 2, 4}, .pool_after = {0, 2}, .keep_after = {1}});
  const auto outputs = stack.forward(torch::rand({1, 6, 21}));
  ASSERT_EQ(outputs.size(), 2U);
  EXPECT_EQ(outputs[0].size(2), 10);
  EXPECT_EQ(outputs[1].size(2), 5);
  EXPECT_EQ(stack.pooled_length(21), 5);
  EXPECT_THROW(stack.forward(torch::rand({1, 6, 3})), Error);
  EXPECT_THROW(stack.forward(torch::rand({1, 5, 21})), Error);
  EXPECT_THROW(DilatedStack({.dilations = {1}, .pool_after = {1}}), Error);
}

struct MuconCase {
  MuconCase() {
    torch::manual_seed(1);
    prediction = {randn({4, 6}).log_softmax(1), randn({3}), randn({23, 5})};
    target = {.transcript = {0, 3, 1}};
  }
  MuconPrediction prediction;
  MuconTarget target;
};

TEST(MuconLoss, IsTheSumOfItsTerms) {
  MuconCase c;
  c.target.labels = torch::randint(0, 5, {23}, torch::kLong);
  c.target.lengths = torch::tensor({5.0, 8.0, 10.0}, torch::kFloat64);
  const MuconLosses losses = mucon_losses(c.prediction, c.target, true);
  const Tensor& steps = c.prediction.transcript;
  EXPECT_NEAR(value(losses.transcript), -value(steps[0][0] + steps[1][3] + steps[2][1] + steps[3][5]), 1e-9);
  EXPECT_NEAR(value(losses.total),
              value(losses.transcript + losses.consistency + 0.1 * losses.length + 0.1 * losses.smoothing +
                    losses.classification + losses.supervised_length),
              1e-9);
}

TEST(MuconLoss, ReadsTheTextWhereThatIsAskedFor) {
  const MuconCase c;
  const MuconLossOptions code, text = text_readings({});
  const std::vector<std::int64_t> actions = {0, 3, 1};
  const auto consistency = [&](const MuconLossOptions& options) {
    return value(consistency_loss(c.prediction.lengths, c.prediction.segmentation, actions, options));
  };
  EXPECT_NEAR(consistency(text), 3 * consistency(code), 1e-9);
  // A jump beyond the limit counts as the limit where each difference is cut, by itself where the mean is.
  const Tensor jump = torch::tensor({{0.0, 0.0}, {100.0, 0.0}}, torch::kFloat64);
  EXPECT_NEAR(value(smoothing_loss(jump, text)), (16 + std::log(2.0) * std::log(2.0)) / 2, 1e-9);
  EXPECT_NEAR(value(smoothing_loss(jump, code)), 16.0, 1e-9);
  MuconLossOptions read;
  read.reading = MuconReading::kText;
  EXPECT_EQ(value(mucon_losses(c.prediction, c.target, true, read).total),
            value(mucon_losses(c.prediction, c.target, true, text).total));
}

TEST(MuconLoss, WithoutTeachingTheOwnActionsAreTheLabels) {
  MuconCase c;
  Tensor steps = torch::full({4, 6}, -5.0, torch::kFloat64);
  steps.index_put_({torch::tensor({0, 1, 2, 3}), torch::tensor({2, 5, 4, 5})}, 0.0);
  c.prediction.transcript = steps;
  const std::vector<std::int64_t> own = {2, 0, 4};  // an end symbol is class 0
  EXPECT_NEAR(value(mucon_losses(c.prediction, c.target, false).consistency),
              value(consistency_loss(c.prediction.lengths, c.prediction.segmentation, own)), 1e-12);
}

TEST(MuconLoss, GradientsOfLengthsAndLogitsAreRight) {
  const MuconCase c;
  const std::vector<std::int64_t> actions = {0, 3, 1};
  for (const ConsistencyKind kind : {ConsistencyKind::kMaskedMean, ConsistencyKind::kMaskedSum}) {
    const MuconLossOptions options{.kind = kind, .mask = MaskShape::kTrapezoid};
    EXPECT_LT(
        gradient_error(
            [&](const Tensor& l) { return consistency_loss(l, c.prediction.segmentation, actions, options); },
            c.prediction.lengths),
        1e-5);
    EXPECT_LT(
        gradient_error(
            [&](const Tensor& y) { return consistency_loss(c.prediction.lengths, y, actions, options); },
            c.prediction.segmentation),
        1e-5);
  }
}

TEST(MuconLoss, ATranscriptOfAnotherLengthIsRefused) {
  MuconCase c;
  c.target.transcript = {0, 1};
  EXPECT_THROW(static_cast<void>(mucon_losses(c.prediction, c.target, true)), Error);
}

SctPrediction sct_prediction() {
  torch::manual_seed(2);
  SctPrediction p;
  p.regions = randn({5, 6}).softmax(0);
  p.log_lengths = randn({6});
  p.frames = randn({5, 40});
  p.upsampled = spread_regions(p.regions, p.log_lengths, 40);
  return p;
}

TEST(SctLoss, EachTermIsOffAtWeightZero) {
  const SctPrediction p = sct_prediction();
  const SctLosses losses = sct_losses(p, {1, 3}, {.region = 0, .self_supervision = 0, .jensen_shannon = 1});
  EXPECT_FALSE(losses.region.defined());
  EXPECT_FALSE(losses.self_supervision.defined());
  EXPECT_GT(value(losses.jensen_shannon), 0);
  EXPECT_LT(value(losses.jensen_shannon), std::log(2.0));
  EXPECT_NEAR(value(losses.total),
              value(losses.set + losses.inverse_sparsity + losses.consistency + losses.length +
                    losses.jensen_shannon),
              1e-9);
}

TEST(SctLoss, TheTextCountsAbsentClassesAndTakesMeans) {
  const SctPrediction p = sct_prediction();
  const SctLossOptions text{
      .region = 1, .inverse_sparsity = 1, .consistency = 1, .length = 1, .reading = SctReading::kText};
  const SctLosses losses = sct_losses(p, {1, 3}, text);
  const Tensor most = p.regions.amax(1);
  double set = 0;
  for (std::int64_t c = 0; c < 5; ++c)
    set -= std::log(c == 1 || c == 3 ? value(most[c]) : 1 - value(most[c])) / 5;
  EXPECT_NEAR(value(losses.set), set, 1e-9);
  const Tensor rows = p.regions.index_select(0, torch::tensor({1, 3}));
  EXPECT_NEAR(value(losses.consistency), value((rows.slice(1, 1) - rows.slice(1, 0, 5)).abs().sum()) / 12,
              1e-9);
  EXPECT_NEAR(value(losses.inverse_sparsity), value((1 - rows.mean(1)).mean()), 1e-9);
}

TEST(SctLoss, GradientsAreRight) {
  const SctPrediction p = sct_prediction();
  EXPECT_LT(gradient_error(
                [&](const Tensor& scores) {
                  SctPrediction moved = p;
                  moved.regions = scores;
                  moved.upsampled = spread_regions(scores, p.log_lengths, 40);
                  return sct_losses(moved, {1, 3}, {.jensen_shannon = 0.5}).total;
                },
                p.regions),
            1e-4);
}

TEST(SctLoss, SetsAreChecked) {
  EXPECT_THROW(static_cast<void>(sct_losses(sct_prediction(), {})), Error);
  EXPECT_THROW(static_cast<void>(sct_losses(sct_prediction(), {5})), Error);
}

TEST(Discrepancy, OfASampleWithItselfIsNone) {
  torch::manual_seed(4);
  const Tensor x = randn({9, 3});
  EXPECT_NEAR(value(squared_mmd(x, x)), 0, 1e-12);
  EXPECT_GT(value(squared_mmd(x, x + 2)), 0.1);
  EXPECT_LT(gradient_error(
                [&](const Tensor& y) {
                  return squared_mmd(x, y, {.bandwidths = {1, 2}});
                },
                randn({5, 3})),
            1e-5);
  EXPECT_THROW(static_cast<void>(squared_mmd(x, x.slice(0, 0, 1), {.unbiased = true})), Error);
}

TEST(Lsep, CountsPairsOfAbsentAndPresent) {
  const Tensor scores = torch::tensor({{1.0, 0.0, 2.0}, {1.0, 1.0, 1.0}}, torch::kFloat64);
  const Tensor positives = torch::tensor({{1.0, 0.0, 0.0}, {1.0, 1.0, 1.0}}, torch::kFloat64);
  const Tensor losses = lsep(scores, positives);
  EXPECT_NEAR(value(losses[0]), std::log(1 + std::exp(-1.0) + std::exp(1.0)), 1e-12);
  EXPECT_EQ(value(losses[1]), 0);
}

}  // namespace
}  // namespace zoetrope::nn
