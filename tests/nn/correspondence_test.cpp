#include "zoetrope/nn/correspondence.h"

#include <gtest/gtest.h>

#include "tests/nn/gradients.h"

namespace zoetrope::nn {
namespace {

TEST(CorrespondenceHead, HasThePapersLayers) {
  const CorrespondenceHead head(512, 256, {});
  const auto parameters = head.named_parameters();
  EXPECT_EQ(parameters["teacher.weight"].sizes(), torch::IntArrayRef({1024, 512}));
  EXPECT_EQ(parameters["student.weight"].sizes(), torch::IntArrayRef({1024, 256}));
  EXPECT_EQ(parameters["fc.0.weight"].sizes(), torch::IntArrayRef({2048, 2048}));
  EXPECT_EQ(parameters["fc.1.weight"].sizes(), torch::IntArrayRef({512, 2048}));
  EXPECT_EQ(parameters["fc.2.weight"].sizes(), torch::IntArrayRef({128, 512}));
  EXPECT_EQ(parameters["fc.3.weight"].sizes(), torch::IntArrayRef({2, 128}));
}

TEST(CorrespondenceHead, GradientsReachTheStudent) {
  torch::manual_seed(1);
  CorrespondenceHead head(3, 5, {.embedding = 4, .hidden = {6}});
  head.to(torch::kFloat64);
  const torch::Tensor teacher = torch::randn({4, 3}, torch::kFloat64);
  const torch::Tensor answers = torch::tensor({0, 1, 1, 0}, torch::kLong);
  const auto loss = [&](const torch::Tensor& student) {
    return torch::cross_entropy_loss(head.forward(teacher, student), answers);
  };
  EXPECT_LT(gradient_error(loss, torch::randn({4, 5}, torch::kFloat64)), 1e-6);
}

}  // namespace
}  // namespace zoetrope::nn
