#include "zoetrope/nn/conv_heads.h"

#include <memory>
#include <string>

namespace zoetrope::nn {

ConvHeads::ConvHeads(std::int64_t channels, const std::vector<std::int64_t>& classes) {
  for (const std::int64_t count : classes) {
    const auto module = std::make_shared<torch::nn::Module>();
    Head head;
    head.conv = module->register_module(
        "conv", Conv3d(torch::nn::Conv3dOptions(channels, channels, 3).padding(1).bias(false)));
    head.bn = module->register_module("bn", BatchNorm3d(channels));
    head.fc = module->register_module("fc", torch::nn::Linear(channels, count));
    register_module(std::to_string(heads_.size()), module);
    heads_.push_back(std::move(head));
  }
}

torch::Tensor ConvHeads::forward(const torch::Tensor& maps, double dropout) {
  std::vector<torch::Tensor> logits;
  for (Head& head : heads_) {
    const torch::Tensor pooled = torch::relu(head.bn(head.conv(maps))).mean({2, 3, 4});
    logits.push_back(head.fc(torch::dropout(pooled, dropout, is_training())));
  }
  return torch::cat(logits, 1);
}

}  // namespace zoetrope::nn
