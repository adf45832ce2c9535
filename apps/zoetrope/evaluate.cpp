#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/dataset_argument.h"
#include "apps/zoetrope/device.h"
#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/shipped_bundles.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/inference/recognition.h"
#include "zoetrope/training/evaluation.h"
#include "zoetrope/training/run_report.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

struct EvaluateOptions {
  std::string bundle, data;
  std::vector<std::string> overrides, changes;
  std::string views = "10x1", device = "cpu";
  int workers = 0;
  int threads = 0;
  bool all_splits = false;
  bool json = false;
};

constexpr const char* kSplitMark = "{}";

Json json_of(const training::Evaluation& result, const data::Dataset& dataset) {
  Json heads = Json::array(), missing = Json::array();
  for (const tasks::HeadMetrics& head : result.heads) heads.push_back(training::metrics_json(head));
  for (const data::BrokenSample& each : result.missing)
    missing.push_back(
        {{"id", dataset.samples[static_cast<std::size_t>(each.sample)].id}, {"problem", each.reason}});
  Json document = {{"samples", result.samples},
                   {"missing", missing},
                   {"heads", heads},
                   {"multiply_adds", result.multiply_adds}};
  if (const auto map = tasks::overall_map(result.heads))
    document["overall"] = {{"map_mean_of_heads", map->mean_of_heads},
                           {"map_mean_of_labels", map->mean_of_labels}};
  const inference::NetworkUseSums& use = result.use;
  if (use.clips > 0) {
    const auto clips = static_cast<double>(use.clips);
    document["network_use"] = {{"clips", use.clips},
                               {"maps_kept", use.mean_bins()},
                               {"maps", use.all_bins},
                               {"multiply_adds", use.multiply_adds / clips},
                               {"all_multiply_adds", use.all_multiply_adds / clips},
                               {"clips_by_maps_kept", use.clips_of_bins}};
  }
  return document;
}

std::string text_of(const training::Evaluation& result) {
  return training::format_metrics(result.heads) + inference::format_use(result.use);
}

training::Evaluation evaluate_split(const EvaluateOptions& options, const std::string& bundle_path,
                                    const std::vector<std::string>& overrides, ProgressMode mode,
                                    Json& json) {
  const torch::Device device = device_of(options.device);
  inference::RecognitionOptions views;
  inference::set_views(views, options.views);
  const bundle::Bundle bundle =
      bundle::load_bundle(bundle_folder(bundle_path), models::all_models(), options.changes);
  bundle.model->to(device);
  if (bundle.config.sequence) {
    throw Error::usage("{}: is no bundle for clips; {} with --truth measures it", bundle_path,
                       bundle.config.detection    ? "'detect'"
                       : bundle.config.captioning ? "'caption'"
                                                  : "'segment'");
  }
  const data::Dataset dataset = data::read_dataset(dataset_of(options.data, overrides));
  training::Evaluation result = training::evaluate(
      bundle, dataset,
      {.views = {.clips = views.clips, .crops = views.crops, .workers = options.workers}, .progress = mode});
  for (const data::BrokenSample& each : result.missing) log_warning("left out: {}", each.reason);
  json = json_of(result, dataset);
  return result;
}

// The bundle of one of the official splits: "runs/ucf101-{}/best".
std::string bundle_of_split(const std::string& pattern, std::int64_t split) {
  const std::size_t at = pattern.find(kSplitMark);
  return at == std::string::npos ? pattern : std::string(pattern).replace(at, 2, std::to_string(split));
}

// Every official split by itself, then the means of their metrics.
int evaluate_splits(const EvaluateOptions& options, ProgressMode mode) {
  constexpr std::int64_t kSplits = 3;  // of ucf101 and hmdb51
  Json splits = Json::array();
  std::vector<std::vector<tasks::HeadMetrics>> all;
  bool some_missing = false;
  for (std::int64_t split = 1; split <= kSplits; ++split) {
    std::vector<std::string> overrides = options.overrides;
    overrides.push_back(fmt::format("split={}", split));
    Json json;
    const training::Evaluation result =
        evaluate_split(options, bundle_of_split(options.bundle, split), overrides, mode, json);
    some_missing = some_missing || !result.missing.empty();
    splits.push_back(std::move(json));
    all.push_back(result.heads);
    if (!options.json) fmt::print("split {}: {}", split, text_of(result));
  }
  const std::vector<tasks::HeadMetrics> mean = training::mean_metrics(all);
  if (options.json) {
    Json heads = Json::array();
    for (const tasks::HeadMetrics& head : mean) heads.push_back(training::metrics_json(head));
    print_json({{"splits", splits}, {"mean", heads}});
  } else {
    fmt::print("mean of {} splits: {}", kSplits, training::format_metrics(mean));
  }
  return some_missing ? kSomeInputsFailed : 0;
}

int run_evaluate(const EvaluateOptions& options, ProgressMode mode) {
  inference::use_threads(options.threads);
  if (options.all_splits) return evaluate_splits(options, mode);
  if (options.bundle.find(kSplitMark) != std::string::npos)
    throw Error::usage("{}: {} stands for the number of a split, and needs --all-splits", options.bundle,
                       kSplitMark);
  Json json;
  const training::Evaluation result = evaluate_split(options, options.bundle, options.overrides, mode, json);
  if (options.json) {
    print_json(json);
  } else {
    fmt::print("{}", text_of(result));
  }
  if (result.missing.empty()) return 0;
  return result.samples == 0 ? kInputUnreadable : kSomeInputsFailed;
}

}  // namespace

void add_evaluate(Program& program) {
  CLI::App& command = program.command(
      "evaluate", "how good a bundle is on labelled videos",
      {{"evaluate runs/gestures/best gestures/test", "a folder for each class"},
       {"evaluate runs/gestures/best recipes/own_clips.toml --views 10x3", "the validation data of a recipe"},
       {"evaluate bundles/r3d_18 ucf101.toml split=2 subset=test",
        "a data set's keys in TOML, and other values"},
       {"evaluate 'runs/ucf101-{}/best' ucf101.toml subset=test --all-splits",
        "a bundle for each of the three splits, and the mean"}});
  auto options = std::make_shared<EvaluateOptions>();
  command.add_option("BUNDLE", options->bundle, "the trained model")->required();
  command
      .add_option("DATA", options->data,
                  "a folder of classes, a data set in TOML, or a recipe (docs/data.md)")
      ->required();
  command.add_option("KEY=VALUE", options->overrides, "keys of the data set that differ: subset=test");
  command
      .add_option("--set", options->changes,
                  "a key of the bundle's zoetrope.toml that differs: preprocessing.stride=4; may be given "
                  "several times")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_flag("--all-splits", options->all_splits,
                   "the three splits of ucf101 or hmdb51 and their mean; {} in BUNDLE is the split's number");
  command
      .add_option(
          "--views", options->views,
          "clips of a sample ('all': one after another, without overlap), and crops of each (1, 3, 5 or "
          "10), whose scores are averaged")
      ->type_name("CLIPSxCROPS")
      ->capture_default_str();
  add_device(program, command, options->device);
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
