#pragma once
// Whether frames and a clip belong together: what a 3D network learns from a frozen 2D one in Diba, Fayyaz et al.,
// "Spatio-Temporal Channel Correlation Networks for Action Classification", ECCV 2018; M. Fayyaz, Holistic Video
// Understanding, section 4.3 and figure 4.2. Each network ends in a fully connected layer to `embedding` numbers; both
// side by side go through fully connected layers of 2048, 512 and 128 to a classifier of two.
//
// Left open there, and done here: the layer on the teacher's side learns with the rest, since one of random weights would
// hide what the teacher knows (the teacher itself stays frozen); ReLU follows every layer but the classifier; weights
// begin from He's normal distribution, biases at zero.
//
// Parameters: `teacher`, `student`, `fc.0`, `fc.1`, ..., of which the last is the classifier.

#include <torch/torch.h>

#include <cstdint>
#include <vector>

#include "zoetrope/core/config.h"

namespace zoetrope::nn {

struct CorrespondenceOptions {
  std::int64_t embedding = 1024;
  std::vector<std::int64_t> hidden = {2048, 512, 128};
};
void describe(ConfigFields& fields, CorrespondenceOptions& options);

class CorrespondenceHead : public torch::nn::Module {
 public:
  /// Widths of the networks' features.
  CorrespondenceHead(std::int64_t teacher_width, std::int64_t student_width,
                     const CorrespondenceOptions& options);

  /// Features of the teacher [N, D] and of the student [N, D'], row by row a pair, to logits [N, 2]: of two that do not
  /// belong together, of two that do.
  torch::Tensor forward(const torch::Tensor& teacher, const torch::Tensor& student);

 private:
  torch::nn::Linear teacher_, student_;
  std::vector<torch::nn::Linear> layers_;
};

}  // namespace zoetrope::nn
