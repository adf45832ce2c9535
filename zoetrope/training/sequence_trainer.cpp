#include "zoetrope/training/sequence_trainer.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <utility>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/files.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/random.h"
#include "zoetrope/core/sha256.h"
#include "zoetrope/tasks/segmentation_scoring.h"
#include "zoetrope/training/initial_weights.h"
#include "zoetrope/training/run_log.h"
#include "zoetrope/training/run_report.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr const char* kCheckpoint = "checkpoint";
constexpr std::uint64_t kOrderPurpose = 1, kLabelledPurpose = 3;  // in the keys of generators

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

std::size_t longest_transcript(const data::SegmentationSet& set) {
  std::size_t longest = 1;
  for (const data::SegmentationVideo& video : set.videos)
    longest = std::max(longest, video.transcript.size());
  return longest;
}

bundle::ModelSection fitted_to(bundle::ModelSection model, const data::SegmentationSet& set,
                               const models::ModelList& models) {
  ConfigValue options{model.options};
  const auto has = [&](const char* key) {
    const auto keys = models::find_model(model.name, models).options();
    return std::ranges::any_of(keys, [&](const ConfigKey& known) { return known.path == key; });
  };
  if (!has("in_channels"))
    throw Error::usage("'{}' is no network of feature sequences; 'mucon' and 'sct' are", model.name);
  apply_override(options, fmt::format("num_classes={}", set.classes.size()));
  apply_override(options, fmt::format("in_channels={}", set.num_dimensions));
  if (has("max_steps") && !find_key(model.options, "max_steps"))
    apply_override(options, fmt::format("max_steps={}", longest_transcript(set) + 1));
  model.options = std::get<ConfigTable>(options.data);
  return model;
}

void check_data(const SequenceData& data, const SequenceRecipe& recipe) {
  if (data.train.videos.empty()) throw Error::usage("there is no video to train on");
  if (data.train.num_dimensions < 1) throw Error::usage("the training data has no features");
  const bool frames = recipe.supervision == Supervision::kFrames || recipe.supervision == Supervision::kMixed;
  const bool sets = recipe.supervision == Supervision::kSets;
  for (const data::SegmentationVideo& video : data.train.videos) {
    const bool known = frames ? !video.labels.empty()
                       : sets ? !video.actions.empty()
                              : !video.transcript.empty();
    if (!known) {
      throw Error::usage("supervision: the training video '{}' has no {}", video.name,
                         frames ? "labels of frames"
                         : sets ? "set of actions"
                                : "transcript");
    }
  }
  if (!data.validation) return;
  if (data.validation->classes != data.train.classes ||
      data.validation->num_dimensions != data.train.num_dimensions)
    throw Error::usage("training and validation data differ in their classes or features");
  for (const data::SegmentationVideo& video : data.validation->videos) {
    if (video.labels.empty())
      throw Error::usage("the validation video '{}' has no labels of frames", video.name);
  }
}

// Which videos carry labels: all, none, or a share of them that the seed draws.
std::vector<bool> draw_labelled(const SequenceRecipe& recipe, std::size_t videos) {
  if (recipe.supervision != Supervision::kMixed)
    return std::vector<bool>(videos, recipe.supervision == Supervision::kFrames);
  std::vector<std::size_t> order(videos);
  std::iota(order.begin(), order.end(), 0);
  RandomGenerator random = keyed_generator(recipe.seed, {kLabelledPurpose});
  shuffle(order, random);
  const auto count = static_cast<std::size_t>(std::lround(recipe.labelled * static_cast<double>(videos)));
  std::vector<bool> labelled(videos, false);
  for (std::size_t i = 0; i < count; ++i) labelled[order[i]] = true;
  return labelled;
}

std::string hash_of(SequenceRecipe recipe) {
  recipe.name = {};
  recipe.checkpoint_minutes = 0;
  return sha256_of_bytes(config_to_toml(recipe));
}

}  // namespace

torch::Tensor load_features(const data::FeatureFile& file, std::int64_t sample, std::int64_t num_frames) {
  torch::Tensor features =
      torch::empty({1, file.num_dimensions(), file.num_sampled(sample, num_frames)}, torch::kFloat);
  file.read({features.data_ptr<float>(), static_cast<std::size_t>(features.numel())}, sample, num_frames);
  return features;
}

SequenceTrainer::SequenceTrainer(SequenceRecipe recipe, SequenceData data, fs::path folder,
                                 TrainerOptions options, const models::ModelList& models)
    : recipe_(std::move(recipe)),
      data_(data),
      folder_(std::move(folder)),
      options_(options),
      models_(models),
      schedule_(recipe_.schedule, recipe_.epochs) {
  check_data(data_, recipe_);
  labelled_ = draw_labelled(recipe_, data_.train.videos.size());
  torch::manual_seed(recipe_.seed);
  recipe_.model = fitted_to(recipe_.model, data_.train, models);
  model_ = models::find_model(recipe_.model.name, models).build({recipe_.model.options});
  if (!recipe_.init.empty()) take_over_weights(*model_, recipe_.init, models);
  model_->to(options_.device);
  optimizer_ = std::make_unique<Optimizer>(*model_, recipe_.optimizer, /*batch=*/1);
  if (recipe_.ema > 0) average_.emplace(*model_, recipe_.ema);
}

SequenceTrainer::~SequenceTrainer() = default;

RunState SequenceTrainer::state() {
  return {.model = *model_,
          .optimizer = *optimizer_,
          .schedule = schedule_,
          .average = average_ ? &*average_ : nullptr};
}

void SequenceTrainer::start_or_resume() {
  const fs::path checkpoint = folder_ / kCheckpoint;
  const std::string hash = hash_of(recipe_);
  if (fs::exists(checkpoint) && !options_.resume) {
    throw Error::usage("{}: holds a run; --resume goes on with it, another name begins one",
                       folder_.string());
  }
  fs::create_directories(folder_);
  if (const auto position = options_.resume ? load_checkpoint(checkpoint, state()) : std::nullopt) {
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

void SequenceTrainer::save() {
  save_checkpoint(folder_ / kCheckpoint, position_, state());
}

RunResult SequenceTrainer::run() {
  start_or_resume();
  RunResult result;
  while (static_cast<double>(position_.epoch) < recipe_.epochs && !stops_early()) {
    EpochResult epoch = train_epoch();
    finish_epoch(epoch);
    result.epochs.push_back(std::move(epoch));
  }
  result.best = position_.best;
  result.best_epoch = position_.best_epoch + 1;
  result.stopped_early = stops_early();
  return result;
}

bool SequenceTrainer::stops_early() const {
  const std::int64_t since_best = position_.epoch - 1 - position_.best_epoch;
  return recipe_.early_stop > 0 && position_.best_epoch >= 0 && since_best >= recipe_.early_stop;
}

bool SequenceTrainer::is_taught() const {
  if (recipe_.teaching != Teaching::kFirst) return recipe_.teaching == Teaching::kAlways;
  return static_cast<double>(position_.epoch) < recipe_.teaching_epochs;
}

bool SequenceTrainer::validates() const {
  if (!data_.validation) return false;
  const bool is_last = static_cast<double>(position_.epoch + 1) >= recipe_.epochs;
  return is_last || (position_.epoch + 1) % recipe_.validate_every == 0;
}

EpochResult SequenceTrainer::train_epoch() {
  std::vector<std::size_t> order(data_.train.videos.size());
  std::iota(order.begin(), order.end(), 0);
  RandomGenerator random =
      keyed_generator(recipe_.seed, {static_cast<std::uint64_t>(position_.epoch), kOrderPurpose});
  shuffle(order, random);
  const std::int64_t steps = std::ssize(order), first = position_.step;
  zoetrope::Progress progress(
      {.label = fmt::format("epoch {}/{:.4g}", position_.epoch + 1, std::ceil(recipe_.epochs)),
       .unit = "video",
       .units = "videos",
       .total = steps - first,
       .mode = options_.progress});
  const Clock::time_point begin = Clock::now();
  Clock::time_point saved = begin;
  while (position_.step < steps) {
    optimizer_->set_factor(
        schedule_.factor(static_cast<double>(position_.epoch) +
                         static_cast<double>(position_.step) / static_cast<double>(steps)));
    const double loss = train_step(order[static_cast<std::size_t>(position_.step)]);
    position_.loss_sum += loss;
    ++position_.step;
    ++position_.total_steps;
    log_->step(position_.total_steps, loss, optimizer_->rate());
    progress.advance();
    const bool due = recipe_.checkpoint_minutes > 0 && seconds_since(saved) > 60 * recipe_.checkpoint_minutes;
    if (due || interrupted()) {
      save();
      saved = Clock::now();
      throw_if_interrupted();
    }
  }
  if (validates()) save();
  return {.epoch = position_.epoch + 1,
          .loss = position_.loss_sum / static_cast<double>(steps),
          .rate = optimizer_->rate(),
          .clips_per_second = static_cast<double>(steps - first) / seconds_since(begin)};
}

tasks::SequenceTarget SequenceTrainer::target_of(std::size_t index) const {
  const data::SegmentationVideo& video = data_.train.videos[index];
  if (recipe_.supervision == Supervision::kSets) return {.actions = video.actions};
  tasks::SequenceTarget target{.transcript = video.transcript, .actions = video.actions};
  if (labelled_[index]) {
    target.labels = data::sample_labels(video.labels, recipe_.data.sample);
    // Sampling may jump over a short segment, which then has no length to learn.
    if (recipe_.data.sample > 1) target.transcript = data::transcript_of(target.labels);
  }
  return target;
}

double SequenceTrainer::train_step(std::size_t index) {
  const data::SegmentationVideo& video = data_.train.videos[index];
  model_->train();
  optimizer_->hold_frozen_modules();
  optimizer_->zero_grad();
  const torch::Tensor features =
      load_features(data::open_features(data_.train, video), recipe_.data.sample, video.num_frames)
          .to(options_.device);
  const torch::Tensor loss =
      tasks::sequence_loss(*model_, features, target_of(index),
                           {.mucon = recipe_.mucon, .sct = recipe_.sct, .teacher_forcing = is_taught()});
  const auto value = loss.item<double>();
  if (!std::isfinite(value)) {
    throw Error::failed(
        "the loss is no number at epoch {}, video '{}'; a lower optimizer.lr or optimizer.clip_norm may mend "
        "it",
        position_.epoch + 1, video.name);
  }
  loss.backward();
  optimizer_->step();
  if (average_) average_->update(*model_);
  return value;
}

std::vector<tasks::HeadMetrics> SequenceTrainer::validate() {
  model_->eval();
  tasks::SegmentationScoring scoring(data_.validation->classes, data_.validation->background);
  for (const data::SegmentationVideo& video : data_.validation->videos) {
    const torch::Tensor features =
        load_features(data::open_features(*data_.validation, video), recipe_.data.sample, video.num_frames);
    const tasks::Segmentation found = tasks::segment(*model_, features.to(options_.device), recipe_.decoding);
    scoring.add(data::spread_labels(found.labels, recipe_.data.sample, video.num_frames), video.labels);
    throw_if_interrupted();
  }
  return {scoring.result()};
}

void SequenceTrainer::finish_epoch(EpochResult& result) {
  {
    std::optional<WeightsInPlace> averaged;
    if (average_) averaged.emplace(*model_, average_->average());
    const bool measured = validates();
    if (measured) result.heads = validate();
    result.metric = measured ? tasks::overall(result.heads) : -result.loss;
    // Without validation by the loss; with it, an epoch that is not measured is never the best.
    const bool is_best =
        (measured || !data_.validation) && (position_.best_epoch < 0 || result.metric > position_.best);
    if (is_best) {
      position_.best = result.metric;
      position_.best_epoch = position_.epoch;
      write_bundle("best", result);
      if (measured) write_summary(folder_, result.epoch, result.heads);
    }
    write_bundle("last", result);
  }
  if (result.heads.empty() == !data_.validation) schedule_.note(result.metric);
  log_->epoch(position_.total_steps, result);
  write_report(folder_, recipe_.name);
  std::string line =
      fmt::format("epoch {}/{:.4g}: loss {:.4f}", result.epoch, std::ceil(recipe_.epochs), result.loss);
  for (const tasks::HeadMetrics& head : result.heads) {
    for (const auto& [name, value] : head.values) line += fmt::format(", {} {:.1f}", name, 100 * value);
  }
  log_info("{}, {:.3g} videos/s", line, result.clips_per_second);
  ++position_.epoch;
  position_.step = 0;
  position_.loss_sum = 0;
  save();
}

void SequenceTrainer::write_bundle(const char* name, const EpochResult& result) const {
  bundle::SequenceSection sequence{
      .fps = recipe_.data.fps, .sample = recipe_.data.sample, .extractor = recipe_.extractor};
  for (const std::int64_t id : data_.train.background)
    sequence.background.push_back(data_.train.classes[static_cast<std::size_t>(id)]);
  for (const auto& [word, value] : tasks::config_names(tasks::Decode{})) {
    if (value == recipe_.decoding.decode) sequence.decode = word;
  }
  bundle::BundleConfig config{
      .task = kSegmentationTask,
      .model = recipe_.model,
      .sequence = std::move(sequence),
      .provenance = {.source = fmt::format("training run '{}', epoch {}", recipe_.name, result.epoch)}};
  for (const tasks::HeadMetrics& head : result.heads) {
    for (const auto& [metric, value] : head.values) config.metrics[metric] = value;
  }
  bundle::write_bundle(folder_ / name, config, data_.train.classes, *model_, bundle::Overwrite::kYes,
                       models_);
}

}  // namespace zoetrope::training
