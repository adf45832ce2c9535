#include <fmt/format.h>

#include <filesystem>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/bundle/import.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/data/labels.h"

namespace zoetrope::cli {
namespace {

struct ImportFlags {
  std::string source, model, labels, output;
  std::vector<std::string> overrides, preprocessing;
  bundle::ImportOptions options;
  bool force = false;
  bool json = false;
};

ConfigValue table_of(const std::vector<std::string>& assignments) {
  ConfigValue table{ConfigTable{}};
  for (const std::string& assignment : assignments) apply_override(table, assignment);
  return table;
}

bundle::ImportOptions options_of(const ImportFlags& flags) {
  bundle::ImportOptions options = flags.options;
  options.model.name = flags.model;
  options.model.options = std::get<ConfigTable>(table_of(flags.overrides).data);
  if (!flags.labels.empty()) {
    options.labels = data::read_labels(flags.labels);
    if (options.labels.empty()) throw Error::input("{}: holds no labels", flags.labels);
    // The labels say how many classes there are, unless that is said otherwise.
    if (!find_key(options.model.options, "num_classes")) {
      const auto count = static_cast<std::int64_t>(options.labels.size());
      options.model.options.push_back({"num_classes", ConfigValue{count}});
    }
  }
  options.preprocessing = std::get<ConfigTable>(table_of(flags.preprocessing).data);
  return options;
}

Json report_json(const ImportFlags& flags, const weights::NameMap& map) {
  Json mis_shaped = Json::array();
  for (const weights::MisShaped& each : map.mis_shaped) {
    mis_shaped.push_back({{"model", each.target.name},
                          {"model_shape", each.target.shape},
                          {"checkpoint", each.source.name},
                          {"checkpoint_shape", each.source.shape}});
  }
  return {{"source", flags.source},     {"model", flags.model},          {"bundle", flags.output},
          {"complete", map.complete()}, {"matched", map.matched.size()}, {"names", map.dialect},
          {"missing", map.missing},     {"unused", map.unused},          {"mis_shaped", mis_shaped}};
}

int run_import(const ImportFlags& flags) {
  const bundle::ImportPlan plan = bundle::plan_import(flags.source, options_of(flags));
  const bool complete = plan.map.complete();
  const auto report = [&] {
    if (flags.json)
      print_json(report_json(flags, plan.map));
    else
      fmt::print("{}", plan.report());
    std::fflush(stdout);
  };
  if (!complete) report();  // which says why nothing is written, if so
  bundle::write_import(plan, flags.output, flags.force ? bundle::Overwrite::kYes : bundle::Overwrite::kNo);
  if (complete) report();
  const bundle::Preprocessing& p = plan.preprocessing;
  const std::string frames = p.sampling == bundle::Sampling::kSegments
                                 ? fmt::format("{} frames over the whole video", p.frames)
                                 : fmt::format("{} frames, {} apart{}", p.frames, p.stride,
                                               p.fps > 0 ? fmt::format(" at {}/s", p.fps) : "");
  log_info("{}: written; clips of {}, short side {}, crop {}{}", flags.output, frames, p.short_side, p.crop,
           flags.preprocessing.empty()
               ? fmt::format(", as published for {}; --preprocess changes that", flags.model)
               : "");
  return 0;
}

}  // namespace

void add_import(Program& program) {
  CLI::App& command =
      program.command("import", "a published checkpoint to a bundle: a folder that analyze and features take",
                      {{"import r3d_18.pth --model r3d_18 --labels kinetics400.txt -o bundles/r3d_18",
                        "a checkpoint of torchvision"},
                       {"import mine.pth --model x3d_s --labels mine.txt -o mine --preprocess stride=2 "
                        "short_side=160 crop=160",
                        "one that was trained on other clips than the published one"},
                       {"import resnet50.pth --model resnet3d_50 --inflate --partial -o start",
                        "a 2D network as the beginning of a 3D one"}});
  auto flags = std::make_shared<ImportFlags>();
  command
      .add_option("SOURCE", flags->source,
                  "a checkpoint: .pth, .pt, .pyth or .safetensors; no code in it is run")
      ->required();
  command.add_option("--model", flags->model, "what it is a checkpoint of; 'zoetrope models' lists them")
      ->type_name("NAME")
      ->required();
  command.add_option("--option", flags->overrides, "an option of the model: --option num_classes=174")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_option("--labels", flags->labels, "the classes' names: one a line, or JSON")->type_name("FILE");
  command.add_option("-o,--output", flags->output, "the bundle's folder")->type_name("BUNDLE")->required();
  program.choice(command, "--task", flags->options.task, {"classification", "multilabel"},
                 "one label a clip, or many");
  command
      .add_option(
          "--preprocess", flags->preprocessing,
          "how its clips are made, where not as published: sampling, frames, stride, fps, short_side, crop, "
          "interpolation, antialias, channels, scale, mean, std")
      ->type_name("KEY=VALUE");
  command
      .add_option("--key", flags->options.key,
                  "the checkpoint's entry that holds the weights; searched if not given")
      ->type_name("NAME");
  command.add_option("--licence", flags->options.licence, "kept in the bundle")->type_name("TEXT");
  command.add_flag("--inflate", flags->options.inflate, "2D convolutions may fill 3D ones");
  command.add_flag("--partial", flags->options.partial,
                   "write the bundle although the checkpoint lacks some tensors");
  command.add_flag("--force", flags->force, "replace a bundle that is there");
  command.add_flag("--json", flags->json, "print the report, with every name, as one JSON document");
  program.on_run(command, [flags] { return run_import(*flags); });
}

}  // namespace zoetrope::cli
