// Attention over frames, its regularisers and TSRNet's losses: invariants, and gradients in float64.
#include "zoetrope/nn/frame_attention.h"

#include <gtest/gtest.h>

#include "tests/nn/gradients.h"
#include "zoetrope/core/error.h"
#include "zoetrope/nn/tsrnet_loss.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;

Tensor normal(std::vector<std::int64_t> shape) {
  return torch::randn(shape, torch::kFloat64);
}

FrameAttention attention_of(AttentionKind kind) {
  torch::manual_seed(4);
  FrameAttention attention(5, 3, kind);
  attention.to(torch::kFloat64);
  return attention;
}

constexpr AttentionKind kKinds[] = {AttentionKind::kSoftmax, AttentionKind::kSigmoid, AttentionKind::kMean};

TEST(FrameAttention, FollowsTheFrames) {
  for (const AttentionKind kind : kKinds) {
    FrameAttention attention = attention_of(kind);
    const Tensor features = normal({2, 5, 7});
    const Tensor order = torch::tensor({3, 1, 6, 0, 2, 5, 4}, torch::kLong);
    const Attended plain = attention.forward(features);
    const Attended moved = attention.forward(features.index_select(2, order));
    EXPECT_TRUE(torch::allclose(moved.attention, plain.attention.index_select(1, order), 1e-12, 1e-14));
    EXPECT_TRUE(torch::allclose(moved.feature, plain.feature, 1e-10, 1e-12));
  }
}

TEST(FrameAttention, WithoutParametersIsTheMean) {
  FrameAttention attention = attention_of(AttentionKind::kMean);
  EXPECT_TRUE(attention.parameters().empty());
  const Tensor features = normal({1, 5, 9});
  EXPECT_TRUE(torch::allclose(attention.forward(features).feature, features.mean(2), 1e-12, 1e-14));
}

TEST(FrameAttention, OfPiecesIsThatOfTheWhole) {
  for (const AttentionKind kind : kKinds) {
    FrameAttention attention = attention_of(kind);
    const Tensor features = 30 * normal({1, 5, 23});  // energies far apart, so that the highest changes
    const Attended whole = attention.forward(features);
    AttentionSum sum(kind);
    EXPECT_THROW((void)sum.result(), Error);
    for (const auto& [begin, end] : {std::pair{0, 1}, {1, 10}, {10, 23}}) {
      const Tensor piece = features.slice(2, begin, end);
      sum.add(piece, attention.energies(piece));
    }
    const Attended joined = sum.result();
    EXPECT_TRUE(torch::allclose(joined.attention, whole.attention, 1e-10, 1e-14));
    EXPECT_TRUE(torch::allclose(joined.feature, whole.feature, 1e-10, 1e-12));
  }
}

TEST(AttentionTerms, AnL1AfterASoftmaxTeachesNothing) {
  const auto l1 = [](const Tensor& energies) {
    return attention_sparsity(energies.softmax(1), AttentionKind::kSoftmax, AttentionSparsity::kL1).sum();
  };
  const Tensor energies = normal({2, 6}).requires_grad_();
  EXPECT_NEAR(l1(energies).item<double>(), 2, 1e-12);
  const Tensor gradient = torch::autograd::grad({l1(energies)}, {energies})[0];
  EXPECT_LT(gradient.abs().max().item<double>(), 1e-12);
}

TEST(AttentionTerms, EntropyIsHighestWhereAllAreEqual) {
  const auto entropy = [](const Tensor& a) {
    return attention_sparsity(a, AttentionKind::kSoftmax, AttentionSparsity::kEntropy).item<double>();
  };
  EXPECT_NEAR(entropy(torch::full({1, 8}, 0.125, torch::kFloat64)), 1, 1e-9);
  EXPECT_NEAR(entropy(torch::tensor({{0.0, 1.0, 0.0}}, torch::kFloat64)), 0, 1e-9);
  EXPECT_NEAR(entropy(torch::tensor({{0.5, 0.5, 0.0, 0.0}}, torch::kFloat64)), 0.5, 1e-9);
}

TEST(AttentionTerms, RoughnessSumsTheSteps) {
  const Tensor a = torch::tensor({{0.1, 0.5, 0.4}}, torch::kFloat64);
  EXPECT_NEAR(attention_roughness(a, AttentionKind::kSoftmax).item<double>(), 0.17, 1e-12);
  EXPECT_NEAR(attention_roughness(a, AttentionKind::kSigmoid).item<double>(), 0.17 / 3, 1e-12);
  EXPECT_EQ(attention_roughness(a.slice(1, 0, 1), AttentionKind::kSoftmax).item<double>(), 0);
}

TEST(TsrnetLoss, SharesOneAmongTheLabels) {
  const Tensor logits = normal({2, 3});
  const Tensor labels = torch::tensor({{1.0, 0.0, 1.0}, {0.0, 1.0, 0.0}}, torch::kFloat64);
  const Tensor logs = logits.log_softmax(1);
  const double expected = -(0.5 * logs[0][0] + 0.5 * logs[0][2] + logs[1][1]).item<double>() / 2;
  EXPECT_NEAR(shared_cross_entropy(logits, labels).item<double>(), expected, 1e-12);
  EXPECT_THROW((void)shared_cross_entropy(logits, torch::zeros({2, 3}, torch::kFloat64)), Error);
}

// The whole chain from the attention's weights to the sum: W1 and FC1 as one vector of numbers.
struct TinyStream {
  explicit TinyStream(AttentionKind with) : kind(with) {
    torch::manual_seed(8);
    videos = {normal({1, 5, 6}), normal({1, 5, 9}), normal({1, 5, 4})};
    trimmed = normal({4, 5}) + 0.5;
    w2 = normal({3});
    fc2 = normal({3, 4});
    labels = torch::tensor({{1.0, 0.0, 1.0}, {0.0, 1.0, 0.0}, {0.0, 0.0, 1.0}}, torch::kFloat64);
    trimmed_labels =
        torch::tensor({{1.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, {0.0, 0.0, 0.0}, {0.0, 1.0, 0.0}}, torch::kFloat64);
  }
  TsrnetPrediction predict(const Tensor& parameters) const {
    const Tensor w1 = parameters.slice(0, 0, 15).view({3, 5}), fc1 = parameters.slice(0, 15).view({4, 5});
    TsrnetPrediction prediction;
    std::vector<Tensor> features;
    for (const Tensor& video : videos) {
      const Tensor energies = w2.matmul(torch::tanh(w1.matmul(video[0])));
      const Tensor a = kind == AttentionKind::kSigmoid ? energies.sigmoid() : energies.softmax(0);
      prediction.attention.push_back(a.unsqueeze(0));
      features.push_back(video[0].matmul(a) / a.sum());
    }
    prediction.feature = torch::stack(features);
    prediction.hidden = torch::tanh(prediction.feature.matmul(fc1.t()));
    prediction.logits = prediction.hidden.matmul(fc2.t());
    prediction.trimmed_feature = trimmed;
    prediction.trimmed_hidden = torch::tanh(trimmed.matmul(fc1.t()));
    prediction.trimmed_logits = prediction.trimmed_hidden.matmul(fc2.t());
    return prediction;
  }
  AttentionKind kind;
  std::vector<Tensor> videos;
  Tensor trimmed, w2, fc2, labels, trimmed_labels;
};

TEST(TsrnetLoss, GradientsAreRight) {
  for (const AttentionKind kind : {AttentionKind::kSoftmax, AttentionKind::kSigmoid}) {
    for (const AttentionSparsity form : {AttentionSparsity::kL1, AttentionSparsity::kEntropy}) {
      const TinyStream stream(kind);
      // A width of its own: the median's is held, which differences would not know.
      const TsrnetLossOptions options{.smooth = 2,
                                      .sparsity = 0.7,
                                      .form = form,
                                      .transfer = 0.5,
                                      .bandwidths = {0.7, 2},
                                      .trimmed_classes = 0.3};
      const auto total = [&](const Tensor& parameters) {
        return tsrnet_losses(stream.predict(parameters), stream.labels, stream.trimmed_labels, kind, options)
            .total;
      };
      EXPECT_LT(gradient_error(total, normal({35})), 1e-5);
    }
  }
}

TEST(TsrnetLoss, IsTheSumOfItsTerms) {
  const TinyStream stream(AttentionKind::kSoftmax);
  const TsrnetPrediction prediction = stream.predict(normal({35}));
  const TsrnetLossOptions options{
      .smooth = 2, .sparsity = 0.5, .transfer = 3, .fc1 = 0.25, .trimmed_classes = 4};
  const TsrnetLosses all =
      tsrnet_losses(prediction, stream.labels, stream.trimmed_labels, stream.kind, options);
  const double sum = (all.classification + 2 * all.smooth + 0.5 * all.sparsity + 0.75 * all.fc1 +
                      3 * all.fc2 + 4 * all.trimmed_classes)
                         .item<double>();
  EXPECT_NEAR(all.total.item<double>(), sum, 1e-12);
  EXPECT_NEAR(all.sparsity.item<double>(), 1, 1e-12);
  // Two of the four clips have a class of the untrimmed set.
  const Tensor rows = torch::tensor({0, 3}, torch::kLong);
  EXPECT_NEAR(all.trimmed_classes.item<double>(),
              shared_cross_entropy(prediction.trimmed_logits.index_select(0, rows),
                                   stream.trimmed_labels.index_select(0, rows))
                  .item<double>(),
              1e-12);
}

TEST(TsrnetLoss, WithoutATransferIsSrnets) {
  const TinyStream stream(AttentionKind::kSoftmax);
  TsrnetPrediction prediction = stream.predict(normal({35}));
  const TsrnetLosses off =
      tsrnet_losses(prediction, stream.labels, stream.trimmed_labels, stream.kind, {.transfer = 0});
  EXPECT_FALSE(off.fc1.defined());
  EXPECT_FALSE(off.fc2.defined());
  prediction.trimmed_feature = Tensor();
  const TsrnetLosses none = tsrnet_losses(prediction, stream.labels, Tensor(), stream.kind, {});
  EXPECT_DOUBLE_EQ(none.total.item<double>(), off.total.item<double>());
}

TEST(TsrnetLoss, WhatFc1TakesTeachesTheAttentionAlone) {
  const TinyStream stream(AttentionKind::kSoftmax);
  const Tensor parameters = normal({35}).requires_grad_();
  const TsrnetLosses losses =
      tsrnet_losses(stream.predict(parameters), stream.labels, stream.trimmed_labels, stream.kind, {});
  const Tensor gradient = torch::autograd::grad({losses.fc1}, {parameters})[0];
  EXPECT_GT(gradient.slice(0, 0, 15).abs().max().item<double>(), 0);
  EXPECT_EQ(gradient.slice(0, 15).abs().max().item<double>(), 0);
}

}  // namespace
}  // namespace zoetrope::nn
