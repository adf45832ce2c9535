#include "zoetrope/models/x3d.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/models/networks.h"
#include "zoetrope/core/error.h"
#include "zoetrope/models/multiply_adds.h"

namespace zoetrope::models {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::array<std::int64_t, 3>> stages_of(double width, double depth) {
  X3dOptions options;
  options.width_factor = width;
  options.depth_factor = depth;
  std::vector<std::array<std::int64_t, 3>> all;
  for (const X3dStage& s : x3d_stages(options)) all.push_back({s.depth, s.dim_inner, s.dim_out});
  return all;
}

// Table 1 of the paper for XS to M (depths 3, 5, 11, 7), the model zoo for L; XL's from its factors.
TEST(X3d, StagesHaveThePublishedDepthsAndWidths) {
  using A = std::array<std::int64_t, 3>;
  EXPECT_THAT(stages_of(2.0, 2.2), ElementsAre(A{3, 54, 24}, A{5, 108, 48}, A{11, 216, 96}, A{7, 432, 192}));
  EXPECT_THAT(stages_of(2.0, 5.0),
              ElementsAre(A{5, 54, 24}, A{10, 108, 48}, A{25, 216, 96}, A{15, 432, 192}));
  EXPECT_THAT(stages_of(2.9, 5.0),
              ElementsAre(A{5, 72, 32}, A{10, 162, 72}, A{25, 306, 136}, A{15, 630, 280}));
}

TEST(X3d, WidthsAreMultiplesOfEightAndNotFarBelow) {
  EXPECT_EQ(round_width(12, 2), 24);
  EXPECT_EQ(round_width(54, 0.0625), 8);    // never less than 8
  EXPECT_EQ(round_width(216, 0.0625), 16);  // 13.5, to the nearest
  EXPECT_EQ(round_width(11, 1), 16);        // 8 would be less than nine tenths
  EXPECT_EQ(round_width(12, 0), 12);        // no factor
}

TEST(X3d, HasThePublishedNumberOfParameters) {
  EXPECT_NEAR(millions(*make_with("x3d_xs")), 3.8, 0.05);
  EXPECT_NEAR(millions(*make_with("x3d_s")), 3.8, 0.05);
  EXPECT_NEAR(millions(*make_with("x3d_m")), 3.8, 0.05);
  EXPECT_NEAR(millions(*make_with("x3d_l")), 6.2, 0.05);
  EXPECT_NEAR(millions(*make_with("x3d_xl")), 11.0, 0.1);
}

// The paper's table 1, in units of 1e9. Time is never strided, so a clip of one frame costs its part of the
// clip, save for what has no time any more: squeeze and excitation, and what follows the head's pool.
TEST(X3d, CostsThePublishedMultiplyAdds) {
  const auto cost = [](std::string_view name, std::int64_t frames) {
    const auto model = make_with(name, {"input_clip_length=1"});
    std::int64_t sum = 0;
    for (const LayerCost& layer : count_multiply_adds(*model, {torch::rand(model->native_clip())}).layers) {
      const bool once = layer.name.find("norm_b") != std::string::npos ||
                        layer.name == "blocks.5.pool.post_conv" || layer.name == "blocks.5.proj";
      sum += layer.multiply_adds * (once ? 1 : frames);
    }
    return static_cast<double>(sum) * 1e-9;
  };
  EXPECT_NEAR(cost("x3d_xs", 4), 0.60, 0.01);
  EXPECT_NEAR(cost("x3d_s", 13), 1.96, 0.01);
  EXPECT_NEAR(cost("x3d_m", 16), 4.73, 0.01);
  EXPECT_NEAR(cost("x3d_l", 16), 18.37, 0.02);
  EXPECT_NEAR(cost("x3d_xl", 16), 35.84, 0.05);
}

TEST(X3d, EveryOtherBlockHasSqueezeAndExcitation) {
  const auto model = make_with("x3d_s");
  const auto modules = model->named_modules();
  for (int block = 0; block < 5; ++block) {
    const std::string name = fmt::format("blocks.2.res_blocks.{}.branch2.norm_b.1", block);
    EXPECT_EQ(modules.contains(name), block % 2 == 0) << name;
  }
}

TEST(X3d, ClassifiesEveryPositionOfALargerClip) {
  torch::manual_seed(0);
  const auto model = make_with("x3d_xs", {"input_crop_size=64", "num_classes=5"});
  const torch::NoGradGuard no_grad;
  const NamedTensors outputs = model->run({torch::rand({1, 3, 6, 96, 64})}, nullptr);
  const torch::Tensor projection = output(outputs, "projection");
  EXPECT_EQ(projection.sizes(), (std::vector<std::int64_t>{1, 3, 2, 1, 5}));
  EXPECT_EQ(outputs[0].first, "logits");
  EXPECT_TRUE(torch::allclose(outputs[0].second, projection.mean({1, 2, 3})));
  EXPECT_EQ(output(outputs, "features").sizes(), (std::vector<std::int64_t>{1, 2048}));
}

TEST(X3d, SaysWhatIsWrongWithAClip) {
  const auto model = make_with("x3d_xs");
  const auto complaint = [&](const std::vector<std::int64_t>& shape) {
    try {
      static_cast<void>(model->forward(torch::zeros(shape)));
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_THAT(complaint({1, 3, 4, 96, 96}), HasSubstr("leaves a map of 4 x 3 x 3"));
  EXPECT_THAT(complaint({1, 2, 4, 160, 160}), HasSubstr("[N, 3, T, H, W], not [1, 2, 4, 160, 160]"));
  EXPECT_THROW(static_cast<void>(make_with("x3d_xs", {"input_crop_size=16"})), Error);
}

}  // namespace
}  // namespace zoetrope::models
