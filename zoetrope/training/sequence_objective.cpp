#include "zoetrope/training/sequence_objective.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/random.h"
#include "zoetrope/inference/segmenter.h"
#include "zoetrope/models/mucon.h"
#include "zoetrope/models/sequence.h"
#include "zoetrope/tasks/segmentation_scoring.h"

namespace zoetrope::training {
namespace {

constexpr std::uint64_t kOrderPurpose = 1;  // in the keys of generators

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

}  // namespace

SequenceRecipe brought(SequenceRecipe recipe, Supervision supervision, tasks::Decode decode) {
  recipe.supervision = supervision;
  if (recipe.decoding.decode == tasks::DecodeOptions().decode) recipe.decoding.decode = decode;
  return recipe;
}

SequenceObjective::SequenceObjective(SequenceRecipe recipe, SequenceData data,
                                     const models::ModelList& models)
    : recipe_(std::move(recipe)), data_(data) {
  check_data(data_, recipe_);
  bundle::ModelSection& model = recipe_.run.model;
  const std::shared_ptr<models::Model> network =
      models::find_model(model.name, models).build({model.options});
  if (!models::takes_sequence(*network))
    throw Error::usage("'{}' is no network of feature sequences; 'mucon', 'sct' and 'gru' are", model.name);
  const bool from_sets = recipe_.method == Method::kNetwork && recipe_.supervision == Supervision::kSets;
  if (from_sets && dynamic_cast<const models::Mucon*>(network.get()))
    throw Error::usage("supervision: 'sets' tell '{}' no order; 'sct' learns from them", model.name);
  model = fitted_to(model, data_.train, models);
  if (recipe_.data.standardise) scale_ = data::scale_of(data_.train, recipe_.data.sample);
}

std::vector<std::size_t> SequenceObjective::order_of(std::int64_t epoch) const {
  std::vector<std::size_t> order(data_.train.videos.size());
  std::iota(order.begin(), order.end(), 0);
  RandomGenerator random =
      keyed_generator(recipe_.run.seed, {static_cast<std::uint64_t>(epoch), kOrderPurpose});
  shuffle(order, random);
  return order;
}

std::string SequenceObjective::name_of(std::int64_t index) const {
  return fmt::format("video '{}'", data_.train.videos[video_at(index)].name);
}

std::int64_t SequenceObjective::frames_of(std::size_t video) const {
  const std::int64_t sample = recipe_.data.sample;
  return (data_.train.videos[video].num_frames + sample - 1) / sample;
}

torch::Tensor SequenceObjective::columns_of(const data::SegmentationSet& set,
                                            const data::SegmentationVideo& video) const {
  return data::standardised(
      data::read_columns(data::open_features(set, video), recipe_.data.sample, video.num_frames), scale_);
}

torch::Tensor SequenceObjective::features_of(std::size_t video) const {
  return columns_of(data_.train, data_.train.videos[video]);
}

void SequenceObjective::check_transcripts_fit() const {
  for (std::size_t v = 0; v < data_.train.videos.size(); ++v) {
    const data::SegmentationVideo& video = data_.train.videos[v];
    if (std::ssize(video.transcript) > frames_of(v)) {
      throw Error::usage("data.sample: of the training video '{}', {} frames are left for {} actions",
                         video.name, frames_of(v), video.transcript.size());
    }
  }
}

std::vector<tasks::HeadMetrics> SequenceObjective::validate(models::Model& model, torch::Device device) {
  tasks::DecodeOptions decoding = recipe_.decoding;
  if (const auto section = alignment()) {
    decoding.alignment =
        std::make_shared<tasks::AlignmentModel>(inference::alignment_of(*section, num_classes()));
    decoding.threads = torch::get_num_threads();
  }
  tasks::SegmentationScoring scoring(data_.validation->classes, data_.validation->background);
  for (const data::SegmentationVideo& video : data_.validation->videos) {
    const torch::Tensor features = columns_of(*data_.validation, video);
    const tasks::Segmentation found = tasks::segment(model, features.to(device), decoding);
    scoring.add(data::spread_labels(found.labels, recipe_.data.sample, video.num_frames), video.labels);
    throw_if_interrupted();
  }
  return {scoring.result()};
}

void SequenceObjective::describe_bundle(bundle::BundleConfig& config) const {
  bundle::SequenceSection sequence{.fps = recipe_.data.fps,
                                   .sample = recipe_.data.sample,
                                   .mean = scale_.mean,
                                   .std = scale_.std,
                                   .class_means = recipe_.decoding.class_means,
                                   .alignment = alignment()};
  set_extractor(sequence, recipe_.extractor);
  for (const std::int64_t id : data_.train.background)
    sequence.background.push_back(data_.train.classes[static_cast<std::size_t>(id)]);
  for (const auto& [word, value] : tasks::config_names(tasks::Decode{})) {
    if (value == recipe_.decoding.decode) sequence.decode = word;
  }
  config.task = kSegmentationTask;
  config.sequence = std::move(sequence);
}

}  // namespace zoetrope::training
