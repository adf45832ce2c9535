#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/config.h"
#include "zoetrope/models/list.h"
#include "zoetrope/models/multiply_adds.h"
#include "zoetrope/models/state.h"
#include "zoetrope/nn/shape_only.h"

namespace zoetrope::cli {
namespace {

struct ModelsOptions {
  std::string name;
  std::vector<std::string> overrides;
  int depth = 0;
  bool json = false;
};

/// "1x3x8x64x64 + 1x3x32x64x64"
std::string input_text(const models::Model& model) {
  std::string text;
  for (const models::InputSpec& input : model.native_inputs()) {
    text += fmt::format("{}{}", text.empty() ? "" : " + ", fmt::join(input.shape, "x"));
  }
  return text;
}

Json inputs_json(const models::Model& model) {
  Json inputs = Json::array();
  for (const models::InputSpec& input : model.native_inputs())
    inputs.push_back({{"name", input.name}, {"shape", input.shape}});
  return inputs;
}

models::RunCost cost_of(models::Model& model) {
  std::vector<torch::Tensor> inputs;
  for (const models::InputSpec& input : model.native_inputs()) inputs.push_back(torch::empty(input.shape));
  model.eval();
  return models::count_multiply_adds(model, inputs);
}

/// Without a depth, the coarsest table that tells anything: some networks keep all their layers in one list.
std::vector<models::LayerCost> stages_of(const models::RunCost& cost, int depth) {
  constexpr std::size_t kFewest = 4;
  constexpr int kDeepest = 4;
  if (depth > 0) return cost.by_stage(depth);
  for (depth = 1; depth < kDeepest && cost.by_stage(depth).size() < kFewest; ++depth) {
  }
  return cost.by_stage(depth);
}

int list_models(const ModelsOptions& options) {
  Json documents = Json::array();
  if (!options.json)
    fmt::print("{:<24} {:<24} {:>10} {:>12}  {}\n", "name", "family", "parameters", "multiply-adds", "input");
  for (const models::ModelEntry& entry : models::all_models()) {
    const auto model = entry.build(ConfigValue{ConfigTable{}});
    const models::RunCost cost = cost_of(*model);
    if (options.json) {
      documents.push_back({{"name", entry.name},
                           {"family", entry.family},
                           {"parameters", cost.parameters},
                           {"multiply_adds", cost.multiply_adds},
                           {"inputs", inputs_json(*model)},
                           {"paper", entry.paper},
                           {"source", entry.source}});
    } else {
      fmt::print("{:<24} {:<24} {:>10} {:>12}  {}\n", entry.name, entry.family,
                 models::format_count(cost.parameters), models::format_count(cost.multiply_adds),
                 input_text(*model));
      std::fflush(stdout);
    }
  }
  if (options.json) print_json(documents);
  return 0;
}

int show_model(const ModelsOptions& options) {
  const models::ModelEntry& entry = models::find_model(options.name);
  ConfigValue table{ConfigTable{}};
  for (const std::string& assignment : options.overrides) apply_override(table, assignment);
  const auto model = entry.build(table);
  const models::RunCost cost = cost_of(*model);
  const std::vector<models::LayerCost> layers = stages_of(cost, options.depth);
  if (options.json) {
    Json keys = Json::array(), rows = Json::array();
    for (const ConfigKey& key : entry.options())
      keys.push_back({{"key", key.path}, {"type", key.type}, {"default", key.value}, {"help", key.help}});
    for (const models::LayerCost& layer : layers)
      rows.push_back(
          {{"name", layer.name}, {"multiply_adds", layer.multiply_adds}, {"parameters", layer.parameters}});
    print_json({{"name", entry.name},
                {"family", entry.family},
                {"paper", entry.paper},
                {"source", entry.source},
                {"parameters", cost.parameters},
                {"multiply_adds", cost.multiply_adds},
                {"inputs", inputs_json(*model)},
                {"options", keys},
                {"layers", rows}});
    return 0;
  }
  fmt::print("{} ({})\n  {}\n  names and numbers: {}\n\n", entry.name, entry.family, entry.paper,
             entry.source);
  fmt::print("Input {}; {} parameters, {} multiply-adds\n\n", input_text(*model),
             models::format_count(cost.parameters), models::format_count(cost.multiply_adds));
  fmt::print("{}\nOptions\n{}", models::format_cost(layers), format_keys(entry.options()));
  return 0;
}

}  // namespace

void add_models(Program& program) {
  CLI::App& command = program.command(
      "models", "the architectures: what they cost, their options and layers",
      {{"models", "all of them, with parameters and multiply-adds at their published input"},
       {"models x3d_s", "options, paper and layers of one"},
       {"models r3d_18 num_classes=174 --depth 2", "with another option, and a finer table of layers"}});
  auto options = std::make_shared<ModelsOptions>();
  command.add_option("NAME", options->name, "a model; without one, all are listed");
  command.add_option("KEY=VALUE", options->overrides, "options of that model")->needs("NAME");
  command.add_option("--depth", options->depth, "names between dots by which layers are summed up")
      ->check(Program::within(1, 16))
      ->type_name("N");
  command.add_flag("--json", options->json, "one JSON document");
  program.on_run(command, [options] {
    const nn::ShapeOnly shapes;
    return options->name.empty() ? list_models(*options) : show_model(*options);
  });
}

}  // namespace zoetrope::cli
