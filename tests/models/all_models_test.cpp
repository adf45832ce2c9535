// Every registered model: it builds, runs, and its state goes through a file into another one of its kind.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/temporary_folder.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/multiply_adds.h"
#include "zoetrope/models/sequence.h"
#include "zoetrope/models/state.h"
#include "zoetrope/nn/shape_only.h"

namespace zoetrope::models {
namespace {

// Options that make a model cheap, each where the model has it. What is tested here is the code, which is the
// same at every width.
ConfigValue cheap_options(const ModelEntry& model) {
  std::map<std::string, std::string> defaults;
  for (const ConfigKey& key : model.options()) defaults[key.path] = key.value;
  ConfigValue options{ConfigTable{}};
  if (defaults.contains("widen_factor") && !defaults.contains("width_per_group"))
    apply_override(options, "widen_factor=0.25");
  if (defaults.contains("num_segments")) apply_override(options, "num_segments=2");
  // Basic blocks have one width; the groups of a ResNeXt begin with a few channels.
  if (defaults.contains("width_per_group") && std::stoi(defaults["depth"]) >= 50) {
    const bool has_groups = std::stoi(defaults["width_per_group"]) < 64;
    apply_override(options, has_groups ? "width_per_group=1" : "width_per_group=16");
  }
  const std::vector<std::string> others = {
      "stem_dim_out=16",  "stem_dim_outs=[16,2]", "head_pool=adaptive",  "width_factor=1.0",
      "depth_factor=1.0", "input_crop_size=64",   "input_clip_length=4", "max_steps=1",
      "stc.frames=8",     "max_pool=true"};
  for (const std::string& assignment : others) {
    if (defaults.contains(assignment.substr(0, assignment.find('=')))) apply_override(options, assignment);
  }
  return options;
}

// The published clip cut to a few frames and pixels. Models that work on their own size only take it as it
// is.
torch::Tensor cheap_clip(const Model& model) {
  std::vector<std::int64_t> shape = model.native_clip();
  if (takes_sequence(model)) return torch::rand({1, shape[1], 96});
  const bool frames_are_free = model.inputs_of(torch::zeros(shape)).front().dim() == 5;
  if (frames_are_free) shape[2] = std::min<std::int64_t>(shape[2], 8);
  shape[3] = shape[4] = 64;
  return torch::rand(shape);
}

std::vector<std::string> model_names() {
  std::vector<std::string> names;
  for (const ModelEntry& model : all_models()) names.push_back(model.name);
  return names;
}

class AllModels : public ::testing::TestWithParam<std::string> {};

TEST_P(AllModels, RunsAndIsReadBackFromAFile) {
  const torch::NoGradGuard no_grad;
  torch::manual_seed(0);
  const ModelEntry& entry = find_model(GetParam());
  const ConfigValue options = cheap_options(entry);
  const std::shared_ptr<Model> model = entry.build(options);
  model->eval();
  const torch::Tensor clip = cheap_clip(*model);
  const NamedTensors outputs = model->run(model->inputs_of(clip));
  ASSERT_FALSE(outputs.empty());
  EXPECT_EQ(outputs.front().first, "logits");
  EXPECT_EQ(outputs.front().second.size(0), 1);
  EXPECT_TRUE(torch::isfinite(outputs.front().second).all().item<bool>());

  const test::TemporaryFolder folder;
  const std::string path = folder.file("model.safetensors");
  save_state(*model, path);
  torch::manual_seed(1);
  const std::shared_ptr<Model> other = entry.build(options);
  other->eval();
  load_state(*other, weights::SafetensorsFile(path).tensors());
  EXPECT_TRUE(other->forward(clip).equal(outputs.front().second));
}

TEST_P(AllModels, CostsTheSameByItsShapesAlone) {
  const ModelEntry& entry = find_model(GetParam());
  const ConfigValue options = cheap_options(entry);
  const std::shared_ptr<Model> model = entry.build(options);
  model->eval();
  const torch::Tensor clip = cheap_clip(*model);
  const RunCost run = count_multiply_adds(*model, model->inputs_of(clip));

  const nn::ShapeOnly shapes;
  const std::shared_ptr<Model> shape = entry.build(options);
  shape->eval();
  const RunCost counted = count_multiply_adds(*shape, shape->inputs_of(torch::empty(clip.sizes())));
  if (entry.name.starts_with("atfr_")) {
    // By shapes alone it keeps every frame; what this clip costs is seen in a run.
    EXPECT_GE(counted.multiply_adds, run.multiply_adds);
  } else {
    EXPECT_EQ(counted.multiply_adds, run.multiply_adds);
  }
  EXPECT_EQ(counted.parameters, run.parameters);
  EXPECT_EQ(counted.layers.size(), run.layers.size());
}

INSTANTIATE_TEST_SUITE_P(Models, AllModels, ::testing::ValuesIn(model_names()),
                         [](const auto& test) { return test.param; });

TEST(ModelList, NamesAreUnique) {
  const std::vector<std::string> names = model_names();
  EXPECT_EQ(std::set<std::string>(names.begin(), names.end()).size(), names.size());
}

TEST(ModelList, ListsEveryOptionWithItsDefaultUnderThatName) {
  for (const ConfigKey& key : find_model("resnet3d_18").options()) {
    if (key.path != "depth") continue;
    EXPECT_EQ(key.value, "18");
  }
}

}  // namespace
}  // namespace zoetrope::models
