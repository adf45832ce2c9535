// The convolution of the video networks: LibTorch's numbers by oneDNN's means, and the same to those who watch.
#include "zoetrope/nn/conv3d.h"

#include <gtest/gtest.h>

#include "zoetrope/core/torch_compat.h"
#include "zoetrope/models/multiply_adds.h"
#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/nn/fold_batch_norms.h"

namespace zoetrope::nn {
namespace {

using torch::Tensor;

constexpr double kRelative = 1e-4, kAbsolute = 1e-5;

/// What LibTorch makes of it.
Tensor reference(Conv3d& layer, const Tensor& input) {
  const PlainConv3dScope plain;
  return layer(input);
}

std::vector<torch::nn::Conv3dOptions> layers() {
  using Options = torch::nn::Conv3dOptions;
  return {Options(8, 12, {1, 3, 3}).padding({0, 1, 1}).bias(false),
          Options(8, 12, {3, 1, 1}).padding({1, 0, 0}),
          Options(8, 12, 1).bias(false),
          Options(8, 12, 1).stride({1, 2, 2}),
          Options(8, 12, {3, 5, 5}).stride({1, 2, 2}).padding({1, 2, 2}),
          Options(8, 12, 3).padding({1, 2, 2}).dilation({1, 2, 2}).groups(4),
          Options(8, 8, 3).padding(1).groups(8),
          Options(8, 8, {5, 3, 3}).stride({1, 2, 2}).padding({2, 1, 1}).groups(8).bias(false),
          Options(8, 8, {5, 1, 1}).padding({2, 0, 0}).groups(8),
          Options(8, 8, 3).stride(2).padding(1).groups(8),
          Options(8, 16, 3).padding(1).groups(8),
          Options(8, 8, {1, 3, 3}).groups(8),
          Options(8, 8, 3).padding({2, 1, 1}).dilation({2, 1, 1}).groups(8)};
}

TEST(Conv3d, IsLibTorchs) {
  torch::manual_seed(41);
  for (const auto& options : layers()) {
    Conv3d layer(options);
    for (const auto& [clips, frames] :
         std::vector<std::pair<std::int64_t, std::int64_t>>{{1, 4}, {3, 4}, {2, 1}, {1, 2}}) {
      const Tensor maps = torch::randn({clips, 8, frames, 9, 7});
      const Tensor before = maps.clone();
      const Tensor expected = reference(layer, maps);  // with gradients
      EXPECT_TRUE(layer(maps).equal(expected));
      const torch::NoGradGuard no_grad;
      EXPECT_TRUE(torch::allclose(layer(maps), expected, kRelative, kAbsolute));
      EXPECT_TRUE(maps.equal(before));
      const Tensor part =
          torch::randn({frames, 8, clips, 7, 18}).transpose(0, 2).slice(4, 0, 18, 2).transpose(3, 4);
      EXPECT_TRUE(torch::allclose(layer(part), reference(layer, part), kRelative, kAbsolute));
    }
  }
}

// What nothing learns from may go on into what something learns from, and be written to.
TEST(Conv3d, FrozenWeightsAreNoObstacle) {
  torch::manual_seed(44);
  for (const auto& options : layers()) {
    Conv3d layer(options);
    for (torch::Tensor& parameter : layer->parameters()) parameter.requires_grad_(false);
    const Tensor maps = torch::randn({1, 8, 4, 9, 7});
    Tensor out = layer(maps);
    EXPECT_TRUE(torch::allclose(out, reference(layer, maps), kRelative, kAbsolute));
    const Tensor factor = torch::ones({1}, torch::requires_grad());
    out.mul_(factor);
    EXPECT_TRUE(torch::autograd::grad({out.sum()}, {factor})[0].defined());
  }
}

TEST(Conv3d, RefusesOtherChannelsAsLibTorch) {
  const torch::NoGradGuard no_grad;
  Conv3d layer(torch::nn::Conv3dOptions(8, 8, 3).padding(1).groups(8));
  for (const std::int64_t channels : {4, 16})
    EXPECT_THROW(layer(torch::ones({1, channels, 4, 9, 7})), c10::Error);
}

TEST(Conv3d, LeavesOtherTypesAndShapesToLibTorch) {
  torch::manual_seed(42);
  const torch::NoGradGuard no_grad;
  Conv3d layer(torch::nn::Conv3dOptions(3, 4, 3).padding(1));
  const Tensor one = torch::randn({3, 4, 5, 6});  // without the dimension of the batch
  EXPECT_TRUE(torch::allclose(layer(one), layer(one.unsqueeze(0)).squeeze(0), kRelative, kAbsolute));
  const Tensor none = torch::randn({0, 3, 4, 5, 6});
  EXPECT_EQ(layer(none).sizes(), (std::vector<std::int64_t>{0, 4, 4, 5, 6}));
  Conv3d replicates(torch::nn::Conv3dOptions(3, 4, 3).padding(1).padding_mode(torch::kReplicate));
  const Tensor clip = one.unsqueeze(0);
  const Tensor wide = torch::replication_pad3d(clip, {1, 1, 1, 1, 1, 1});
  EXPECT_TRUE(torch::allclose(replicates(clip), torch::conv3d(wide, replicates->weight, replicates->bias),
                              kRelative, kAbsolute));
  {
    const Bfloat16Scope scope(torch::kCPU);
    EXPECT_EQ(layer(clip).scalar_type(), torch::kBFloat16);
  }
  layer->to(torch::kDouble);
  EXPECT_EQ(layer(clip.to(torch::kDouble)).scalar_type(), torch::kDouble);
}

class Layers : public models::Model {
 public:
  Layers()
      : conv_(register_module("conv", Conv3d(torch::nn::Conv3dOptions(3, 4, {1, 3, 3}).bias(false)))),
        norm_(register_module("norm", BatchNorm3d(4))) {}
  models::NamedTensors run(const std::vector<Tensor>& inputs, models::Stages*) override {
    return {{"output", norm_(conv_(inputs[0]))}};
  }
  [[nodiscard]] std::vector<models::InputSpec> native_inputs() const override {
    return {{"clip", {1, 3, 2, 8, 8}}};
  }
  void reset_parameters() override {}
  BatchNorm3d& norm() { return norm_; }

 private:
  Conv3d conv_;
  BatchNorm3d norm_;
};

TEST(Conv3d, IsSeenByThoseWhoWatch) {
  torch::manual_seed(43);
  Layers network;
  network.eval();
  const Tensor clip = torch::randn({1, 3, 2, 8, 8});
  const models::RunCost cost = models::count_multiply_adds(network, {clip});
  EXPECT_EQ(cost.multiply_adds, 4 * 3 * 9 * 2 * 6 * 6);
  ASSERT_EQ(cost.layers.size(), 1U);
  EXPECT_EQ(cost.layers[0].name, "conv");

  const torch::NoGradGuard no_grad;
  network.norm()->running_mean.uniform_();
  network.norm()->running_var.uniform_(0.5, 2);
  const Tensor before = network.run({clip}, nullptr)[0].second;
  EXPECT_EQ(fold_batch_norms(network, [&] { (void)network.run({clip}, nullptr); }), 1);
  EXPECT_TRUE(torch::allclose(network.run({clip}, nullptr)[0].second, before, kRelative, kAbsolute));
}

}  // namespace
}  // namespace zoetrope::nn
