#include "zoetrope/training/objective_trainer.h"

#include <chrono>
#include <cmath>
#include <utility>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/training/initial_weights.h"
#include "zoetrope/training/run_report.h"

namespace zoetrope::training {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// The model and what learns beside it, as one for the optimiser: the model's own names, and those behind `beside`.
class Learners : public models::Model {
 public:
  Learners(const std::shared_ptr<models::Model>& model, const std::shared_ptr<torch::nn::Module>& beside)
      : model_(model) {
    for (auto& parameter : model->named_parameters(/*recurse=*/false))
      register_parameter(parameter.key(), parameter.value(), parameter.value().requires_grad());
    for (const auto& child : model->named_children()) register_module(child.key(), child.value());
    register_module("beside", beside);
  }
  models::NamedTensors run(const std::vector<torch::Tensor>& inputs, models::Stages* stages) override {
    return model_->run(inputs, stages);
  }
  [[nodiscard]] std::vector<models::InputSpec> native_inputs() const override {
    return model_->native_inputs();
  }
  void reset_parameters() override { model_->reset_parameters(); }

 private:
  std::shared_ptr<models::Model> model_;
};

std::string line_of(const EpochResult& result, double epochs) {
  std::string line =
      fmt::format("epoch {}/{:.4g}: loss {:.4f}", result.epoch, std::ceil(epochs), result.loss);
  for (const tasks::HeadMetrics& head : result.heads) {
    for (const auto& [name, value] : head.values) line += fmt::format(", {} {:.1f}", name, 100 * value);
  }
  return fmt::format("{}, {:.3g} steps/s", line, result.clips_per_second);
}

}  // namespace

ObjectiveTrainer::ObjectiveTrainer(Objective& objective, fs::path folder, ObjectiveTrainerOptions options,
                                   const models::ModelList& models)
    : objective_(objective),
      options_(objective.run()),
      folder_(std::move(folder)),
      how_(options),
      models_(models),
      schedule_(options_.schedule, options_.epochs) {
  torch::manual_seed(options_.seed);
  model_ = models::find_model(options_.model.name, models).build({options_.model.options});
  if (!options_.init.empty()) take_over_weights(*model_, options_.init, models);
  model_->to(how_.device);
  learners_ = model_;
  if (const std::shared_ptr<torch::nn::Module> beside = objective.beside()) {
    beside->to(how_.device);
    learners_ = std::make_shared<Learners>(model_, beside);
  }
  optimizer_ = std::make_unique<Optimizer>(*learners_, options_.optimizer, /*batch=*/1);
  if (options_.ema > 0) average_.emplace(*learners_, options_.ema);
}

ObjectiveTrainer::~ObjectiveTrainer() = default;

RunState ObjectiveTrainer::state() {
  return {.model = *model_,
          .optimizer = *optimizer_,
          .schedule = schedule_,
          .average = average_ ? &*average_ : nullptr,
          .objective = &objective_};
}

void ObjectiveTrainer::save() {
  save_checkpoint(checkpoint_of(folder_), position_, state());
}

RunResult ObjectiveTrainer::run() {
  OpenedRun opened = open_run(folder_, objective_.recipe(), how_.resume, state(), options_.epochs);
  position_ = std::move(opened.position);
  log_ = std::move(opened.log);
  RunResult result;
  const auto ends = [&] { return objective_.is_done() || stops_early(position_, options_.early_stop); };
  while (static_cast<double>(position_.epoch) < options_.epochs && !ends()) {
    EpochResult epoch = train_epoch();
    finish_epoch(epoch);
    result.epochs.push_back(std::move(epoch));
  }
  result.best = position_.best;
  result.best_epoch = position_.best_epoch + 1;
  result.stopped_early = ends();
  return result;
}

bool ObjectiveTrainer::validates() const {
  if (!objective_.validates()) return false;
  const bool is_last = static_cast<double>(position_.epoch + 1) >= options_.epochs;
  return is_last || (position_.epoch + 1) % options_.validate_every == 0;
}

EpochResult ObjectiveTrainer::train_epoch() {
  objective_.begin_epoch(position_.epoch);
  const std::int64_t steps = objective_.steps(), first = position_.step;
  zoetrope::Progress progress(
      {.label = fmt::format("epoch {}/{:.4g}", position_.epoch + 1, std::ceil(options_.epochs)),
       .unit = "step",
       .units = "steps",
       .total = steps - first,
       .mode = how_.progress});
  const Clock::time_point begin = Clock::now();
  Clock::time_point saved = begin;
  while (position_.step < steps) {
    optimizer_->set_factor(
        schedule_.factor(static_cast<double>(position_.epoch) +
                         static_cast<double>(position_.step) / static_cast<double>(steps)));
    const double loss = train_step();
    position_.loss_sum += loss;
    ++position_.step;
    ++position_.total_steps;
    log_->step(position_.total_steps, loss, optimizer_->rate());
    progress.advance();
    const bool due =
        options_.checkpoint_minutes > 0 && seconds_since(saved) > 60 * options_.checkpoint_minutes;
    if (due || interrupted()) {
      save();
      saved = Clock::now();
      throw_if_interrupted();
    }
  }
  objective_.end_epoch(*model_, how_.device, position_.epoch);
  if (validates()) save();
  return {.epoch = position_.epoch + 1,
          .loss = position_.loss_sum / static_cast<double>(steps),
          .rate = optimizer_->rate(),
          .clips_per_second = static_cast<double>(steps - first) / seconds_since(begin)};
}

double ObjectiveTrainer::train_step() {
  model_->train();
  optimizer_->hold_frozen_modules();
  optimizer_->zero_grad();
  const torch::Tensor loss = objective_.loss(
      {.model = *model_, .device = how_.device, .epoch = position_.epoch, .index = position_.step});
  const auto value = loss.item<double>();
  if (!std::isfinite(value)) {
    throw Error::failed(
        "the loss is no number at epoch {}, {}; a lower optimizer.lr or optimizer.clip_norm may mend it",
        position_.epoch + 1, objective_.name_of(position_.step));
  }
  loss.backward();
  optimizer_->step();
  if (average_) average_->update(*learners_);
  return value;
}

void ObjectiveTrainer::finish_epoch(EpochResult& result) {
  {
    std::optional<WeightsInPlace> averaged;
    if (average_) averaged.emplace(*learners_, average_->average());
    const bool measured = validates();
    if (measured) {
      model_->eval();
      result.heads = objective_.validate(*model_, how_.device);
    }
    const std::optional<double> merit = objective_.merit();
    result.metric = merit ? *merit : measured ? tasks::overall(result.heads) : -result.loss;
    // Without validation by the loss; with it, an epoch that is not measured is never the best.
    const bool counts = merit || measured || !objective_.validates();
    const bool is_best = counts && (position_.best_epoch < 0 || result.metric > position_.best);
    if (is_best) {
      position_.best = result.metric;
      position_.best_epoch = position_.epoch;
      write_bundle("best", result);
      if (measured) write_summary(folder_, result.epoch, result.heads);
    }
    write_bundle("last", result);
  }
  if (result.heads.empty() == !objective_.validates()) schedule_.note(result.metric);
  log_->epoch(position_.total_steps, result);
  write_report(folder_, options_.name);
  log_info("{}", line_of(result, options_.epochs));
  ++position_.epoch;
  position_.step = 0;
  position_.loss_sum = 0;
  save();
}

void ObjectiveTrainer::write_bundle(const char* name, const EpochResult& result) const {
  bundle::BundleConfig config{
      .model = options_.model,
      .provenance = {.source = fmt::format("training run '{}', epoch {}", options_.name, result.epoch)}};
  for (const tasks::HeadMetrics& head : result.heads) {
    for (const auto& [metric, value] : head.values) config.metrics[metric] = value;
  }
  objective_.describe_bundle(config);
  bundle::write_bundle(folder_ / name, config, objective_.labels(), *model_, bundle::Overwrite::kYes,
                       models_);
}

}  // namespace zoetrope::training
