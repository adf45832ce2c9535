#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <memory>

#include "apps/zoetrope/commands.h"
#include "apps/zoetrope/device.h"
#include "apps/zoetrope/exit_codes.h"
#include "apps/zoetrope/output.h"
#include "apps/zoetrope/train_recipe.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/launch.h"
#include "zoetrope/core/log.h"
#include "zoetrope/inference/engine.h"
#include "zoetrope/training/evaluation.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

Json json_of(const Trained& trained) {
  const training::RunResult& result = trained.result;
  Json epochs = Json::array();
  for (const training::EpochResult& epoch : result.epochs) {
    Json heads = Json::object();
    for (const tasks::HeadMetrics& head : epoch.heads) {
      for (const auto& [name, value] : head.values) heads[head.name][name] = value;
    }
    epochs.push_back(
        {{"epoch", epoch.epoch}, {"loss", epoch.loss}, {"metric", epoch.metric}, {"validation", heads}});
  }
  return {{"folder", trained.folder.string()}, {"best_epoch", result.best_epoch},       {"best", result.best},
          {"broken_samples", result.broken},   {"stopped_early", result.stopped_early}, {"epochs", epochs}};
}

void print_result(const Trained& trained) {
  const training::RunResult& result = trained.result;
  for (const training::EpochResult& epoch : result.epochs) {
    if (epoch.epoch == result.best_epoch && !epoch.heads.empty())
      fmt::print("{}", training::format_metrics(epoch.heads));
  }
  fmt::print("best epoch: {}; {}\n", result.best_epoch, (trained.folder / "best").string());
}

// Keys that begin with "then." are of the second recipe.
std::vector<std::string> overrides_of(const TrainOptions& options, bool second) {
  constexpr std::string_view kThen = "then.";
  std::vector<std::string> overrides;
  for (const std::string& each : options.overrides) {
    const bool of_second = each.starts_with(kThen);
    if (of_second && options.then.empty())
      throw Error::usage("{}: is of a second recipe, which --then names", each);
    if (of_second == second) overrides.push_back(second ? each.substr(kThen.size()) : each);
  }
  return overrides;
}

// The recipe, and where another one is to follow, that one from what the first has learned. Of several ranks the first
// one prints.
int run_recipes(TrainOptions options, ProgressMode mode, torch::Device device, training::Ranks* ranks) {
  const bool prints = !ranks || ranks->is_first();
  const auto run = [&](const TrainOptions& one) {
    Trained trained = run_recipe(one, mode, device, ranks);
    if (prints && !options.json) print_result(trained);
    return trained;
  };
  TrainOptions first = options;
  first.overrides = overrides_of(options, false);
  if (options.then.empty()) {
    const Trained trained = run(first);
    if (prints && options.json) print_json(json_of(trained));
    return trained.result.broken > 0 ? kSomeInputsFailed : 0;
  }
  TrainOptions second = options;
  second.recipe = options.then;
  second.overrides = overrides_of(options, true);
  if (!options.output.empty()) {
    first.output = (fs::path(options.output) / "first").string();
    second.output = (fs::path(options.output) / "then").string();
  }
  // Before the first run's hours.
  const auto gives_init = [](const std::string& each) { return each.starts_with("init="); };
  if (std::ranges::any_of(second.overrides, gives_init))
    throw Error::usage("then.init: the second run begins with the first one's best bundle; leave it out");
  check_recipe(second);
  check_transfer(first, second);
  const Trained before = run(first);
  second.overrides.push_back("init=" + (before.folder / "best").string());
  const Trained after = run(second);
  if (prints && options.json) print_json({{"first", json_of(before)}, {"then", json_of(after)}});
  return before.result.broken + after.result.broken > 0 ? kSomeInputsFailed : 0;
}

int run_train(const TrainOptions& options, ProgressMode mode) {
  const Launch launch = launch_of(this_environment());
  const torch::Device device = device_of(options.device, launch);
  inference::use_threads(options.threads);
  if (launch.world_size == 1) {
    try {
      return run_recipes(options, mode, device, nullptr);
    } catch (const Error& error) {
      if (error.kind() == ErrorKind::kInterrupted) log_info("--resume goes on from the last checkpoint");
      throw;
    }
  }
  // Said before the ranks look for one another.
  if (!task_of(options).empty())
    throw Error::usage("recipes with a key 'task' train with one process, not {}", launch.world_size);
  training::RanksOptions ranks_options = options.ranks;
  ranks_options.device = device;
  training::Ranks ranks(launch, ranks_options);
  if (!ranks.is_first()) {
    set_log_level(LogLevel::kError);
    mode = ProgressMode::kNone;
  }
  log_info("{} ranks train together, by {}", ranks.size(), training::rank_backends());
  try {
    return run_recipes(options, mode, device, &ranks);
  } catch (const Error& error) {
    return ranks.leave(error);
  } catch (const std::exception& error) {
    const std::string text = error.what();
    return ranks.leave(Error::failed("{}", text.substr(0, text.find('\n'))));
  }
}

}  // namespace

void add_train(Program& program) {
  CLI::App& command = program.command(
      "train", "a recipe and data to a trained bundle",
      {{"train recipes/own_clips.toml", "a run in runs/own_clips, with its best and last bundle"},
       {"train recipes/own_clips.toml epochs=10 optimizer.lr=0.02 -o runs/short", "with other values"},
       {"train recipes/own_clips.toml --resume", "goes on where a run was stopped, as if it had not been"},
       {"train recipes/kinetics_r2plus1d_18.toml --then recipes/own_clips.toml then.epochs=20",
        "transfer: a run on one data set, then one on another from what was learned"},
       {"train recipes/own_clips.toml --device cuda",
        "started by torchrun, srun or mpirun: docs/clusters.md"},
       {"train recipes/mucon_breakfast.toml data.train.root=data/breakfast",
        "a network that segments whole videos, from their features"},
       {"train recipes/tsrnet_thumos14.toml loss.transfer=0", "one that detects actions: docs/detection.md"},
       {"train recipes/captioner_msrvtt.toml", "one that says sentences: docs/holistic.md"}});
  auto options = std::make_shared<TrainOptions>();
  command.add_option("RECIPE", options->recipe, "what is trained, on what and how: TOML (docs/training.md)")
      ->required();
  command.add_option("KEY=VALUE", options->overrides, "keys of the recipe that differ: optimizer.lr=0.02");
  command
      .add_option(
          "--then", options->then,
          "a second recipe, whose run begins with the best weights of the first; its keys: then.KEY=VALUE")
      ->type_name("RECIPE");
  command
      .add_option("-o,--output", options->output,
                  "the run's folder; runs/NAME if not given. With --then: first and then in it")
      ->type_name("DIR");
  add_device(program, command, options->device);
  command.add_option("-j,--workers", options->workers, "threads that make clips; one a core if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  command.add_option("-t,--threads", options->threads, "threads that compute; all cores if not given")
      ->type_name("N")
      ->check(Program::above_zero());
  CLI::Option* resume = command.add_flag("--resume", options->resume, "go on with the run in the folder");
  command.add_flag("--force", options->force, "remove the run that is in the folder first")->excludes(resume);
  command.add_flag("--json", options->json, "print the result as one JSON document");
  command
      .add_option("--join-timeout", options->ranks.join_seconds,
                  "of several processes: seconds for all of them to come")
      ->type_name("S")
      ->check(Program::above_zero())
      ->capture_default_str();
  command
      .add_option("--rank-timeout", options->ranks.silent_seconds,
                  "of several processes: seconds without a sign of life from one, after which it is lost")
      ->type_name("S")
      ->check(Program::above_zero())
      ->capture_default_str();
  program.on_run(command, [&program, options] { return run_train(*options, program.progress_mode()); });
}

}  // namespace zoetrope::cli
