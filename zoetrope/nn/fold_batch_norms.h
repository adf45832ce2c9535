#pragma once
// Batch normalisation in inference is a scale and a shift of each channel: it is put into the convolution
// before it (Jacob et al., "Quantization and Training of Neural Networks for Efficient
// Integer-Arithmetic-Only Inference", CVPR 2018, equation 14 and figure C.7), and costs nothing any more.
//
//   nn::fold_batch_norms(*network, [&] { network->forward(clip); });
//
// Which convolution is before which normalisation is seen in a run: a pair counts if the normalisation takes
// just what the convolution gave, no other operation does, and each of the two runs once. The others stay as
// they are.

#include <torch/torch.h>

#include <cstdint>
#include <functional>

namespace zoetrope::nn {

/// Folds what `run`, called once, shows. The network is in inference mode and stays there: its parameters are
/// no longer those that were trained. Returns how many normalisations were folded.
std::int64_t fold_batch_norms(torch::nn::Module& network, const std::function<void()>& run);

}  // namespace zoetrope::nn
