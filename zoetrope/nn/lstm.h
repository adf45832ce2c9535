#pragma once
// What torch::nn::LSTM computes of one sequence, faster on a CPU: a direction is one node of the graph, where LibTorch
// has some twelve a step, and the steps' gates are computed in place.
//
//   const nn::LstmOutput out = nn::run_lstm(lstm, sequence);                  // [T, in], from zeros
//   const nn::LstmOutput next = nn::run_lstm(lstm, step, out.hidden, out.cell);
//
// Derivatives are of first order alone.

#include <torch/torch.h>

namespace zoetrope::nn {

struct LstmOutput {
  torch::Tensor sequence;  ///< [T, directions hidden]
  torch::Tensor
      hidden;  ///< [directions, hidden]: after the last step, of the second direction after the first one
  torch::Tensor cell;  ///< [directions, hidden]
};

/// `sequence` [T, in] with T > 0; `hidden` and `cell` [directions, hidden], zeros where not given. The module has one
/// layer. On other devices than the CPU, and of other types than float32 and float64, the module itself runs.
[[nodiscard]] LstmOutput run_lstm(torch::nn::LSTM& lstm, const torch::Tensor& sequence,
                                  const torch::Tensor& hidden = {}, const torch::Tensor& cell = {});

}  // namespace zoetrope::nn
