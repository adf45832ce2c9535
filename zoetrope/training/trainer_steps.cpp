// What a trainer computes: steps, the statistics of norms, and validations, each shared out over the ranks.

#include <algorithm>
#include <cmath>
#include <csignal>
#include <utility>

#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/torch_compat.h"
#include "zoetrope/nn/batch_norm.h"
#include "zoetrope/nn/synchronised_batch_norm.h"
#include "zoetrope/training/gradient_buckets.h"
#include "zoetrope/training/ranks.h"
#include "zoetrope/training/shared_step.h"
#include "zoetrope/training/trainer.h"

namespace zoetrope::training {
namespace {

constexpr std::uint64_t kMixingPurpose = 2;  // in the keys of generators; 1 is the loader's

std::vector<torch::Tensor> sliced(const std::vector<torch::Tensor>& tensors, std::int64_t first,
                                  std::int64_t last) {
  std::vector<torch::Tensor> slices;
  for (const torch::Tensor& tensor : tensors) slices.push_back(tensor.slice(0, first, last));
  return slices;
}

}  // namespace

bool Trainer::is_first() const {
  return !options_.ranks || options_.ranks->is_first();
}

Error Trainer::agreed(Error error) const {
  return options_.ranks ? options_.ranks->agreed(std::move(error)) : error;
}

Error Trainer::interrupted_by(int signal) const {
  return agreed(Error::interrupted(signal));
}

double Trainer::shared(double value) const {
  if (!options_.ranks) return value;
  torch::Tensor first = torch::tensor({value}, torch::kDouble);
  options_.ranks->broadcast(first);
  return first.item<double>();
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

// Logits in float32.
torch::Tensor Trainer::forward(const torch::Tensor& clips) {
  if (!bfloat16_) return model_->forward(clips);
  const Bfloat16Scope scope(options_.device);
  return model_->forward(clips).to(torch::kFloat);
}

// In training, [N, outputs] of this rank's clips, which are normalised as those of all ranks. A rank without
// any computes one of zeros, which does not count: so it takes part in all that ranks add up.
torch::Tensor Trainer::forward_share(const torch::Tensor& clips) {
  const nn::JointBatchScope scope(options_.ranks);
  const bool has_share = clips.size(0) > 0;
  if (options_.ranks) options_.ranks->set_share(has_share);
  if (has_share) return forward(clips);
  std::vector<std::int64_t> shape = clips.sizes().vec();
  shape[0] = 1;
  return forward(torch::zeros(shape, clips.options()));
}

void Trainer::check_broken(const data::Loader& loader, const data::Dataset& dataset,
                           const SharedStep& shared) const {
  if (!options_.ranks) return;  // the loader has done it
  const std::string last = loader.broken().empty() ? "another rank's" : loader.broken().back().reason;
  try {
    data::check_broken(shared.broken_in_epoch, std::ssize(dataset.samples), recipe_.data.max_broken, last);
  } catch (const Error& error) {
    throw agreed(error);
  }
}

// What all ranks know after a step: the loss of the batch, and whether anybody asks to stop or rank 0 to
// save.
void Trainer::agree(StepOutcome& outcome) const {
  if (!options_.ranks) {
    outcome.signal = interrupt_signal();
    return;
  }
  const int signal = interrupt_signal();
  torch::Tensor all = torch::tensor({outcome.loss, signal == SIGINT ? 1.0 : 0.0,
                                     signal == SIGTERM ? 1.0 : 0.0, is_first() && outcome.saves ? 1.0 : 0.0},
                                    torch::kDouble);
  options_.ranks->sum(all);
  outcome.loss = all[0].item<double>();
  outcome.signal = all[1].item<double>() > 0 ? SIGINT : all[2].item<double>() > 0 ? SIGTERM : 0;
  outcome.saves = all[3].item<double>() > 0;
}

Trainer::StepOutcome Trainer::train_step(const data::Batch& batch, bool save_is_due) {
  SharedStep shared = share_step(options_.ranks, batch, recipe_.batch_size, loader_->broken_in_epoch());
  check_broken(*loader_, data_.train, shared);
  StepOutcome outcome{.samples = shared.count, .saves = save_is_due};
  if (shared.count > 0)
    take_step(batch, shared, outcome);
  else
    agree(outcome);
  return outcome;
}

void Trainer::take_step(const data::Batch& batch, SharedStep& shared, StepOutcome& outcome) {
  model_->train();
  optimizer_->hold_frozen_modules();
  const data::MixedSamples samples = samples_of(batch, shared);
  optimizer_->zero_grad();
  const std::int64_t part = (shared.count + recipe_.accumulate - 1) / recipe_.accumulate;
  for (std::int64_t first = 0; first < shared.count; first += part)
    outcome.loss += add_gradients(samples, shared, first, std::min(first + part, shared.count));
  agree(outcome);
  if (!std::isfinite(outcome.loss)) {
    throw agreed(Error::failed(
        "the loss is no number at epoch {}, step {}; a lower optimizer.lr or optimizer.clip_norm may mend it",
        position_.epoch + 1, batch.step + 1));
  }
  optimizer_->step();
  if (average_) average_->update(*model_);
}

// This rank's samples, mixed with those of the whole batch.
data::MixedSamples Trainer::samples_of(const data::Batch& batch, SharedStep& shared) const {
  data::MixedSamples samples{to_input(batch.clips), batch.targets, batch.known};
  if (!data::mixes(recipe_.mixing)) return samples;
  RandomGenerator random = keyed_generator(
      recipe_.seed,
      {static_cast<std::uint64_t>(position_.epoch), static_cast<std::uint64_t>(batch.step), kMixingPurpose});
  if (!options_.ranks) {
    data::mix_batch(recipe_.mixing, random, samples.clips, samples.targets, samples.known);
    return samples;
  }
  const data::MixingPlan plan =
      data::plan_mixing(recipe_.mixing, random, shared.count, samples.clips.size(3), samples.clips.size(4));
  if (plan.way == data::MixingPlan::Way::kNone) return samples;
  data::MixedSamples partners = gather_partners(*options_.ranks, shared, plan, batch);
  partners.clips = to_input(partners.clips);
  data::mix_rows(plan, shared.rows, samples, partners);
  return samples;
}

// Of the rows [first, last) of the batch; returns this rank's part of their loss. The last part's gradients
// are added up over the ranks, and those of the earlier parts with them.
double Trainer::add_gradients(const data::MixedSamples& samples, const SharedStep& shared, std::int64_t first,
                              std::int64_t last) {
  const auto [begin, end] = shared.share_of(first, last);
  const double weight = static_cast<double>(last - first) / static_cast<double>(shared.count);
  const torch::Tensor logits = forward_share(samples.clips.slice(0, begin, end));
  std::vector<torch::Tensor> targets = sliced(samples.targets, begin, end),
                             known = sliced(samples.known, begin, end);
  if (begin == end) {
    for (torch::Tensor& target : targets) target = torch::zeros({1, target.size(1)});
    for (torch::Tensor& mask : known) mask = torch::zeros({1}, torch::kBool);
  }
  tasks::LossOptions options{.label_smoothing = recipe_.label_smoothing, .joint = recipe_.joint_loss};
  if (options_.ranks) options.labelled = shared.labelled(first, last);
  const torch::Tensor loss = tasks::loss_of(heads_, logits, targets, known, options).total * weight;
  if (options_.ranks) {
    if (last == shared.count) buckets_->prepare(loss);
    options_.ranks->talk([&] { (loss * buckets_->factor()).backward(); });
  } else {
    loss.backward();
  }
  return loss.item<double>();
}

// Wu and Johnson, Rethinking "Batch" in BatchNorm, 2021: statistics of the present weights, over several
// batches.
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
                       .max_broken = 1,
                       .world_size = options_.ranks ? options_.ranks->size() : 1,
                       .rank = options_.ranks ? options_.ranks->rank() : 0});
  loader.start(position_.epoch);
  for (std::int64_t i = 0; i < recipe_.precise_norms; ++i) {
    const std::optional<data::Batch> batch = loader.next();
    if (!batch) break;
    const SharedStep shared = share_step(options_.ranks, *batch, recipe_.batch_size, 0);
    if (shared.count > 0) (void)forward_share(to_input(batch->clips));
  }
  for (const auto& [norm, momentum] : norms) norm->options.momentum(momentum);
}

// Every rank computes its share, and has the outputs of all, in the order of one process.
std::vector<tasks::HeadMetrics> Trainer::validate() {
  const torch::NoGradGuard no_grad;
  model_->eval();
  tasks::Scoring scoring(heads_);
  validation_loader_->start(0);
  while (std::optional<data::Batch> batch = validation_loader_->next()) {
    const SharedStep shared =
        share_step(options_.ranks, *batch, recipe_.batch_size, validation_loader_->broken_in_epoch());
    check_broken(*validation_loader_, *data_.validation, shared);
    if (shared.count == 0) continue;
    torch::Tensor logits;
    if (batch->samples.empty())
      logits = torch::zeros({0, heads_.back().first + heads_.back().count});
    else
      logits = forward(to_input(batch->clips));
    if (options_.ranks) {
      logits = gather_rows(*options_.ranks, shared, logits.to(torch::kCPU));
      for (torch::Tensor& targets : batch->targets) targets = gather_rows(*options_.ranks, shared, targets);
    }
    if (!torch::isfinite(logits).all().item<bool>()) {
      throw agreed(
          Error::failed("the model's outputs are no numbers after epoch {}; a lower optimizer.lr may mend it",
                        position_.epoch + 1));
    }
    scoring.add(logits, batch->targets, shared.known);
    const int signal = options_.ranks ? options_.ranks->agree_on_signal() : interrupt_signal();
    if (signal) throw interrupted_by(signal);
  }
  return scoring.result();
}

}  // namespace zoetrope::training
