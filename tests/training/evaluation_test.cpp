// How a bundle is measured: over a video's views, probabilities are averaged, and neither logits nor one view decide.
#include "zoetrope/training/evaluation.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bundle/tiny_model.h"
#include "tests/support/grey_pictures.h"
#include "tests/support/temporary_folder.h"

namespace zoetrope::training {
namespace {

/// Logits 20 b - 6 and 0 of clips of mean brightness b.
class Brightness : public models::Model {
 public:
  explicit Brightness(const test::TinyOptions&) {}
  models::NamedTensors run(const std::vector<torch::Tensor>& inputs, models::Stages*) override {
    const torch::Tensor first = 20 * inputs.at(0).mean({1, 2, 3, 4}) - 6;
    return {{"logits", torch::stack({first, torch::zeros_like(first)}, 1)}};
  }
  [[nodiscard]] std::vector<models::InputSpec> native_inputs() const override {
    return {{"clip", {1, 3, 4, 8, 8}}};
  }
  void reset_parameters() override {}
};

TEST(Evaluation, AveragesProbabilitiesOverAllClipsOfAVideo) {
  const models::ModelList models = {models::entry<Brightness>("brightness", "Brightness", "none", "none",
                                                              test::TinyOptions{.num_classes = 2})};
  bundle::Bundle bundle;
  bundle.folder = "bundle";
  bundle.model = std::make_shared<Brightness>(test::TinyOptions{});
  bundle.config.task = "classification";
  bundle.config.model = {.name = "brightness"};
  bundle.config.preprocessing = {
      .frames = 4, .stride = 1, .short_side = 8, .crop = 8, .mean = {0, 0, 0}, .std = {1, 1, 1}};
  bundle.labels = {"bright", "dark"};

  // Three clips of brightness 0.8, 0.2 and 0.2: logits 10, -2 and -2 against 0. Probabilities of "bright" 1.00, 0.12 and
  // 0.12 have a mean below a half; logits have one above zero, and so has the first clip.
  test::TemporaryFolder folder;
  std::vector<int> brightness(12, 51);
  std::fill_n(brightness.begin(), 4, 204);
  test::write_grey_pictures(folder.file("video"), brightness);
  const data::Dataset dataset{
      .label_sets = {{.name = "light", .names = {"bright", "dark"}}},
      .samples = {{.id = "video", .path = folder.file("video"), .labels = {std::vector<std::int64_t>{1}}}}};
  const auto top1 = [&](const ViewOptions& views) {
    const Evaluation result = evaluate(bundle, dataset, {.views = views}, models);
    EXPECT_EQ(result.samples, 1);
    const auto& [name, value] = result.heads.at(0).values.at(0);
    EXPECT_EQ(name, "top1");
    return value;
  };
  EXPECT_EQ(top1({.clips = 0}), 1);  // all of them, one after another
  EXPECT_EQ(top1({.clips = 3}), 1);
  // With the outputs' names exchanged, the same is wrong.
  bundle.labels = {"dark", "bright"};
  EXPECT_EQ(top1({.clips = 0}), 0);
}

}  // namespace
}  // namespace zoetrope::training
