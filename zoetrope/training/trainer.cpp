#include "zoetrope/training/trainer.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/core/random.h"
#include "zoetrope/core/torch_compat.h"
#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/training/gradient_buckets.h"
#include "zoetrope/training/initial_weights.h"
#include "zoetrope/training/ranks.h"
#include "zoetrope/training/run_folder.h"
#include "zoetrope/training/run_report.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

tasks::Heads weighted_heads(const data::Dataset& dataset, const Recipe& recipe) {
  tasks::Heads heads = tasks::heads_of(dataset.label_sets);
  std::vector<std::string> names;
  for (const tasks::Head& head : heads) names.push_back(head.name);
  for (const auto& [name, weight] : recipe.head_weights) {
    const auto head = std::ranges::find(heads, name, &tasks::Head::name);
    if (head == heads.end())
      throw Error::usage("head_weights: no head is called '{}'{}", name, did_you_mean(name, names));
    head->weight = weight;
  }
  return heads;
}

void check_same_labels(const TrainingData& data) {
  if (!data.validation) return;
  const auto& ours = data.train.label_sets;
  const auto& theirs = data.validation->label_sets;
  bool same = ours.size() == theirs.size();
  for (std::size_t i = 0; same && i < ours.size(); ++i)
    same = ours[i].name == theirs[i].name && ours[i].names == theirs[i].names;
  if (same) return;
  const auto lacking = [](const std::vector<data::LabelSet>& all, const std::vector<data::LabelSet>& from) {
    for (const data::LabelSet& set : all) {
      const auto other = std::ranges::find(from, set.name, &data::LabelSet::name);
      if (other == from.end()) return fmt::format("the set '{}'", set.name);
      for (const std::string& name : set.names) {
        if (std::ranges::find(other->names, name) == other->names.end()) return fmt::format("'{}'", name);
      }
    }
    return std::string();
  };
  const std::string train = lacking(ours, theirs), validation = lacking(theirs, ours);
  throw Error::usage(
      "training and validation data differ in their labels{}{}; give both one file of labels "
      "(data.train.labels=FILE data.validation.labels=FILE) and the same label_sets",
      train.empty() ? "" : "; only in training: " + train,
      validation.empty() ? "" : "; only in validation: " + validation);
}

bundle::ModelSection with_classes(bundle::ModelSection model, const tasks::Heads& heads, bool separate) {
  const std::int64_t outputs = heads.back().first + heads.back().count;
  ConfigValue options{model.options};
  apply_override(options, fmt::format("num_classes={}", outputs));
  if (separate) {
    std::vector<std::int64_t> classes;
    for (const tasks::Head& head : heads) classes.push_back(head.count);
    apply_override(options, fmt::format("head_classes=[{}]", fmt::join(classes, ", ")));
  }
  model.options = std::get<ConfigTable>(options.data);
  return model;
}

// What a data set is, for telling whether all ranks have the same.
std::string names_of(const TrainingData& data) {
  std::string names;
  for (const data::Dataset* each : {&data.train, data.validation}) {
    if (!each) continue;
    for (const data::LabelSet& set : each->label_sets)
      names += fmt::format("{}\n", fmt::join(set.names, "\n"));
    for (const data::Sample& sample : each->samples)
      names += fmt::format("{} {} {}\n", sample.id, sample.start, sample.end);
  }
  return names;
}

// Of all outputs, where any head has some.
std::vector<double> thresholds_of(const std::vector<tasks::HeadMetrics>& measured,
                                  const tasks::Heads& heads) {
  std::vector<double> thresholds(static_cast<std::size_t>(heads.back().first + heads.back().count), 0.0);
  bool any = false;
  for (std::size_t i = 0; i < measured.size(); ++i) {
    std::ranges::copy(measured[i].thresholds, thresholds.begin() + heads[i].first);
    any |= !measured[i].thresholds.empty();
  }
  return any ? thresholds : std::vector<double>{};
}

RecipeText text_of(Recipe recipe) {
  std::string toml = config_to_toml(recipe);
  recipe.name = {};
  recipe.checkpoint_minutes = 0;
  return {.toml = std::move(toml), .hash = hash_of_recipe(config_to_toml(recipe))};
}

}  // namespace

Trainer::Trainer(Recipe recipe, TrainingData data, fs::path folder, TrainerOptions options,
                 const models::ModelList& models)
    : recipe_(std::move(recipe)),
      data_(std::move(data)),
      folder_(std::move(folder)),
      options_(options),
      models_(models),
      heads_(weighted_heads(data_.train, recipe_)),
      schedule_(recipe_.schedule, recipe_.epochs) {
  if (heads_.empty()) throw Error::usage("the training data has no labels");
  check_same_labels(data_);
  torch::manual_seed(recipe_.seed);
  recipe_.model = with_classes(recipe_.model, heads_, recipe_.separate_heads);
  model_ = models::find_model(recipe_.model.name, models).build({recipe_.model.options});
  if (!recipe_.init.empty()) take_over_weights(*model_, recipe_.init, models);
  take_over_parts(*model_, recipe_.init_parts, models);
  model_->to(options_.device);
  check_norms();
  bfloat16_ = recipe_.precision == Precision::kBfloat16 && has_bfloat16(options_.device);
  if (recipe_.precision == Precision::kBfloat16 && !bfloat16_)
    log_warning("this processor has no bfloat16 arithmetic: precision = \"float32\" it is");
  optimizer_ = std::make_unique<Optimizer>(*model_, recipe_.optimizer, recipe_.batch_size);
  if (recipe_.ema > 0) average_.emplace(*model_, recipe_.ema);

  const InputOptions& input = recipe_.input;
  data::LoaderOptions loading{.shape = {3, input.frames, input.size, input.size},
                              .batch_size = recipe_.batch_size,
                              .workers = options_.workers,
                              .seed = recipe_.seed,
                              .max_broken = recipe_.data.max_broken,
                              .pinned = options_.device.is_cuda(),
                              .world_size = options_.ranks ? options_.ranks->size() : 1,
                              .rank = options_.ranks ? options_.ranks->rank() : 0};
  loader_.emplace(data_.train, data_.source, loading);
  if (!data_.validation) return;
  loading.shuffle = loading.drop_last = false;
  validation_loader_.emplace(*data_.validation, data_.validation_source, loading);
}

Trainer::~Trainer() = default;

// LibTorch's own know nothing of other ranks.
void Trainer::check_norms() const {
  if (!options_.ranks) return;
  for (const auto& module : model_->named_modules()) {
    const torch::nn::Module* const each = module.value().get();
    if (dynamic_cast<const torch::nn::BatchNorm1dImpl*>(each) ||
        dynamic_cast<const torch::nn::BatchNorm2dImpl*>(each) ||
        dynamic_cast<const torch::nn::BatchNorm3dImpl*>(each)) {
      throw Error::usage("model {}: {} is LibTorch's own batch norm, which several ranks cannot share",
                         recipe_.model.name, module.key());
    }
  }
}

RunState Trainer::state() {
  return {.model = *model_,
          .optimizer = *optimizer_,
          .schedule = schedule_,
          .average = average_ ? &*average_ : nullptr};
}

void Trainer::first_does(const std::function<void()>& work) {
  options_.ranks ? options_.ranks->first_does(work) : work();
}

void Trainer::start_or_resume() {
  const RecipeText recipe = text_of(recipe_);
  if (options_.ranks) {
    options_.ranks->check_same("the recipe", recipe.hash);
    options_.ranks->check_same("the data", names_of(data_));
  }
  first_does([&] {
    OpenedRun run = open_run(folder_, recipe, options_.resume, state(), recipe_.epochs);
    position_ = std::move(run.position);
    log_ = std::move(run.log);
  });
  if (Ranks* ranks = options_.ranks) {
    share_state(*ranks, position_, state());
    // Dropout's masks are each rank's own; rank 0's go on as one process's would.
    if (!ranks->is_first()) {
      torch::manual_seed(mix_seed(recipe_.seed, {static_cast<std::uint64_t>(position_.total_steps),
                                                 static_cast<std::uint64_t>(ranks->rank())}));
    }
    std::vector<torch::Tensor> trained;
    for (const torch::Tensor& parameter : model_->parameters()) {
      if (parameter.requires_grad()) trained.push_back(parameter);
    }
    buckets_ = std::make_unique<GradientBuckets>(*ranks, trained);
  }
}

void Trainer::save() {
  first_does([&] { save_checkpoint(checkpoint_of(folder_), position_, state()); });
}

RunResult Trainer::run() {
  start_or_resume();
  RunResult result;
  while (static_cast<double>(position_.epoch) < recipe_.epochs &&
         !stops_early(position_, recipe_.early_stop)) {
    EpochResult epoch = train_epoch();
    finish_epoch(epoch);
    result.epochs.push_back(std::move(epoch));
  }
  result.best = position_.best;
  result.best_epoch = position_.best_epoch + 1;
  torch::Tensor broken = torch::tensor(
      {std::ssize(loader_->broken()) + (validation_loader_ ? std::ssize(validation_loader_->broken()) : 0)},
      torch::kLong);
  if (options_.ranks) options_.ranks->sum(broken);
  result.broken = broken.item<std::int64_t>();
  result.stopped_early = stops_early(position_, recipe_.early_stop);
  return result;
}

EpochResult Trainer::train_epoch() {
  loader_->start(position_.epoch, position_.step);
  const std::int64_t steps = loader_->steps();
  const auto set_rate = [&](std::int64_t step) {
    optimizer_->set_factor(schedule_.factor(static_cast<double>(position_.epoch) +
                                            static_cast<double>(step) / static_cast<double>(steps)));
  };
  zoetrope::Progress progress(
      {.label = fmt::format("epoch {}/{:.4g}", position_.epoch + 1, std::ceil(recipe_.epochs)),
       .unit = "step",
       .units = "steps",
       .total = steps - position_.step,
       .mode = is_first() ? options_.progress : ProgressMode::kNone});
  if (position_.step > 0) set_rate(position_.step - 1);  // what is told of an epoch whose steps are all done
  const double waited = loader_->seconds_waited();
  const Clock::time_point begin = Clock::now();
  Clock::time_point saved = begin;
  std::int64_t clips = 0;
  while (std::optional<data::Batch> batch = loader_->next()) {
    set_rate(batch->step);
    const bool due = recipe_.checkpoint_minutes > 0 && seconds_since(saved) > 60 * recipe_.checkpoint_minutes;
    const StepOutcome step = train_step(*batch, due);
    position_.loss_sum += step.loss;
    position_.step = batch->step + 1;
    ++position_.total_steps;
    clips += step.samples;
    if (log_) log_->step(position_.total_steps, step.loss, optimizer_->rate());
    progress.advance();
    batch.reset();
    if (step.saves || step.signal) {
      save();
      saved = Clock::now();
      if (step.signal) throw interrupted_by(step.signal);
    }
  }
  if (validation_loader_) save();  // an interrupted validation begins anew, its epoch does not
  const double seconds = seconds_since(begin);
  return {.epoch = position_.epoch + 1,
          .loss = position_.loss_sum / static_cast<double>(std::max<std::int64_t>(1, position_.step)),
          .rate = optimizer_->rate(),
          .clips_per_second = static_cast<double>(clips) / seconds,
          .waiting = (loader_->seconds_waited() - waited) / seconds};
}

void Trainer::finish_epoch(EpochResult& result) {
  {
    std::optional<WeightsInPlace> averaged;
    if (average_) averaged.emplace(*model_, average_->average());
    if (recipe_.precise_norms > 0) measure_norms();
    if (validation_loader_) result.heads = validate();
    result.metric = shared(validation_loader_ ? tasks::overall(result.heads) : -result.loss);
    const bool is_best = position_.best_epoch < 0 || result.metric > position_.best;
    if (is_best) {
      position_.best = result.metric;
      position_.best_epoch = position_.epoch;
    }
    first_does([&] { write_results(result, is_best); });
  }
  schedule_.note(result.metric);
  if (is_first()) log_info("{}", epoch_line(result, recipe_.epochs));
  ++position_.epoch;
  position_.step = 0;
  position_.loss_sum = 0;
  save();
}

void Trainer::write_results(const EpochResult& result, bool is_best) {
  if (is_best) {
    write_bundle("best", result);
    if (validation_loader_) write_summary(folder_, result.epoch, result.heads);
  }
  write_bundle("last", result);
  log_->epoch(position_.total_steps, result);
  write_report(folder_, recipe_.name);
}

void Trainer::write_bundle(const char* name, const EpochResult& result) const {
  bundle::BundleConfig config{
      .model = recipe_.model,
      .preprocessing = preprocessing_of(recipe_.input),
      .provenance = {.source = fmt::format("training run '{}', epoch {}", recipe_.name, result.epoch)}};
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const std::string task = heads_[i].exclusive ? "classification" : "multilabel";
    if (heads_.size() == 1)
      config.task = task;
    else
      config.heads.push_back({.name = heads_[i].name, .task = task, .outputs = heads_[i].count});
    const auto& names = data_.train.label_sets[i].names;
    labels.insert(labels.end(), names.begin(), names.end());
  }
  if (heads_.size() > 1) config.task = "multitask";
  config.thresholds = thresholds_of(result.heads, heads_);
  for (const tasks::HeadMetrics& head : result.heads) {
    for (const auto& [metric, value] : head.values)
      config.metrics[fmt::format("{}.{}", head.name, metric)] = value;
  }
  bundle::write_bundle(folder_ / name, config, labels, *model_, bundle::Overwrite::kYes, models_);
}

}  // namespace zoetrope::training
