#include "zoetrope/nn/correspondence.h"

#include <memory>
#include <string>

namespace zoetrope::nn {

void describe(ConfigFields& fields, CorrespondenceOptions& options) {
  fields.field("embedding", options.embedding, "numbers to which each network's features are brought")
      .range(1, 1 << 16);
  fields.field("hidden", options.hidden, "widths of the layers that compare them").range(1, 1 << 16);
}

CorrespondenceHead::CorrespondenceHead(std::int64_t teacher_width, std::int64_t student_width,
                                       const CorrespondenceOptions& options)
    : teacher_(register_module("teacher", torch::nn::Linear(teacher_width, options.embedding))),
      student_(register_module("student", torch::nn::Linear(student_width, options.embedding))) {
  constexpr std::int64_t kAnswers = 2;
  const auto stack = register_module("fc", std::make_shared<torch::nn::Module>());
  std::int64_t width = 2 * options.embedding;
  const auto add = [&](std::int64_t out) {
    layers_.push_back(stack->register_module(std::to_string(layers_.size()), torch::nn::Linear(width, out)));
    width = out;
  };
  for (const std::int64_t out : options.hidden) add(out);
  add(kAnswers);
  const torch::NoGradGuard no_grad;
  for (auto& parameter : named_parameters()) {
    if (parameter.value().dim() > 1) {
      torch::nn::init::kaiming_normal_(parameter.value(), 0, torch::kFanIn, torch::kReLU);
    } else {
      torch::nn::init::zeros_(parameter.value());
    }
  }
}

torch::Tensor CorrespondenceHead::forward(const torch::Tensor& teacher, const torch::Tensor& student) {
  torch::Tensor x = torch::cat({teacher_(teacher), student_(student)}, 1);
  for (torch::nn::Linear& layer : layers_) x = layer(torch::relu(x));
  return x;
}

}  // namespace zoetrope::nn
