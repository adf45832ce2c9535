#pragma once
// Several tasks at the end of one network, each with a last layer of convolutions of its own: the multi-task networks
// of M. Fayyaz, Holistic Video Understanding, section 5.3 (six heads for the six categories of HVU). How much is
// doubled is left open there ("a different last layer of convolutions"); here each head is a 3x3x3 convolution of the
// network's width, batch normalisation, ReLU, the mean over time and space, and a linear layer.
//
// Parameters: `<head>.conv`, `<head>.bn`, `<head>.fc`, by the head's number from 0.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/nn/conv3d.h"

namespace zoetrope::nn {

class ConvHeads : public torch::nn::Module {
 public:
  /// `classes`: outputs of each head, one or more heads.
  ConvHeads(std::int64_t channels, const std::vector<std::int64_t>& classes);

  /// Maps [N, channels, T, H, W] to logits [N, sum of classes], one head after the other.
  torch::Tensor forward(const torch::Tensor& maps, double dropout);

 private:
  struct Head {
    Conv3d conv{nullptr};
    BatchNorm3d bn{nullptr};
    torch::nn::Linear fc{nullptr};
  };
  std::vector<Head> heads_;
};

}  // namespace zoetrope::nn
