#include "zoetrope/training/correspondence_objective.h"

#include <algorithm>
#include <utility>

#include "zoetrope/bundle/bundle.h"
#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/random.h"
#include "zoetrope/models/state.h"

namespace zoetrope::training {
namespace {

using torch::Tensor;

constexpr std::uint64_t kPairPurpose = 3,
                        kTeacherPurpose = 4;  // in the keys of generators; 1 is the loader's

Tensor normalised(const Tensor& clips, const InputOptions& input) {
  const auto column = [&](const std::array<double, 3>& values) {
    return torch::tensor({values[0], values[1], values[2]}, torch::kFloat)
        .view({1, 3, 1, 1, 1})
        .to(clips.device());
  };
  constexpr double kWhite = 255;
  return (clips.to(torch::kFloat) / kWhite - column(input.mean)) / column(input.std);
}

// What a network's classifier takes; undefined where it does not say.
Tensor features_of(models::Model& model, const Tensor& clips) {
  for (auto& [name, value] : model.run(model.inputs_of(clips))) {
    if (name == "features") return value;
  }
  return {};
}

// What a bundle says of its input, as far as clips of our own making are concerned.
InputOptions input_of(const bundle::Preprocessing& preprocessing) {
  const bool plain = preprocessing.channels == bundle::ChannelOrder::kRgb && preprocessing.scale == 255;
  if (!plain) throw Error::usage("teacher.bundle: it takes other pixels than R, G, B in [0, 1]");
  return {.mean = preprocessing.mean, .std = preprocessing.std};
}

const std::string& video_of(const data::Sample& sample) {
  return sample.path.empty() ? sample.id : sample.path.native();
}

}  // namespace

std::vector<std::int64_t> other_videos(const data::Dataset& dataset, const std::vector<std::int64_t>& samples,
                                       RandomGenerator& random) {
  const auto video = [&](std::size_t i) -> const std::string& {
    return video_of(dataset.samples[static_cast<std::size_t>(samples[i])]);
  };
  std::vector<std::int64_t> places;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    std::vector<std::int64_t> candidates;
    for (std::size_t j = 0; j < samples.size(); ++j) {
      if (video(j) != video(i)) candidates.push_back(static_cast<std::int64_t>(j));
    }
    const std::int64_t drawn = candidates.empty() ? -1 : uniform_integer(random, 0, std::ssize(candidates));
    places.push_back(drawn < 0 ? -1 : candidates[static_cast<std::size_t>(drawn)]);
  }
  return places;
}

CorrespondenceObjective::CorrespondenceObjective(CorrespondenceRecipe recipe, CorrespondenceData data,
                                                 const models::ModelList& models)
    : recipe_(std::move(recipe)), data_(std::move(data)) {
  load_teacher(models);
  make_head(models);
  const InputOptions& input = recipe_.input;
  data::LoaderOptions loading{.shape = {3, input.frames, input.size, input.size},
                              .batch_size = recipe_.batch_size,
                              .workers = data_.workers,
                              .seed = recipe_.run.seed,
                              .max_broken = recipe_.data.max_broken};
  loader_.emplace(data_.train, data_.source, loading);
  if (!data_.validation) return;
  loading.shuffle = true;  // neighbours in a list may be of one video; the order is that of epoch 0 each time
  loading.drop_last = false;
  validation_loader_.emplace(*data_.validation, data_.validation_source, loading);
}

void CorrespondenceObjective::load_teacher(const models::ModelList& models) {
  const TeacherSection& teacher = recipe_.teacher;
  if (teacher.bundle.empty() == !teacher.model)
    throw Error::usage("teacher.bundle is missing: the network that teaches (or teacher.model, not both)");
  if (teacher.model) {
    // Of other weights than a student of the same architecture, who would know all its answers.
    torch::manual_seed(mix_seed(recipe_.run.seed, {kTeacherPurpose}));
    teacher_ = models::find_model(teacher.model->name, models).build({teacher.model->options});
    teacher_input_ = recipe_.input;
  } else {
    bundle::Bundle loaded = bundle::load_bundle(teacher.bundle, models);
    teacher_input_ = input_of(loaded.config.preprocessing);
    teacher_ = std::move(loaded.model);
  }
  teacher_->eval();
  for (Tensor& parameter : teacher_->parameters()) parameter.set_requires_grad(false);
}

// One clip through both networks tells how wide their features are, and which of the student's weights are behind them.
void CorrespondenceObjective::make_head(const models::ModelList& models) {
  const bundle::ModelSection& section = recipe_.run.model;
  torch::manual_seed(recipe_.run.seed);
  const std::shared_ptr<models::Model> student =
      models::find_model(section.name, models).build({section.options});
  student->eval();
  const Tensor clip = torch::rand({1, 3, recipe_.input.frames, recipe_.input.size, recipe_.input.size});
  const Tensor of_teacher = features_of(*teacher_, clip), of_student = features_of(*student, clip);
  if (!of_teacher.defined()) throw Error::usage("teacher: the network has no output 'features' to teach");
  if (!of_student.defined())
    throw Error::usage("model '{}' has no output 'features' that could be taught", section.name);
  std::vector<Tensor> parameters;
  std::vector<std::string> names;
  for (const auto& parameter : student->named_parameters()) {
    names.push_back(parameter.key());
    parameters.push_back(parameter.value());
  }
  const auto gradients =
      torch::autograd::grad({of_student.sum()}, parameters, {}, c10::nullopt, false, /*allow_unused=*/true);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (!gradients[i].defined()) untrained_.push_back(names[i]);
  }
  head_ = std::make_shared<nn::CorrespondenceHead>(of_teacher.size(1), of_student.size(1), recipe_.head);
}

void CorrespondenceObjective::begin_epoch(std::int64_t epoch) {
  epoch_ = epoch;
  next_step_ = -1;
}

std::string CorrespondenceObjective::name_of(std::int64_t index) const {
  return fmt::format("step {}", index + 1);
}

std::vector<std::int64_t> CorrespondenceObjective::others(const data::Dataset& dataset,
                                                          const data::Batch& batch,
                                                          std::int64_t epoch) const {
  RandomGenerator random = keyed_generator(
      recipe_.run.seed,
      {static_cast<std::uint64_t>(epoch), static_cast<std::uint64_t>(batch.step), kPairPurpose});
  return other_videos(dataset, batch.samples, random);
}

CorrespondenceObjective::Pairs CorrespondenceObjective::compare(models::Model& student, const Tensor& clips,
                                                                const std::vector<std::int64_t>& others,
                                                                torch::Device device) {
  const Tensor pixels = clips.to(device);
  Tensor frames;
  {
    const torch::NoGradGuard no_grad;
    frames = features_of(*teacher_, normalised(pixels, teacher_input_));
  }
  const Tensor whole = features_of(student, normalised(pixels, recipe_.input));
  std::vector<std::int64_t> of_frames, of_clips;
  for (std::int64_t i = 0; i < std::ssize(others); ++i) {
    of_frames.push_back(i);
    of_clips.push_back(i);
  }
  const std::int64_t positives = std::ssize(of_clips);
  for (std::int64_t i = 0; i < positives; ++i) {
    const std::int64_t other = others[static_cast<std::size_t>(i)];
    if (other < 0) continue;
    of_frames.push_back(other);
    of_clips.push_back(i);
  }
  const auto rows = [&](const Tensor& features, const std::vector<std::int64_t>& places) {
    return features.index_select(0, torch::tensor(places, torch::kLong).to(device));
  };
  Tensor answers = torch::zeros({std::ssize(of_clips)}, torch::kLong);
  answers.slice(0, 0, positives).fill_(1);
  return {.logits = head_->forward(rows(frames, of_frames), rows(whole, of_clips)),
          .answers = answers.to(device)};
}

Tensor CorrespondenceObjective::loss(const ObjectiveStep& step) {
  if (next_step_ != step.index) loader_->start(epoch_, step.index);
  next_step_ = step.index + 1;
  teacher_->to(step.device);
  const std::optional<data::Batch> batch = loader_->next();
  if (!batch || batch->samples.empty())
    throw Error::failed("{}: none of its clips could be read", name_of(step.index));
  const Pairs pairs = compare(step.model, batch->clips, others(data_.train, *batch, step.epoch), step.device);
  return torch::cross_entropy_loss(pairs.logits, pairs.answers);
}

std::vector<tasks::HeadMetrics> CorrespondenceObjective::validate(models::Model& model,
                                                                  torch::Device device) {
  const torch::NoGradGuard no_grad;
  teacher_->to(device);
  std::int64_t right = 0, count = 0;
  validation_loader_->start(0);
  while (const std::optional<data::Batch> batch = validation_loader_->next()) {
    if (batch->samples.empty()) continue;
    const Pairs pairs = compare(model, batch->clips, others(*data_.validation, *batch, 0), device);
    right += pairs.logits.argmax(1).eq(pairs.answers).sum().item<std::int64_t>();
    count += pairs.answers.size(0);
    throw_if_interrupted();
  }
  if (count == 0) return {};
  return {{.name = "pairs",
           .samples = count,
           .values = {{"accuracy", static_cast<double>(right) / static_cast<double>(count)}}}};
}

void CorrespondenceObjective::describe_bundle(bundle::BundleConfig& config) const {
  config.preprocessing = preprocessing_of(recipe_.input);
  config.weights.untrained = untrained_;
}

models::NamedTensors CorrespondenceObjective::state() const {
  return models::state_of(*head_);
}

void CorrespondenceObjective::restore(const models::NamedTensors& state) {
  models::load_state(*head_, state);
}

}  // namespace zoetrope::training
