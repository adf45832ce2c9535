// Every registered model: it builds, runs, and its state goes through a file into another one of its kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/temporary_folder.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/state.h"

namespace zoetrope::models {
namespace {

// Options that make a model of this kind cheap, each where the model has it and is not already smaller. What
// is tested here is the code, which is the same at every width.
ConfigValue cheap_options(const ModelEntry& model) {
  const std::map<std::string, std::string> cheap = {
      {"widen_factor", "0.125"}, {"width_per_group", "16"}, {"num_segments", "2"}};
  ConfigValue options{ConfigTable{}};
  for (const ConfigKey& key : model.options()) {
    const auto found = cheap.find(key.path);
    // A basic block has one width.
    if (found == cheap.end() || (key.path == "width_per_group" && model.name.ends_with("18")) ||
        model.name == "resnet34") {
      continue;
    }
    if (std::stod(found->second) < std::stod(key.value)) {
      apply_override(options, found->first + "=" + found->second);
    }
  }
  return options;
}

// The published clip cut to a few frames and pixels. Models that work on their own size only take it as it
// is.
torch::Tensor cheap_clip(const Model& model) {
  std::vector<std::int64_t> shape = model.native_clip();
  const bool frames_are_free = model.inputs_of(torch::zeros(shape)).front().dim() == 5;
  if (frames_are_free) shape[2] = std::min<std::int64_t>(shape[2], 8);
  shape[3] = shape[4] = 64;
  return torch::rand(shape);
}

class AllModels : public ::testing::TestWithParam<ModelEntry> {};

TEST_P(AllModels, RunsAndIsReadBackFromAFile) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(0);
  const ConfigValue options = cheap_options(GetParam());
  const std::shared_ptr<Model> model = GetParam().build(options);
  model->eval();
  const torch::Tensor clip = cheap_clip(*model);
  const NamedTensors outputs = model->run(model->inputs_of(clip));
  ASSERT_FALSE(outputs.empty());
  EXPECT_EQ(outputs.front().first, "logits");
  EXPECT_EQ(outputs.front().second.size(0), 1);
  EXPECT_TRUE(torch::isfinite(outputs.front().second).all().item<bool>());

  const test::TemporaryFolder folder;
  const std::string path = (folder.path() / "model.safetensors").string();
  save_state(*model, path);
  torch::manual_seed(1);
  const std::shared_ptr<Model> other = GetParam().build(options);
  other->eval();
  load_state(*other, weights::SafetensorsFile(path).tensors());
  EXPECT_TRUE(other->forward(clip).equal(outputs.front().second));
}

INSTANTIATE_TEST_SUITE_P(Models, AllModels, ::testing::ValuesIn(all_models()),
                         [](const auto& test) { return test.param.name; });

TEST(ModelList, NamesAreUnique) {
  std::set<std::string> names;
  for (const ModelEntry& model : all_models()) EXPECT_TRUE(names.insert(model.name).second) << model.name;
}

TEST(ModelList, ListsEveryOptionWithItsDefaultUnderThatName) {
  for (const ConfigKey& key : find_model("resnet3d_18").options()) {
    if (key.path != "depth") continue;
    EXPECT_EQ(key.value, "18");
  }
}

}  // namespace
}  // namespace zoetrope::models
