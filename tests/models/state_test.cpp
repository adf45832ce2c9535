#include "zoetrope/models/state.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "zoetrope/core/error.h"
#include "zoetrope/models/resnet2d.h"

namespace zoetrope::models {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAreArray;
using ::testing::HasSubstr;

ResNet2d small_model(std::int64_t num_classes = 3) {
  return ResNet2d({.depth = 10, .num_classes = num_classes});
}

NamedTensors copy_of(const NamedTensors& state) {
  NamedTensors copy;
  for (const auto& [name, tensor] : state) copy.emplace_back(name, tensor.detach().clone());
  return copy;
}

std::string load_error(ResNet2d& model, const NamedTensors& tensors, LoadMode mode = LoadMode::kStrict) {
  try {
    load_state(model, tensors, mode);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kModel);
    return error.what();
  }
  return "";
}

TEST(State, IsInPythonsOrder) {
  std::vector<std::string> names;
  for (const auto& [name, tensor] : state_of(small_model())) names.push_back(name);
  names.resize(8);
  EXPECT_THAT(names, ElementsAreArray({"conv1.weight", "bn1.weight", "bn1.bias", "bn1.running_mean",
                                       "bn1.running_var", "bn1.num_batches_tracked", "layer1.0.conv1.weight",
                                       "layer1.0.bn1.weight"}));
}

TEST(State, LoadsWhatIsThere) {
  ResNet2d from = small_model();
  ResNet2d to = small_model();
  from.named_buffers()["bn1.running_mean"].fill_(2);
  EXPECT_EQ(load_error(to, state_of(from)), "");
  EXPECT_TRUE(to.named_parameters()["fc.weight"].equal(from.named_parameters()["fc.weight"]));
  EXPECT_TRUE(to.named_buffers()["bn1.running_mean"].equal(from.named_buffers()["bn1.running_mean"]));
}

TEST(State, NamesEverythingThatDoesNotFitAndWritesNothing) {
  ResNet2d model = small_model(3);
  NamedTensors tensors = copy_of(state_of(small_model(5)));
  std::erase_if(tensors, [](const auto& tensor) { return tensor.first == "conv1.weight"; });
  tensors.emplace_back("head.weight", torch::zeros({1}));
  const NamedTensors before = copy_of(state_of(model));
  EXPECT_THAT(load_error(model, tensors),
              AllOf(HasSubstr("missing (1): conv1.weight; "), HasSubstr("left over (1): head.weight; "),
                    HasSubstr("of another shape (2): fc.weight [5, 512] for [3, 512], fc.bias [5] for [3]")));
  const NamedTensors after = state_of(model);
  for (std::size_t i = 0; i < before.size(); ++i) EXPECT_TRUE(before[i].second.equal(after[i].second));
}

TEST(State, ForgivesOldCheckpointsWithoutBatchCounts) {
  ResNet2d model = small_model();
  NamedTensors tensors = copy_of(state_of(model));
  std::erase_if(tensors, [](const auto& tensor) { return tensor.first.ends_with("num_batches_tracked"); });
  EXPECT_EQ(load_error(model, tensors), "");
}

TEST(State, LoadsAPartWhereAsked) {
  ResNet2d model = small_model();
  const torch::Tensor kernel = torch::ones({64, 3, 7, 7});
  EXPECT_EQ(load_error(model, {{"conv1.weight", kernel}, {"other", kernel}}, LoadMode::kPartial), "");
  EXPECT_TRUE(model.named_parameters()["conv1.weight"].equal(kernel));
  EXPECT_THAT(load_error(model, {{"other", kernel}}, LoadMode::kPartial), HasSubstr("none of their 1 names"));
  EXPECT_THAT(load_error(model, {{"fc.bias", kernel}}, LoadMode::kPartial),
              HasSubstr("of another shape (1)"));
}

class Shared : public torch::nn::Module {
 public:
  Shared() : weight(register_parameter("weight", torch::zeros({2, 3}))) {
    register_parameter("tied", weight);
  }
  torch::Tensor weight;
};

TEST(State, CountsATiedParameterOnce) {
  const Shared module;
  EXPECT_EQ(num_parameters(module), 6);
  EXPECT_EQ(state_of(module).size(), 2U);
}

}  // namespace
}  // namespace zoetrope::models
