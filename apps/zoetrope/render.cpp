#include <fmt/format.h>

#include <cstdio>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/output.h"
#include "zoetrope/core/config.h"
#include "zoetrope/core/error.h"
#include "zoetrope/synthetic/write_world.h"

namespace zoetrope::cli {
namespace {

struct RenderOptions {
  std::string world, output;
  std::vector<std::string> overrides;
  int threads = 0;
  bool force = false;
  bool list = false;
};

int run_render(const RenderOptions& options, ProgressMode mode) {
  const auto world = load_config<synthetic::WorldOptions>(options.world, options.overrides);
  synthetic::check_world(world, options.world);
  if (options.list) {
    const std::vector<ConfigKey> keys = config_keys(world);
    fmt::print("{}", format_keys(keys));
    return 0;
  }
  if (options.output.empty()) throw Error::usage("-o is required: the folder for the videos and annotations");
  Progress progress({.label = options.output,
                     .unit = "video",
                     .units = "videos",
                     .total = synthetic::count_videos(world),
                     .mode = mode});
  const synthetic::WorldSummary summary = synthetic::write_world(
      world, options.output,
      {.num_threads = options.threads, .force = options.force, .on_video = [&] { progress.advance(); }});
  progress.finish();
  fmt::print("{}: {} clips, {} untrimmed videos, {} to watch\n", options.output, summary.clips,
             summary.untrimmed, duration_text(summary.seconds));
  return 0;
}

}  // namespace

void add_render(Program& program) {
  CLI::App& command = program.command(
      "render", "videos of a made-up world whose every label is known, in the layouts of the field",
      {{"render recipes/worlds/small.toml -o data/small", "eight actions, as clips for training and testing"},
       {"render recipes/worlds/small.toml -o data/other --set look.domain_shift=1 --set seed=2",
        "the same actions in another look"},
       {"render recipes/worlds/untrimmed.toml --options", "what can be set, and how it is"}});
  auto options = std::make_shared<RenderOptions>();
  command.add_option("WORLD", options->world, "the world's options: a TOML file")->required();
  command
      .add_option("-o,--output", options->output,
                  "the folder for the videos and annotations; it is made if missing")
      ->type_name("DIR");
  command.add_option("--set", options->overrides, "an option in place of the file's, as clips.train=100")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
  command.add_option("-t,--threads", options->threads, "videos rendered at a time; all cores if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_flag("--options", options->list, "print every option with its value, and render nothing");
  command.add_flag("--force", options->force, "replace an earlier world in the folder");
  program.on_run(command, [&program, options] { return run_render(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
