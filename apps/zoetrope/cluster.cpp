#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/dataset_argument.h"
#include "apps/zoetrope/device.h"
#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/shipped_bundles.h"
#include "apps/zoetrope/timeline_output.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/log.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/inference/recognition.h"
#include "zoetrope/timeline/csv.h"
#include "zoetrope/training/clustering.h"

namespace zoetrope::cli {
namespace {

struct ClusterOptions {
  std::string data, bundle, output;
  std::vector<std::string> overrides;
  std::string views = "4x1", device = "cpu";
  training::ClusteringOptions clustering;
  int threads = 0;
  bool json = false;
};

// The samples of each cluster, one group after the other.
std::string csv_of(const training::Clustering& result, const data::Dataset& dataset) {
  std::string text = "id,cluster\n";
  const std::int64_t clusters = result.clusters.empty() ? 0 : *std::ranges::max_element(result.clusters) + 1;
  for (std::int64_t cluster = 0; cluster < clusters; ++cluster) {
    for (std::size_t i = 0; i < result.clusters.size(); ++i) {
      if (result.clusters[i] != cluster) continue;
      const data::Sample& sample = dataset.samples[static_cast<std::size_t>(result.samples[i])];
      text += fmt::format("{},{}\n", timeline::csv_field(sample.id), cluster);
    }
  }
  return text;
}

Json json_of(const training::Clustering& result, const data::Dataset& dataset) {
  Json samples = Json::array();
  for (std::size_t i = 0; i < result.clusters.size(); ++i) {
    samples.push_back({{"id", dataset.samples[static_cast<std::size_t>(result.samples[i])].id},
                       {"cluster", result.clusters[i]}});
  }
  return {{"accuracy", result.agreement ? Json(result.agreement->accuracy()) : Json(nullptr)},
          {"samples", samples}};
}

int run_cluster(ClusterOptions& options, ProgressMode mode) {
  const torch::Device device = device_of(options.device);
  inference::use_threads(options.threads);
  inference::RecognitionOptions views;
  inference::set_views(views, options.views);
  options.clustering.views.clips = views.clips;
  options.clustering.views.crops = views.crops;
  options.clustering.progress = mode;
  const bundle::Bundle bundle = bundle::load_bundle(bundle_folder(options.bundle));
  bundle.model->to(device);
  const data::Dataset dataset = data::read_dataset(dataset_of(options.data, options.overrides));
  // Before the videos' hours.
  if (options.clustering.clusters > std::ssize(dataset.samples)) {
    throw Error::usage("{} videos cannot be put into {} clusters", dataset.samples.size(),
                       options.clustering.clusters);
  }
  if (const auto folder = std::filesystem::path(options.output).parent_path(); !folder.empty())
    make_output_folder(folder.string());
  const training::Clustering result = training::cluster(bundle, dataset, options.clustering);
  if (!options.output.empty()) write_file_atomically(options.output, csv_of(result, dataset));
  if (options.json) {
    print_json(json_of(result, dataset));
  } else {
    if (options.output.empty()) fmt::print("{}", csv_of(result, dataset));
    if (result.agreement) {
      fmt::print(stderr, "{} of {} videos in the cluster of their class: accuracy {:.2f} %\n",
                 result.agreement->matched, result.agreement->total, 100 * result.agreement->accuracy());
    }
  }
  for (const data::BrokenSample& each : result.missing) log_warning("left out: {}", each.reason);
  return result.missing.empty() ? 0 : kSomeInputsFailed;
}

}  // namespace

void add_cluster(Program& program) {
  CLI::App& command = program.command("cluster", "videos grouped by what a bundle sees in them",
                                      {{"cluster clips/test --bundle bundles/r3d_18 -o clusters.csv",
                                        "as many groups as the folder has classes"},
                                       {"cluster holiday.toml --bundle bundles/x3d_s --clusters 12",
                                        "of a data set in TOML (docs/data.md)"}});
  auto options = std::make_shared<ClusterOptions>();
  command
      .add_option("DATA", options->data,
                  "a folder of classes, a data set in TOML, or a recipe (docs/data.md)")
      ->required();
  command.add_option("KEY=VALUE", options->overrides, "keys of the data set that differ: subset=test");
  command.add_option("--bundle", options->bundle, "the model whose features are grouped")
      ->type_name("DIR")
      ->required();
  command
      .add_option("--clusters", options->clustering.clusters,
                  "how many groups; as many as the first label set has classes if not given")
      ->type_name("K")
      ->check(Program::above_zero());
  command
      .add_option("--layer", options->clustering.layer,
                  "what the classifier takes, or a stage by its authors' name ('models NAME' lists them)")
      ->type_name("NAME")
      ->capture_default_str();
  command
      .add_option("--views", options->views,
                  "clips of a video, and crops of each (1, 3, 5 or 10), whose features are averaged")
      ->type_name("CLIPSxCROPS")
      ->capture_default_str();
  command.add_option("--seed", options->clustering.seed, "of the first centres")
      ->type_name("N")
      ->capture_default_str();
  command.add_option("-o,--output", options->output, "write the groups to this CSV (id,cluster)")
      ->type_name("FILE");
  add_device(program, command, options->device);
  command
      .add_option("-j,--workers", options->clustering.views.workers,
                  "threads that make clips; one a core if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_option("-t,--threads", options->threads, "threads that compute; all cores if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_flag("--json", options->json, "print the result as one JSON document");
  program.on_run(command, [&program, options] { return run_cluster(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
