#include "zoetrope/training/trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/nearest.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/training/initial_weights.h"
#include "zoetrope/training/run_log.h"
#include "zoetrope/training/run_report.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kCheckpoint = "checkpoint";
constexpr std::uint64_t kMixingPurpose = 2;  // in the keys of generators; 1 is the loader's

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
  if (!same) {
    throw Error::usage(
        "training and validation data differ in their labels; give both one file of labels (data.*.labels)");
  }
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

// What a run may not change when it is gone on with.
std::string hash_of(Recipe recipe) {
  recipe.name = {};
  recipe.checkpoint_minutes = 0;
  return sha256_of_bytes(config_to_toml(recipe));
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
  model_->to(options_.device);
  optimizer_ = std::make_unique<Optimizer>(*model_, recipe_.optimizer, recipe_.batch_size);
  if (recipe_.ema > 0) average_.emplace(*model_, recipe_.ema);

  const InputOptions& input = recipe_.input;
  data::LoaderOptions loading{.shape = {3, input.frames, input.size, input.size},
                              .batch_size = recipe_.batch_size,
                              .workers = options_.workers,
                              .seed = recipe_.seed,
                              .max_broken = recipe_.data.max_broken,
                              .pinned = options_.device.is_cuda()};
  loader_.emplace(data_.train, data_.source, loading);
  if (!data_.validation) return;
  loading.shuffle = loading.drop_last = false;
  validation_loader_.emplace(*data_.validation, data_.validation_source, loading);
}

Trainer::~Trainer() = default;

RunState Trainer::state() {
  return {.model = *model_,
          .optimizer = *optimizer_,
          .schedule = schedule_,
          .average = average_ ? &*average_ : nullptr};
}

void Trainer::start_or_resume() {
  const fs::path checkpoint = folder_ / kCheckpoint;
  const std::string hash = hash_of(recipe_);
  if (fs::exists(checkpoint) && !options_.resume) {
    throw Error::usage("{}: holds a run; --resume goes on with it, another name begins one",
                       folder_.string());
  }
  fs::create_directories(folder_);
  if (std::optional<RunPosition> position =
          options_.resume ? load_checkpoint(checkpoint, state()) : std::nullopt) {
    if (position->recipe != hash) {
      throw Error::usage("{}: the recipe is not that of the run; compare it with {}", folder_.string(),
                         (folder_ / "recipe.toml").string());
    }
    position_ = *position;
    log_info("goes on at epoch {}, step {}", position_.epoch + 1, position_.step + 1);
  }
  position_.recipe = hash;
  write_file_atomically(folder_ / "recipe.toml", config_to_toml(recipe_));
  log_ = std::make_unique<RunLog>(folder_, position_.total_steps, position_.epoch);
}

void Trainer::save() {
  save_checkpoint(folder_ / kCheckpoint, position_, state());
}

RunResult Trainer::run() {
  start_or_resume();
  RunResult result;
  while (static_cast<double>(position_.epoch) < recipe_.epochs && !stops_early()) {
    EpochResult epoch = train_epoch();
    finish_epoch(epoch);
    result.epochs.push_back(std::move(epoch));
  }
  result.best = position_.best;
  result.best_epoch = position_.best_epoch + 1;
  result.broken =
      std::ssize(loader_->broken()) + (validation_loader_ ? std::ssize(validation_loader_->broken()) : 0);
  result.stopped_early = stops_early();
  return result;
}

bool Trainer::stops_early() const {
  const std::int64_t since_best = position_.epoch - 1 - position_.best_epoch;
  return recipe_.early_stop > 0 && position_.best_epoch >= 0 && since_best >= recipe_.early_stop;
}

EpochResult Trainer::train_epoch() {
  loader_->start(position_.epoch, position_.step);
  const std::int64_t steps = loader_->steps();
  zoetrope::Progress progress(
      {.label = fmt::format("epoch {}/{:.4g}", position_.epoch + 1, std::ceil(recipe_.epochs)),
       .unit = "step",
       .units = "steps",
       .total = steps - position_.step,
       .mode = options_.progress});
  const double waited = loader_->seconds_waited();
  const Clock::time_point begin = Clock::now();
  Clock::time_point saved = begin;
  std::int64_t clips = 0;
  while (std::optional<data::Batch> batch = loader_->next()) {
    optimizer_->set_factor(schedule_.factor(static_cast<double>(position_.epoch) +
                                            static_cast<double>(batch->step) / static_cast<double>(steps)));
    const double loss = batch->samples.empty() ? 0 : train_step(*batch);
    position_.loss_sum += loss;
    position_.step = batch->step + 1;
    ++position_.total_steps;
    clips += std::ssize(batch->samples);
    log_->step(position_.total_steps, loss, optimizer_->rate());
    progress.advance();
    batch.reset();
    const bool due = recipe_.checkpoint_minutes > 0 && seconds_since(saved) > 60 * recipe_.checkpoint_minutes;
    if (due || interrupted()) {
      save();
      saved = Clock::now();
      throw_if_interrupted();
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

torch::Tensor Trainer::to_input(const torch::Tensor& clips) const {
  const auto column = [&](const std::array<double, 3>& values) {
    return torch::tensor({values[0], values[1], values[2]}, torch::kFloat)
        .view({1, 3, 1, 1, 1})
        .to(options_.device);
  };
  constexpr double kWhite = 255;
  const torch::Tensor floats = clips.to(options_.device, torch::kFloat, /*non_blocking=*/true);
  return (floats / kWhite - column(recipe_.input.mean)) / column(recipe_.input.std);
}

double Trainer::train_step(const data::Batch& batch) {
  model_->train();
  optimizer_->hold_frozen_modules();
  torch::Tensor clips = to_input(batch.clips);
  std::vector<torch::Tensor> targets = batch.targets, known = batch.known;
  if (data::mixes(recipe_.mixing)) {
    RandomGenerator random =
        keyed_generator(recipe_.seed, {static_cast<std::uint64_t>(position_.epoch),
                                       static_cast<std::uint64_t>(batch.step), kMixingPurpose});
    data::mix_batch(recipe_.mixing, random, clips, targets, known);
  }
  optimizer_->zero_grad();
  const std::int64_t count = clips.size(0), part = (count + recipe_.accumulate - 1) / recipe_.accumulate;
  double sum = 0;
  for (std::int64_t first = 0; first < count; first += part) {
    const std::int64_t last = std::min(first + part, count);
    const auto slice = [&](std::vector<torch::Tensor> tensors) {
      for (torch::Tensor& tensor : tensors) tensor = tensor.slice(0, first, last);
      return tensors;
    };
    const torch::Tensor logits = model_->forward(clips.slice(0, first, last));
    const torch::Tensor loss = tasks::loss_of(heads_, logits, slice(targets), slice(known),
                                              {.label_smoothing = recipe_.label_smoothing})
                                   .total *
                               (static_cast<double>(last - first) / static_cast<double>(count));
    loss.backward();
    sum += loss.item<double>();
  }
  if (!std::isfinite(sum)) {
    throw Error::failed(
        "the loss is no number at epoch {}, step {}; a lower optimizer.lr or optimizer.clip_norm may mend it",
        position_.epoch + 1, batch.step + 1);
  }
  optimizer_->step();
  if (average_) average_->update(*model_);
  return sum;
}

// Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021: statistics of the present weights, over several batches.
void Trainer::measure_norms() {
  const torch::NoGradGuard no_grad;
  std::vector<std::pair<nn::BatchNormImpl*, c10::optional<double>>> norms;
  for (const auto& module : model_->modules()) {
    auto* norm = dynamic_cast<nn::BatchNormImpl*>(module.get());
    if (!norm || !norm->running_mean.defined()) continue;
    norms.emplace_back(norm, norm->options.momentum());
    norm->reset_running_stats();
    norm->options.momentum(c10::nullopt);  // a plain mean over the batches
  }
  model_->train();
  data::Loader loader(data_.train, data_.source,
                      {.shape = {3, recipe_.input.frames, recipe_.input.size, recipe_.input.size},
                       .batch_size = recipe_.batch_size,
                       .workers = options_.workers,
                       .seed = recipe_.seed + 1,
                       .max_broken = 1});
  loader.start(position_.epoch);
  for (std::int64_t i = 0; i < recipe_.precise_norms; ++i) {
    const std::optional<data::Batch> batch = loader.next();
    if (!batch) break;
    if (!batch->samples.empty()) (void)model_->forward(to_input(batch->clips));
  }
  for (const auto& [norm, momentum] : norms) norm->options.momentum(momentum);
}

std::vector<tasks::HeadMetrics> Trainer::validate() {
  const torch::NoGradGuard no_grad;
  model_->eval();
  tasks::Scoring scoring(heads_);
  validation_loader_->start(0);
  while (std::optional<data::Batch> batch = validation_loader_->next()) {
    if (batch->samples.empty()) continue;
    const torch::Tensor logits = model_->forward(to_input(batch->clips));
    if (!torch::isfinite(logits).all().item<bool>()) {
      throw Error::failed(
          "the model's outputs are no numbers after epoch {}; a lower optimizer.lr may mend it",
          position_.epoch + 1);
    }
    scoring.add(logits, batch->targets, batch->known);
    throw_if_interrupted();
  }
  return scoring.result();
}

void Trainer::finish_epoch(EpochResult& result) {
  {
    std::optional<WeightsInPlace> averaged;
    if (average_) averaged.emplace(*model_, average_->average());
    if (recipe_.precise_norms > 0) measure_norms();
    if (validation_loader_) result.heads = validate();
    result.metric = validation_loader_ ? tasks::overall(result.heads) : -result.loss;
    const bool is_best = position_.best_epoch < 0 || result.metric > position_.best;
    if (is_best) {
      position_.best = result.metric;
      position_.best_epoch = position_.epoch;
      write_bundle("best", result);
      if (validation_loader_) write_summary(folder_, result.epoch, result.heads);
    }
    write_bundle("last", result);
  }
  schedule_.note(result.metric);
  log_->epoch(position_.total_steps, result);
  write_report(folder_, recipe_.name);
  log_info("{}", epoch_line(result, recipe_.epochs));
  ++position_.epoch;
  position_.step = 0;
  position_.loss_sum = 0;
  save();
}

void Trainer::write_bundle(const char* name, const EpochResult& result) const {
  const InputOptions& input = recipe_.input;
  bundle::BundleConfig config{
      .model = recipe_.model,
      .preprocessing = {.sampling = input.sampling,
                        .frames = input.frames,
                        .stride = input.stride,
                        .fps = input.fps,
                        .short_side = input.size,
                        .crop = input.size,
                        .antialias = true,
                        .mean = input.mean,
                        .std = input.std},
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
  for (const tasks::HeadMetrics& head : result.heads) {
    for (const auto& [metric, value] : head.values)
      config.metrics[fmt::format("{}.{}", head.name, metric)] = value;
  }
  bundle::write_bundle(folder_ / name, config, labels, *model_, bundle::Overwrite::kYes, models_);
}

}  // namespace zoetrope::training
