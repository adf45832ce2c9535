#include "apps/zoetrope/train_recipe.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "apps/zoetrope/dataset_argument.h"
#include "apps/zoetrope/shipped_bundles.h"
#include "zoetrope/core/config_value.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/data/clip_source.h"
#include "zoetrope/models/list.h"
#include "zoetrope/nn/shape_only.h"
#include "zoetrope/synthetic/write_world.h"
#include "zoetrope/training/captioning_objective.h"
#include "zoetrope/training/correspondence_objective.h"
#include "zoetrope/training/detection_objective.h"
#include "zoetrope/training/evaluation.h"
#include "zoetrope/training/initial_weights.h"
#include "zoetrope/training/objective_trainer.h"
#include "zoetrope/training/ranks.h"
#include "zoetrope/training/run_folder.h"
#include "zoetrope/training/sequence_methods.h"
#include "zoetrope/training/trainer.h"

namespace zoetrope::cli {
namespace {

namespace fs = std::filesystem;

// Only what a run has made is ever removed.
void remove_run(const fs::path& folder) {
  if (!fs::exists(folder)) return;
  if (!fs::exists(folder / "recipe.toml") && !fs::is_empty(folder))
    throw Error::usage("{}: holds no run; --force removes nothing else", folder.string());
  fs::remove_all(folder);
}

// A world that is there is taken as it is, whatever the recipe says.
void compare_world(const training::WorldSection& section) {
  if (!fs::exists(section.recipe)) return;
  const auto world = load_config<synthetic::WorldOptions>(section.recipe, {});
  const ConfigValue wanted = parse_toml(config_to_toml(world), section.recipe);
  const ConfigValue there = read_toml(fs::path(section.folder) / synthetic::kWorldFile);
  std::vector<std::string> found =
      differences(std::get<ConfigTable>(wanted.data), std::get<ConfigTable>(there.data), "the folder's");
  if (found.empty()) return;
  constexpr std::size_t kShown = 3;
  if (found.size() > kShown) {
    found.resize(kShown);
    found.emplace_back("...");
  }
  log_warning("{}: holds another world than {}, and is taken as it is: {}", section.folder, section.recipe,
              fmt::join(found, ", "));
}

// A recipe may bring its data along: a world that is rendered once. Its file is found as the recipe says it, or beside
// the recipe.
void render_world(training::WorldSection section, const fs::path& recipe, ProgressMode mode) {
  if (section.recipe.empty()) return;
  if (section.folder.empty()) throw Error::usage("world.folder is missing: where the world is rendered to");
  if (const fs::path beside = recipe.parent_path() / section.recipe;
      !fs::exists(section.recipe) && fs::exists(beside))
    section.recipe = beside.string();
  if (fs::exists(fs::path(section.folder) / synthetic::kWorldFile)) return compare_world(section);
  const auto world = load_config<synthetic::WorldOptions>(section.recipe, {});
  synthetic::check_world(world, section.recipe);
  Progress progress({.label = "rendering " + section.folder,
                     .unit = "video",
                     .units = "videos",
                     .total = synthetic::count_videos(world),
                     .mode = mode});
  // Without world.toml, what an earlier call left is a part of a world.
  synthetic::write_world(world, section.folder, {.force = true, .on_video = [&] { progress.advance(); }});
  progress.finish();
}

fs::path folder_of_run(const TrainOptions& options, const std::string& name) {
  return options.output.empty() ? fs::path("runs") / name : fs::path(options.output);
}

/// As shapes alone: whether there is such a model, and what fits it.
std::shared_ptr<models::Model> outline_of(const bundle::ModelSection& section) {
  const nn::ShapeOnly shapes;
  return models::find_model(section.name).build({section.options});
}

/// `name`: of the run. With --force, what its folder holds is removed when nothing but the run is left to do.
Trained run_objective(training::Objective& objective, const std::string& name, const TrainOptions& options,
                      ProgressMode mode, torch::Device device) {
  const fs::path folder = folder_of_run(options, name);
  training::ObjectiveTrainer trainer(objective, folder,
                                     {.device = device, .progress = mode, .resume = options.resume});
  if (options.force && !options.resume) remove_run(folder);
  return {trainer.run(), folder};
}

// Validation that names no data of its own is another subset of what is trained on.
template <typename Data>
void complete_validation(Data& data, bool names_none) {
  if (!names_none) return;
  const std::string subset = data.validation.subset;
  data.validation = data.train;
  data.validation.subset = subset;
}

Trained run_sequences(const TrainOptions& options, ProgressMode mode, torch::Device device) {
  auto recipe = load_config<training::SequenceRecipe>(options.recipe, options.overrides);
  complete_validation(recipe.data, recipe.data.validation.root.empty());
  const data::SegmentationSet train = data::read_segmentation_set(recipe.data.train);
  std::optional<data::SegmentationSet> validation;
  if (recipe.data.validate) validation = data::read_segmentation_set(recipe.data.validation);
  for (const std::string& note : train.notes) log_warning("{}", note);
  log_info("{} videos to train on{}", train.videos.size(),
           validation ? fmt::format(", {} to validate on", validation->videos.size()) : "");
  const auto objective = training::make_sequence_objective(
      recipe, {.train = train, .validation = validation ? &*validation : nullptr});
  return run_objective(*objective, recipe.run.name, options, mode, device);
}

Trained run_detection(const TrainOptions& options, ProgressMode mode, torch::Device device) {
  auto recipe = load_config<training::DetectionRecipe>(options.recipe, options.overrides);
  complete_validation(recipe.data, recipe.data.validation.annotations.empty());
  const data::DetectionSet train = data::read_detection_set(recipe.data.train);
  std::optional<data::DetectionSet> validation, trimmed;
  if (recipe.data.validate) validation = data::read_detection_set(recipe.data.validation);
  if (!recipe.data.trimmed.annotations.empty()) trimmed = data::read_detection_set(recipe.data.trimmed);
  log_info("{} videos to train on{}{}", train.videos.size(),
           trimmed ? fmt::format(", {} trimmed clips", trimmed->videos.size()) : "",
           validation ? fmt::format(", {} to validate on", validation->videos.size()) : "");
  training::DetectionObjective objective(recipe, {.train = train,
                                                  .validation = validation ? &*validation : nullptr,
                                                  .trimmed = trimmed ? &*trimmed : nullptr});
  return run_objective(objective, recipe.run.name, options, mode, device);
}

Trained run_captioning(const TrainOptions& options, ProgressMode mode, torch::Device device) {
  auto recipe = load_config<training::CaptioningRecipe>(options.recipe, options.overrides);
  complete_validation(recipe.data, recipe.data.validation.captions.empty());
  const data::CaptioningSet train = data::read_captioning_set(recipe.data.train);
  std::optional<data::CaptioningSet> validation;
  if (recipe.data.validate) validation = data::read_captioning_set(recipe.data.validation);
  log_info("{} videos to train on{}", train.videos.size(),
           validation ? fmt::format(", {} to validate on", validation->videos.size()) : "");
  training::CaptioningObjective objective(
      recipe, {.train = train, .validation = validation ? &*validation : nullptr});
  return run_objective(objective, recipe.run.name, options, mode, device);
}

data::ClipSourceOptions clips_of(const training::InputOptions& input, const data::AugmentOptions& augment) {
  return {.timing = {.frames = input.frames,
                     .stride = input.stride,
                     .fps = input.fps,
                     .segments = input.sampling == bundle::Sampling::kSegments},
          .size = input.size,
          .augment = augment};
}

/// The samples of a part of the recipe, whose key is told with what is wrong in it.
data::Dataset read_part(const char* key, const data::DatasetOptions& options) {
  try {
    return data::read_dataset(options);
  } catch (const Error& error) {
    if (error.kind() != ErrorKind::kUsage) throw;
    throw Error::usage("{}: {}", key, error.what());
  }
}

std::optional<data::Dataset> read_validation(const data::DatasetOptions& options) {
  if (options.root.empty() && options.annotations.empty()) return std::nullopt;
  return read_part("data.validation", options);
}

Trained run_correspondence(const TrainOptions& options, ProgressMode mode, torch::Device device) {
  auto recipe = load_config<training::CorrespondenceRecipe>(options.recipe, options.overrides);
  place_in_world(recipe.data.train, recipe.world.folder);
  place_in_world(recipe.data.validation, recipe.world.folder);
  if (!recipe.teacher.bundle.empty()) recipe.teacher.bundle = bundle_folder(recipe.teacher.bundle).string();
  outline_of(recipe.run.model);
  render_world(recipe.world, options.recipe, mode);
  const data::Dataset train = read_part("data.train", recipe.data.train);
  const std::optional<data::Dataset> validation = read_validation(recipe.data.validation);
  const data::ClipSourceOptions clips = clips_of(recipe.input, recipe.augment);
  log_info("{} clips to learn from{}", train.samples.size(),
           validation ? fmt::format(", {} to validate on", validation->samples.size()) : "");
  training::CorrespondenceObjective objective(recipe, {.train = train,
                                                       .source = data::training_source(train, clips),
                                                       .validation = validation ? &*validation : nullptr,
                                                       .validation_source = data::centre_source(clips),
                                                       .workers = options.workers});
  return run_objective(objective, recipe.run.name, options, mode, device);
}

// `ranks`: of several processes; nullptr for one.
Trained train(const TrainOptions& options, ProgressMode mode, torch::Device device, training::Ranks* ranks) {
  auto recipe = load_config<training::Recipe>(options.recipe, options.overrides);
  place_in_world(recipe.data.train, recipe.world.folder);
  place_in_world(recipe.data.validation, recipe.world.folder);
  if (!recipe.init.empty()) recipe.init = bundle_folder(recipe.init).string();
  const fs::path folder = folder_of_run(options, recipe.name);
  outline_of(recipe.model);  // its keys are read before a world is rendered
  const auto first_does = [&](const std::function<void()>& work) {
    ranks ? ranks->first_does(work) : work();
  };
  first_does([&] { render_world(recipe.world, options.recipe, mode); });
  data::Dataset train = read_part("data.train", recipe.data.train);
  data::add_label_noise(train, recipe.data.noise, recipe.seed);
  const std::optional<data::Dataset> validation = read_validation(recipe.data.validation);
  const data::ClipSourceOptions clips = clips_of(recipe.input, recipe.augment);
  log_info("{} samples to train on{}", train.samples.size(),
           validation ? fmt::format(", {} to validate on", validation->samples.size()) : "");
  training::Trainer trainer(recipe,
                            {.train = train,
                             .source = data::training_source(train, clips),
                             .validation = validation ? &*validation : nullptr,
                             .validation_source = data::centre_source(clips)},
                            folder,
                            {.workers = options.workers,
                             .device = device,
                             .progress = mode,
                             .resume = options.resume,
                             .ranks = ranks});
  if (options.force && !options.resume) first_does([&] { remove_run(folder); });
  training::RunResult result = trainer.run();
  if (result.broken > 0) log_warning("{} samples could not be read and were left out", result.broken);
  return {std::move(result), folder};
}

// Reads the whole recipe.
std::string name_of_run(const TrainOptions& options) {
  const std::string task = task_of(options);
  const auto name = [&]<typename Recipe>(const Recipe& defaults) {
    return load_config<Recipe>(options.recipe, options.overrides, defaults).run.name;
  };
  if (task.empty()) return load_config<training::Recipe>(options.recipe, options.overrides).name;
  if (task == training::kCorrespondenceTask) return name(training::CorrespondenceRecipe());
  if (task == training::kCaptioningTask) return name(training::CaptioningRecipe());
  if (task == training::kDetectionTask) return name(training::DetectionRecipe());
  return name(training::SequenceRecipe());
}

}  // namespace

std::string task_of(const TrainOptions& options) {
  ConfigValue table = read_toml(options.recipe);
  for (const std::string& assignment : options.overrides) apply_override(table, assignment);
  const ConfigValue* task = find_key(std::get<ConfigTable>(table.data), "task");
  if (!task) return {};
  const auto* name = std::get_if<std::string>(&task->data);
  const std::initializer_list<const char*> known = {training::kSegmentationTask, training::kDetectionTask,
                                                    training::kCaptioningTask, training::kCorrespondenceTask};
  if (name && std::ranges::find(known, *name) != known.end()) return *name;
  throw Error::input("{}: task is to be one of {}; a recipe for clips has no such key", task->origin.text(),
                     fmt::join(known, ", "));
}

void check_recipe(const TrainOptions& options) {
  const fs::path folder = folder_of_run(options, name_of_run(options));
  if (!options.resume && !options.force) training::refuse_held_folder(folder);
}

void check_transfer(const TrainOptions& first, const TrainOptions& second) {
  const auto model_of = [](const TrainOptions& options) -> std::optional<bundle::ModelSection> {
    const std::string task = task_of(options);
    if (task.empty()) return load_config<training::Recipe>(options.recipe, options.overrides).model;
    if (task != training::kCorrespondenceTask) return std::nullopt;
    return load_config<training::CorrespondenceRecipe>(options.recipe, options.overrides).run.model;
  };
  const std::optional<bundle::ModelSection> before = model_of(first), after = model_of(second);
  if (!before || !after || training::any_weight_fits(*outline_of(*after), *outline_of(*before))) return;
  throw Error::usage(
      "--then: of the first run's model ({}) no weight fits the second's ({}); give both the same model and, "
      "but for the classes, the same model.options",
      before->name, after->name);
}

Trained run_recipe(const TrainOptions& options, ProgressMode mode, torch::Device device,
                   training::Ranks* ranks) {
  const std::string task = task_of(options);
  if (task.empty()) return train(options, mode, device, ranks);
  if (ranks) throw Error::usage("recipes with a key 'task' train with one process, not {}", ranks->size());
  if (task == training::kCorrespondenceTask) return run_correspondence(options, mode, device);
  if (task == training::kCaptioningTask) return run_captioning(options, mode, device);
  if (task == training::kDetectionTask) return run_detection(options, mode, device);
  return run_sequences(options, mode, device);
}

}  // namespace zoetrope::cli
