#include "zoetrope/nn/frame_attention.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;

torch::nn::Conv1d linear(std::int64_t in, std::int64_t out) {
  return torch::nn::Conv1d(torch::nn::Conv1dOptions(in, out, 1).bias(false));
}

Tensor weights_of(const Tensor& energies, AttentionKind kind) {
  if (kind == AttentionKind::kSigmoid) return energies.sigmoid();
  return energies.softmax(1);  // of equal energies, 1 / T
}

}  // namespace

FrameAttention::FrameAttention(std::int64_t dimensions, std::int64_t hidden, AttentionKind kind)
    : kind_(kind) {
  if (kind == AttentionKind::kMean) return;
  first_ = register_module("W1", linear(dimensions, hidden));
  second_ = register_module("w2", linear(hidden, 1));
}

void FrameAttention::reset_parameters() {
  if (kind_ == AttentionKind::kMean) return;
  first_->reset_parameters();
  second_->reset_parameters();
}

Tensor FrameAttention::energies(const Tensor& features) {
  if (kind_ == AttentionKind::kMean)
    return torch::zeros({features.size(0), features.size(2)}, features.options());
  return second_(torch::tanh(first_(features))).squeeze(1);
}

Attended FrameAttention::forward(const Tensor& features) {
  const Tensor attention = weights_of(energies(features), kind_);
  Tensor feature = features.matmul(attention.unsqueeze(2)).squeeze(2);
  if (kind_ == AttentionKind::kSigmoid) feature = feature / attention.sum(1, true);
  return {attention, feature};
}

void AttentionSum::add(const Tensor& features, const Tensor& energies) {
  const torch::NoGradGuard no_grad;
  Tensor weights;
  if (kind_ == AttentionKind::kSigmoid) {
    weights = energies.sigmoid();
  } else {
    const auto highest = energies.max().item<double>();
    if (energies_.empty()) highest_ = highest;
    if (highest > highest_) {
      const double shrink = std::exp(highest_ - highest);
      sum_ = sum_ * shrink;
      total_ *= shrink;
      highest_ = highest;
    }
    weights = (energies - highest_).exp();
  }
  const Tensor sum = features[0].matmul(weights[0]).to(torch::kDouble);
  sum_ = sum_.defined() ? sum_ + sum : sum;
  total_ += weights.sum(torch::kDouble).item<double>();
  energies_.push_back(energies);
}

Attended AttentionSum::result() const {
  if (energies_.empty()) throw Error::usage("attention over no frames");
  const torch::NoGradGuard no_grad;
  const Tensor energies = torch::cat(energies_, 1);
  return {weights_of(energies, kind_), (sum_ / total_).to(energies.scalar_type()).unsqueeze(0)};
}

Tensor attention_roughness(const Tensor& attention, AttentionKind kind) {
  const std::int64_t frames = attention.size(1);
  const Tensor sum = (attention.slice(1, 1) - attention.slice(1, 0, frames - 1)).square().sum(1);
  return kind == AttentionKind::kSigmoid ? sum / static_cast<double>(frames) : sum;
}

Tensor attention_sparsity(const Tensor& attention, AttentionKind kind, AttentionSparsity form) {
  if (form == AttentionSparsity::kL1)
    return kind == AttentionKind::kSigmoid ? attention.abs().mean(1) : attention.abs().sum(1);
  constexpr double kTiny = 1e-12;
  const Tensor shares = attention / attention.sum(1, true);
  const double longest = std::log(static_cast<double>(std::max<std::int64_t>(attention.size(1), 2)));
  return -(shares * shares.clamp_min(kTiny).log()).sum(1) / longest;
}

}  // namespace zoetrope::nn
