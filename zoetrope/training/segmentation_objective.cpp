#include "zoetrope/training/segmentation_objective.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/random.h"
#include "zoetrope/models/sequence.h"
#include "zoetrope/tasks/segmentation_scoring.h"

namespace zoetrope::training {
namespace {

constexpr std::uint64_t kOrderPurpose = 1, kLabelledPurpose = 3;  // in the keys of generators

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
  RandomGenerator random = keyed_generator(recipe.run.seed, {kLabelledPurpose});
  shuffle(order, random);
  const auto count = static_cast<std::size_t>(std::lround(recipe.labelled * static_cast<double>(videos)));
  std::vector<bool> labelled(videos, false);
  for (std::size_t i = 0; i < count; ++i) labelled[order[i]] = true;
  return labelled;
}

}  // namespace

torch::Tensor load_features(const data::FeatureFile& file, std::int64_t sample, std::int64_t num_frames) {
  torch::Tensor features =
      torch::empty({1, file.num_dimensions(), file.num_sampled(sample, num_frames)}, torch::kFloat);
  file.read({features.data_ptr<float>(), static_cast<std::size_t>(features.numel())}, sample, num_frames);
  return features;
}

SegmentationObjective::SegmentationObjective(SequenceRecipe recipe, SequenceData data,
                                             const models::ModelList& models)
    : recipe_(std::move(recipe)), data_(data) {
  check_data(data_, recipe_);
  labelled_ = draw_labelled(recipe_, data_.train.videos.size());
  bundle::ModelSection& model = recipe_.run.model;
  if (!models::takes_sequence(*models::find_model(model.name, models).build({model.options})))
    throw Error::usage("'{}' is no network of feature sequences; 'mucon' and 'sct' are", model.name);
  model = fitted_to(model, data_.train, models);
}

void SegmentationObjective::begin_epoch(std::int64_t epoch) {
  order_.resize(data_.train.videos.size());
  std::iota(order_.begin(), order_.end(), 0);
  RandomGenerator random =
      keyed_generator(recipe_.run.seed, {static_cast<std::uint64_t>(epoch), kOrderPurpose});
  shuffle(order_, random);
}

const data::SegmentationVideo& SegmentationObjective::video_of(std::int64_t index) const {
  return data_.train.videos[order_[static_cast<std::size_t>(index)]];
}

std::string SegmentationObjective::name_of(std::int64_t index) const {
  return fmt::format("video '{}'", video_of(index).name);
}

bool SegmentationObjective::is_taught(std::int64_t epoch) const {
  if (recipe_.teaching != Teaching::kFirst) return recipe_.teaching == Teaching::kAlways;
  return static_cast<double>(epoch) < recipe_.teaching_epochs;
}

tasks::SequenceTarget SegmentationObjective::target_of(std::size_t index) const {
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

torch::Tensor SegmentationObjective::loss(const ObjectiveStep& step) {
  const data::SegmentationVideo& video = video_of(step.index);
  const torch::Tensor features =
      load_features(data::open_features(data_.train, video), recipe_.data.sample, video.num_frames)
          .to(step.device);
  return tasks::sequence_loss(
      step.model, features, target_of(order_[static_cast<std::size_t>(step.index)]),
      {.mucon = recipe_.mucon, .sct = recipe_.sct, .teacher_forcing = is_taught(step.epoch)});
}

std::vector<tasks::HeadMetrics> SegmentationObjective::validate(models::Model& model, torch::Device device) {
  tasks::SegmentationScoring scoring(data_.validation->classes, data_.validation->background);
  for (const data::SegmentationVideo& video : data_.validation->videos) {
    const torch::Tensor features =
        load_features(data::open_features(*data_.validation, video), recipe_.data.sample, video.num_frames);
    const tasks::Segmentation found = tasks::segment(model, features.to(device), recipe_.decoding);
    scoring.add(data::spread_labels(found.labels, recipe_.data.sample, video.num_frames), video.labels);
    throw_if_interrupted();
  }
  return {scoring.result()};
}

void SegmentationObjective::describe_bundle(bundle::BundleConfig& config) const {
  bundle::SequenceSection sequence{
      .fps = recipe_.data.fps, .sample = recipe_.data.sample, .extractor = recipe_.extractor};
  for (const std::int64_t id : data_.train.background)
    sequence.background.push_back(data_.train.classes[static_cast<std::size_t>(id)]);
  for (const auto& [word, value] : tasks::config_names(tasks::Decode{})) {
    if (value == recipe_.decoding.decode) sequence.decode = word;
  }
  config.task = kSegmentationTask;
  config.sequence = std::move(sequence);
}

}  // namespace zoetrope::training
