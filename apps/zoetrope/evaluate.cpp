#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/log.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/inference/recognition.h"
#include "zoetrope/training/evaluation.h"
#include "zoetrope/training/recipe.h"
#include "zoetrope/training/run_report.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

struct EvaluateOptions {
  std::string bundle, data;
  std::vector<std::string> overrides;
  std::string views = "10x1";
  int workers = 0;
  int threads = 0;
  bool json = false;
};

// A folder of classes; or TOML with the keys of a data set, or a whole recipe, whose validation data is meant.
data::DatasetOptions data_of(const EvaluateOptions& options) {
  ConfigValue table{ConfigTable{}};
  if (fs::is_directory(options.data)) {
    apply_override(table, "root=" + options.data);
  } else {
    table = parse_toml(read_text_file(options.data, kMaxConfigBytes), options.data);
    const ConfigValue* section = find_key(std::get<ConfigTable>(table.data), "data");
    if (section && std::holds_alternative<ConfigTable>(section->data)) {
      const ConfigValue* validation = find_key(std::get<ConfigTable>(section->data), "validation");
      if (!validation) throw Error::usage("{}: the recipe has no validation data", options.data);
      const ConfigValue chosen = *validation;
      table = chosen;
    }
  }
  for (const std::string& assignment : options.overrides) apply_override(table, assignment);
  data::DatasetOptions dataset;
  read_config(table, dataset);
  return dataset;
}

Json json_of(const training::Evaluation& result, const data::Dataset& dataset) {
  Json heads = Json::array(), missing = Json::array();
  for (const tasks::HeadMetrics& head : result.heads) heads.push_back(training::metrics_json(head));
  for (const data::BrokenSample& each : result.missing)
    missing.push_back(
        {{"id", dataset.samples[static_cast<std::size_t>(each.sample)].id}, {"problem", each.reason}});
  return {{"samples", result.samples}, {"missing", missing}, {"heads", heads}};
}

int run_evaluate(const EvaluateOptions& options, ProgressMode mode) {
  inference::use_threads(options.threads);
  inference::RecognitionOptions views;
  inference::set_views(views, options.views);
  const bundle::Bundle bundle = bundle::load_bundle(options.bundle);
  const data::Dataset dataset = data::read_dataset(data_of(options));
  const training::Evaluation result = training::evaluate(
      bundle, dataset,
      {.clips = views.clips, .crops = views.crops, .workers = options.workers, .progress = mode});
  if (options.json) {
    print_json(json_of(result, dataset));
  } else {
    fmt::print("{}", training::format_metrics(result.heads));
  }
  for (const data::BrokenSample& each : result.missing) log_warning("left out: {}", each.reason);
  if (result.missing.empty()) return 0;
  return result.samples == 0 ? kInputUnreadable : kSomeInputsFailed;
}

}  // namespace

void add_evaluate(Program& program) {
  CLI::App& command = program.command(
      "evaluate", "how good a bundle is on labelled videos",
      {{"evaluate runs/gestures/best gestures/test", "a folder for each class"},
       {"evaluate runs/gestures/best recipes/gestures.toml --views 10x3", "the validation data of a recipe"},
       {"evaluate bundles/r3d_18 ucf101.toml split=2 subset=test",
        "a data set's keys in TOML, and other values"}});
  auto options = std::make_shared<EvaluateOptions>();
  command.add_option("BUNDLE", options->bundle, "the trained model")->required();
  command
      .add_option("DATA", options->data,
                  "a folder of classes, a data set in TOML, or a recipe (docs/data.md)")
      ->required();
  command.add_option("KEY=VALUE", options->overrides, "keys of the data set that differ: subset=test");
  command
      .add_option("--views", options->views,
                  "clips of a sample, and crops of each (1, 3 or 10), whose scores are averaged")
      ->type_name("CLIPSxCROPS")
      ->capture_default_str();
  command.add_option("-j,--workers", options->workers, "threads that make clips; one a core if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_option("-t,--threads", options->threads, "threads that compute; all cores if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_flag("--json", options->json, "print the result as one JSON document");
  program.on_run(command, [&program, options] { return run_evaluate(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
