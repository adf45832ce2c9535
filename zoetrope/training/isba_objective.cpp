#include "zoetrope/training/isba_objective.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/random.h"
#include "zoetrope/decoding/soft_boundaries.h"
#include "zoetrope/training/alignment_buffer.h"

namespace zoetrope::training {
namespace {

constexpr std::uint64_t kInsertPurpose = 6;  // in the keys of generators
constexpr std::size_t kFirstThatCounts = 2;  // of the rounds, from 0
constexpr double kTiny = 1e-7;               // added to what logarithms are taken of

// Puts a model in inference mode for a while; then each of its modules is as it was.
class Evaluating {
 public:
  explicit Evaluating(models::Model& model) : model_(model), was_training_(model.is_training()) {
    for (const auto& module : model.modules(/*include_self=*/false))
      modes_.emplace_back(module, module->is_training());
    model.eval();
  }
  Evaluating(const Evaluating&) = delete;
  Evaluating& operator=(const Evaluating&) = delete;
  ~Evaluating() {
    model_.train(was_training_);
    for (const auto& [module, mode] : modes_) module->train(mode);  // parents come before their children
  }

 private:
  models::Model& model_;
  bool was_training_;
  std::vector<std::pair<std::shared_ptr<torch::nn::Module>, bool>> modes_;
};

}  // namespace

struct IsbaObjective::Batch {
  torch::Tensor features;  // [B, D, T], padded with zeros
  torch::Tensor targets;   // [B, C, T], each frame's times its weight; zeros where padded
  double frames = 0;       // that are not padded
};

IsbaObjective::IsbaObjective(SequenceRecipe recipe, SequenceData data, const models::ModelList& models)
    : SequenceObjective(brought(std::move(recipe), Supervision::kTranscripts, tasks::Decode::kFrames), data,
                        models) {
  check_transcripts_fit();
  for (const data::SegmentationVideo& video : data_.train.videos) sequences_.push_back(video.transcript);
}

std::int64_t IsbaObjective::steps_of_pass() const {
  return (std::ssize(data_.train.videos) + recipe_.isba.batch - 1) / recipe_.isba.batch;
}

void IsbaObjective::begin_epoch(std::int64_t /*epoch*/) {
  pass_ = -1;
  weights_ = class_weights();
}

std::vector<float> IsbaObjective::class_weights() const {
  std::vector<double> counts(static_cast<std::size_t>(num_classes()));
  for (const std::vector<std::int64_t>& sequence : sequences_) {
    for (const std::int64_t label : sequence) ++counts[static_cast<std::size_t>(label)];
  }
  double sum = 0, seen = 0;
  for (const double count : counts) {
    if (count > 0) sum += 1 / std::sqrt(count);
    if (count > 0) ++seen;
  }
  std::vector<float> weights;
  for (const double count : counts)
    weights.push_back(count > 0 ? static_cast<float>(seen / sum / std::sqrt(count)) : 0);
  return weights;
}

std::string IsbaObjective::name_of(std::int64_t index) const {
  const std::int64_t place = index % steps_of_pass() * recipe_.isba.batch;
  return fmt::format("the batch of video '{}'", data_.train.videos[video_at(place)].name);
}

IsbaObjective::Batch IsbaObjective::batch_of(std::int64_t place) const {
  const std::int64_t end = std::min(place + recipe_.isba.batch, std::ssize(order_));
  std::int64_t longest = 0;
  for (std::int64_t i = place; i < end; ++i) longest = std::max(longest, frames_of(video_at(i)));
  Batch batch{.features = torch::zeros({end - place, data_.train.num_dimensions, longest}),
              .targets = torch::zeros({end - place, num_classes(), longest})};
  auto targets = batch.targets.accessor<float, 3>();
  for (std::int64_t i = place; i < end; ++i) {
    const std::size_t video = video_at(i);
    const std::int64_t frames = frames_of(video), row = i - place;
    batch.features[row].slice(1, 0, frames).copy_(features_of(video)[0]);
    batch.frames += static_cast<double>(frames);
    const decoding::SoftLabels soft = decoding::soften_labels(sequences_[video], frames);
    const std::vector<std::int64_t> hard = decoding::stretch_labels(sequences_[video], frames);
    for (std::int64_t t = 0; t < frames; ++t) {
      const auto at = static_cast<std::size_t>(t);
      const float weight = weights_[static_cast<std::size_t>(hard[at])];
      targets[row][soft.first[at]][t] += weight * (1 - soft.share[at]);
      targets[row][soft.second[at]][t] += weight * soft.share[at];
    }
  }
  return batch;
}

torch::Tensor IsbaObjective::loss(const ObjectiveStep& step) {
  const std::int64_t pass = step.index / steps_of_pass(), place = step.index % steps_of_pass();
  if (step.index == 0 && step.epoch > 0 && recipe_.isba.restart) step.model.reset_parameters();
  if (pass != pass_) {
    order_ = order_of(step.epoch * recipe_.isba.passes + pass);
    pass_ = pass;
  }
  const Batch batch = batch_of(place * recipe_.isba.batch);
  const torch::Tensor logits = step.model.forward(batch.features.to(step.device));
  return -(logits.log_softmax(1) * batch.targets.to(step.device)).sum() / batch.frames;
}

// Returns the video-level loss.
double IsbaObjective::move_boundaries(const torch::Tensor& probabilities, std::size_t video,
                                      std::int64_t round) {
  const std::vector<std::int64_t>& actions = data_.train.videos[video].actions;
  const torch::Tensor largest = probabilities.amax(0);
  torch::Tensor occurs = torch::zeros({num_classes()});
  for (const std::int64_t action : actions) occurs[action] = 1;
  const torch::Tensor loss = occurs * (largest + kTiny).log() + (1 - occurs) * (1 - largest + kTiny).log();
  RandomGenerator random =
      keyed_generator(recipe_.run.seed,
                      {static_cast<std::uint64_t>(round), kInsertPurpose, static_cast<std::uint64_t>(video)});
  const std::span<const float> values(probabilities.data_ptr<float>(),
                                      static_cast<std::size_t>(probabilities.numel()));
  sequences_[video] = decoding::insert_at_boundaries(sequences_[video], {values, num_classes()},
                                                     recipe_.isba.insertion, random);
  return -loss.sum().item<double>();
}

void IsbaObjective::end_epoch(models::Model& model, torch::Device device, std::int64_t epoch) {
  if (std::ssize(video_losses_) > epoch) return;  // a run that went on after this
  const torch::NoGradGuard no_grad;
  const Evaluating evaluating(model);
  double sum = 0;
  for (std::size_t v = 0; v < sequences_.size(); ++v) {
    const torch::Tensor logits = model.forward(features_of(v).to(device));
    sum += move_boundaries(logits[0].t().softmax(1).to(torch::kCPU).contiguous(), v, epoch);
  }
  video_losses_.push_back(sum / static_cast<double>(sequences_.size()));
  log_info("round {}: video-level loss {:.4f}", epoch + 1, video_losses_.back());
}

std::size_t IsbaObjective::best_round() const {
  if (video_losses_.size() <= kFirstThatCounts) return 0;
  const auto first = video_losses_.begin() + kFirstThatCounts;
  return static_cast<std::size_t>(std::min_element(first, video_losses_.end()) - video_losses_.begin());
}

bool IsbaObjective::is_done() const {
  return std::ssize(video_losses_) - 1 - static_cast<std::int64_t>(best_round()) > recipe_.isba.patience &&
         video_losses_.size() > kFirstThatCounts;
}

std::optional<double> IsbaObjective::merit() const {
  // No loss is larger than that of classes that are surely wrong.
  if (video_losses_.size() <= kFirstThatCounts) return static_cast<double>(num_classes()) * std::log(kTiny);
  return -video_losses_.back();
}

models::NamedTensors IsbaObjective::state() const {
  std::vector<std::int64_t> labels, counts;
  for (const std::vector<std::int64_t>& sequence : sequences_) {
    labels.insert(labels.end(), sequence.begin(), sequence.end());
    counts.push_back(std::ssize(sequence));
  }
  models::NamedTensors state = {{"sequences.labels", torch::tensor(labels, torch::kLong)},
                                {"sequences.counts", torch::tensor(counts, torch::kLong)}};
  if (!video_losses_.empty())
    state.emplace_back("video_losses", torch::tensor(video_losses_, torch::kFloat64));
  return state;
}

void IsbaObjective::restore(const models::NamedTensors& state) {
  const std::vector<std::int64_t> labels = integers_of(state, "sequences.labels");
  const std::vector<std::int64_t> counts = integers_of(state, "sequences.counts");
  if (counts.size() != sequences_.size()) throw Error::model("its sequences are of other videos");
  auto at = labels.begin();
  for (std::size_t v = 0; v < counts.size(); ++v) {
    const bool fits = counts[v] >= 1 && counts[v] <= frames_of(v) && counts[v] <= labels.end() - at;
    if (!fits) throw Error::model("its sequences are of other videos");
    sequences_[v].assign(at, at + counts[v]);
    decoding::check_transcript(sequences_[v], num_classes());
    at += counts[v];
  }
  video_losses_.clear();
  for (const auto& [name, tensor] : state) {
    if (name != "video_losses") continue;
    const torch::Tensor values = tensor.to(torch::kFloat64).contiguous();
    video_losses_.assign(values.data_ptr<double>(), values.data_ptr<double>() + values.numel());
  }
}

}  // namespace zoetrope::training
