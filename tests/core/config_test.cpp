#include "zoetrope/core/config.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "zoetrope/core/error.h"

// A recipe as its author would write it, in a namespace of its own.
namespace recipe_of_test {

using zoetrope::ConfigFields;

enum class Schedule { kStep, kCosine };
inline zoetrope::EnumNames<Schedule> config_names(Schedule) {
  return {{"step", Schedule::kStep}, {"cosine", Schedule::kCosine}};
}

struct OptimizerOptions {
  double lr = 0.1;
  float weight_decay = 1e-4f;
  bool nesterov = true;
  Schedule schedule = Schedule::kCosine;
  std::optional<double> clip = {};
};
inline void describe(ConfigFields& f, OptimizerOptions& o) {
  f.field("lr", o.lr, "learning rate of the first epoch").range(0, 10);
  f.field("weight_decay", o.weight_decay, "L2 penalty").at_least(0);
  f.field("nesterov", o.nesterov, "Nesterov's momentum");
  f.field("schedule", o.schedule, "how the learning rate falls");
  f.field("clip", o.clip, "largest norm of the gradient").at_least(0);
}

struct HeadOptions {
  std::string task;
  int classes = 0;
};
inline void describe(ConfigFields& f, HeadOptions& o) {
  f.field("task", o.task, "what is predicted").choices({"scene", "action"}).required();
  f.field("classes", o.classes, "how many labels").range(1, 100000);
}

struct Recipe {
  std::string model = "x3d_s";
  std::filesystem::path data;
  std::uint64_t seed = 1;
  std::int8_t small = 0;
  std::array<double, 3> mean = {0.45, 0.45, 0.45};
  std::array<bool, 2> stages = {false, true};
  std::vector<std::int64_t> milestones;
  OptimizerOptions optimizer;
  std::vector<HeadOptions> heads;
  std::map<std::string, double> loss_weights;
  std::optional<HeadOptions> extra;
};
inline void describe(ConfigFields& f, Recipe& o) {
  f.field("model", o.model, "architecture");
  f.field("data", o.data, "folder of the data set").required();
  f.field("seed", o.seed, "of every generator");
  f.field("small", o.small, "a small number");
  f.field("mean", o.mean, "of the channels, RGB");
  f.field("stages", o.stages, "that have it");
  f.field("milestones", o.milestones, "epochs at which the rate falls").at_least(1);
  f.field("optimizer", o.optimizer, "optimiser");
  f.field("heads", o.heads, "outputs");
  f.field("loss_weights", o.loss_weights, "of each head").range(0, 1);
  f.field("extra", o.extra, "one more output");
}

}  // namespace recipe_of_test

namespace zoetrope {
namespace {

using recipe_of_test::HeadOptions;
using recipe_of_test::OptimizerOptions;
using recipe_of_test::Recipe;
using recipe_of_test::Schedule;

constexpr const char* kRecipe = R"(
model = "mucon"
data = "breakfast"
seed = 9223372036854775807
mean = [0, 0.5, 1]
stages = [true, false]
milestones = [20, 40]
loss_weights = { action = 0.25 }

[optimizer]
lr = 1
schedule = "step"
clip = 40

[[heads]]
task = "action"
classes = 48
[[heads]]
task = "scene"
classes = 10
)";

Recipe recipe_from(const std::string& text, const std::vector<std::string>& overrides = {}) {
  ConfigValue table = parse_toml(text, "r.toml");
  for (const std::string& assignment : overrides) apply_override(table, assignment);
  Recipe recipe;
  read_config(table, recipe);
  return recipe;
}

/// The message that refuses the text, or "".
std::string refusal_of(const std::string& text, const std::vector<std::string>& overrides = {}) {
  try {
    (void)recipe_from(text, overrides);
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::kUsage);
    return error.what();
  }
  return "";
}

/// The same for one more line after the required ones, which is line 2.
std::string refusal_of_line(const std::string& line) {
  return refusal_of("data = 'd'\n" + line);
}

TEST(Config, ReadsEveryKindOfMember) {
  const Recipe recipe = recipe_from(kRecipe);
  EXPECT_EQ(recipe.model, "mucon");
  EXPECT_EQ(recipe.data, std::filesystem::path("breakfast"));
  EXPECT_EQ(recipe.seed, 9223372036854775807u);
  EXPECT_EQ(recipe.mean, (std::array<double, 3>{0, 0.5, 1}));
  EXPECT_EQ(recipe.stages, (std::array<bool, 2>{true, false}));
  EXPECT_EQ(recipe.milestones, (std::vector<std::int64_t>{20, 40}));
  EXPECT_EQ(recipe.optimizer.lr, 1);
  EXPECT_EQ(recipe.optimizer.schedule, Schedule::kStep);
  EXPECT_EQ(recipe.optimizer.clip, 40);
  ASSERT_EQ(recipe.heads.size(), 2u);
  EXPECT_EQ(recipe.heads[1].task, "scene");
  EXPECT_EQ(recipe.heads[1].classes, 10);
  EXPECT_EQ(recipe.loss_weights.at("action"), 0.25);
  EXPECT_FALSE(recipe.extra);
}

TEST(Config, KeepsTheDefaultsOfWhatIsNotNamed) {
  const Recipe recipe = recipe_from("data = 'd'\n[optimizer]\nlr = 2");
  EXPECT_EQ(recipe.model, "x3d_s");
  EXPECT_EQ(recipe.optimizer.lr, 2);
  EXPECT_TRUE(recipe.optimizer.nesterov);
  EXPECT_EQ(recipe.mean, (std::array<double, 3>{0.45, 0.45, 0.45}));
}

TEST(Config, OverridesWinAndFillStringsAsTyped) {
  const Recipe recipe = recipe_from(
      kRecipe, {"model=x3d_m", "optimizer.lr=0.5", "optimizer.schedule=cosine", "data=2024", "milestones=[]",
                "loss_weights.scene=1", "extra.task=scene", "optimizer.lr=0.25"});
  EXPECT_EQ(recipe.model, "x3d_m");
  EXPECT_EQ(recipe.optimizer.lr, 0.25) << "the last of two holds";
  EXPECT_EQ(recipe.optimizer.schedule, Schedule::kCosine);
  EXPECT_EQ(recipe.data, std::filesystem::path("2024"));
  EXPECT_TRUE(recipe.milestones.empty());
  EXPECT_EQ(recipe.loss_weights, (std::map<std::string, double>{{"action", 0.25}, {"scene", 1}}));
  EXPECT_EQ(recipe.extra->task, "scene");
}

TEST(Config, UnknownKeysNameTheNearest) {
  EXPECT_EQ(refusal_of_line("optimizer.lrr = 1"),
            "r.toml:2: unknown key 'lrr' in 'optimizer'; did you mean 'lr'?");
  EXPECT_EQ(refusal_of_line("modle = 'x'"), "r.toml:2: unknown key 'modle'; did you mean 'model'?");
  EXPECT_EQ(refusal_of_line("[[heads]]\ntask = 'scene'\nclass = 3"),
            "r.toml:4: unknown key 'class' in 'heads[0]'; did you mean 'classes'?");
  EXPECT_EQ(
      refusal_of_line("[optimizer]\nmomentum_of_the_mean = 1"),
      "r.toml:3: unknown key 'momentum_of_the_mean' in 'optimizer'; known keys: lr, weight_decay, nesterov, "
      "schedule, clip");
  EXPECT_EQ(refusal_of("data = 'd'", {"optimizer.nestrov=false"}),
            "command line: unknown key 'nestrov' in 'optimizer'; did you mean 'nesterov'?");
}

TEST(Config, WrongTypesNameWhatWasExpectedAndFound) {
  EXPECT_EQ(refusal_of_line("[optimizer]\nlr = 'fast'"),
            "r.toml:3: 'optimizer.lr': expected a number from 0 to 10, found \"fast\"");
  EXPECT_EQ(refusal_of_line("model = 3"), "r.toml:2: 'model': expected a string, found 3");
  EXPECT_EQ(refusal_of_line("seed = 1.5"), "r.toml:2: 'seed': expected an integer, found 1.5");
  EXPECT_EQ(refusal_of_line("optimizer.nesterov = 1"),
            "r.toml:2: 'optimizer.nesterov': expected true or false, found 1");
  EXPECT_EQ(refusal_of_line("milestones = 3"), "r.toml:2: 'milestones': expected a list, found 3");
  EXPECT_EQ(refusal_of_line("milestones = [\n3,\n'x']"),
            "r.toml:4: 'milestones[1]': expected an integer of at least 1, found \"x\"");
  EXPECT_EQ(refusal_of_line("mean = [1, 2]"), "r.toml:2: 'mean': expected a list of 3 values, found [1, 2]");
  EXPECT_EQ(refusal_of_line("optimizer = 1"), "r.toml:2: 'optimizer': expected a table, found 1");
  EXPECT_EQ(refusal_of_line("loss_weights = [1]"), "r.toml:2: 'loss_weights': expected a table, found [1]");
  EXPECT_EQ(refusal_of_line("milestones = '" + std::string(59, 'x') + "é'"),
            "r.toml:2: 'milestones': expected a list, found \"" + std::string(59, 'x') + "...");
}

TEST(Config, ValuesOutOfRangeNameTheRange) {
  EXPECT_EQ(refusal_of_line("[optimizer]\nlr = 20"),
            "r.toml:3: 'optimizer.lr': expected a number from 0 to 10, found 20");
  EXPECT_EQ(refusal_of_line("[optimizer]\nlr = nan"),
            "r.toml:3: 'optimizer.lr': expected a number from 0 to 10, found nan");
  EXPECT_EQ(refusal_of_line("[optimizer]\nclip = -1"),
            "r.toml:3: 'optimizer.clip': expected a number of at least 0, found -1");
  EXPECT_EQ(refusal_of_line("loss_weights.scene = 2"),
            "r.toml:2: 'loss_weights.scene': expected a number from 0 to 1, found 2");
  EXPECT_EQ(refusal_of_line("small = 128"),
            "r.toml:2: 'small': expected an integer from -128 to 127, found 128");
  EXPECT_EQ(refusal_of_line("seed = -1"),
            "r.toml:2: 'seed': expected an integer from 0 to 9223372036854775807, found -1");
}

TEST(Config, NamesOutOfASetNameTheSetAndTheNearest) {
  EXPECT_EQ(refusal_of_line("optimizer.schedule = 'cosin'"),
            "r.toml:2: 'optimizer.schedule': expected one of step, cosine, found \"cosin\"; did you mean "
            "'cosine'?");
  EXPECT_EQ(
      refusal_of_line("heads = [{ task = 'seen' }]"),
      "r.toml:2: 'heads[0].task': expected one of scene, action, found \"seen\"; did you mean 'scene'?");
}

TEST(Config, WhatIsRequiredIsAskedForWithItsHelp) {
  EXPECT_EQ(refusal_of(""), "r.toml: missing key 'data': folder of the data set");
  EXPECT_EQ(refusal_of_line("\n[[heads]]\nclasses = 1"),
            "r.toml:3: missing key 'heads[0].task': what is predicted");
}

struct Outer {
  HeadOptions head;
};
void describe(ConfigFields& f, Outer& o) {
  f.field("head", o.head, "output");
}

TEST(Config, WhatATableRequiresIsRequiredAlsoWithoutTheTable) {
  Outer outer;
  try {
    read_config(parse_toml("", "r.toml"), outer);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "r.toml: missing key 'head.task': what is predicted");
  }
}

TEST(Config, TheResolvedOptionsReadBackAsThemselves) {
  const std::string text = config_to_toml(recipe_from(kRecipe));
  EXPECT_EQ(
      text,
      "model = \"mucon\"\ndata = \"breakfast\"\nseed = 9223372036854775807\nsmall = 0\n"
      "mean = [0.0, 0.5, 1.0]\nstages = [true, false]\nmilestones = [20, 40]\n\n"
      "[optimizer]\nlr = 1.0\nweight_decay = 0.0001\nnesterov = true\nschedule = \"step\"\nclip = 40.0\n\n"
      "[[heads]]\ntask = \"action\"\nclasses = 48\n\n[[heads]]\ntask = \"scene\"\nclasses = 10\n\n"
      "[loss_weights]\naction = 0.25\n");
  EXPECT_EQ(config_to_toml(recipe_from(text)), text);
}

TEST(Config, ListsEveryKeyWithDefaultAndHelp) {
  EXPECT_EQ(
      format_keys(config_keys<Recipe>()),
      "model = \"x3d_s\"                  # architecture (string)\n"
      "data = (required)                # folder of the data set (path)\n"
      "seed = 1                         # of every generator (integer)\n"
      "small = 0                        # a small number (integer)\n"
      "mean = [0.45, 0.45, 0.45]        # of the channels, RGB (list of 3 x number)\n"
      "stages = [false, true]           # that have it (list of 2 x boolean)\n"
      "milestones = []                  # epochs at which the rate falls (list of integer of at least 1)\n"
      "optimizer.lr = 0.1               # learning rate of the first epoch (number from 0 to 10)\n"
      "optimizer.weight_decay = 0.0001  # L2 penalty (number of at least 0)\n"
      "optimizer.nesterov = true        # Nesterov's momentum (boolean)\n"
      "optimizer.schedule = \"cosine\"    # how the learning rate falls (step | cosine)\n"
      "optimizer.clip = (none)          # largest norm of the gradient (number of at least 0)\n"
      "heads[].task = (required)        # what is predicted (scene | action)\n"
      "heads[].classes = 0              # how many labels (integer from 1 to 100000)\n"
      "loss_weights = {}                # of each head (table of number from 0 to 1)\n"
      "extra.task = (required)          # what is predicted (scene | action)\n"
      "extra.classes = 0                # how many labels (integer from 1 to 100000)\n");
}

TEST(Config, AFileAndItsOverridesAreLoadedInOneCall) {
  const std::string path = testing::TempDir() + "/zoetrope_config_test.toml";
  std::ofstream(path) << "lr = 2\n";
  EXPECT_EQ(load_config<OptimizerOptions>(path).lr, 2);
  EXPECT_EQ(load_config<OptimizerOptions>(path, {"lr=3"}).lr, 3);
  EXPECT_FALSE(load_config<OptimizerOptions>(path, {}, {.nesterov = false}).nesterov);
  std::filesystem::remove(path);
}

TEST(Config, ANameIsDescribedOnce) {
  ConfigFields fields;
  int a = 0, b = 0;
  fields.field("a", a, "");
  EXPECT_THROW(fields.field("a", b, ""), std::logic_error);
}

}  // namespace
}  // namespace zoetrope
