#include "zoetrope/training/detection_objective.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/random.h"
#include "zoetrope/tasks/detection_scoring.h"

namespace zoetrope::training {
namespace {

using torch::Tensor;

constexpr std::uint64_t kOrderPurpose = 1, kTrimmedPurpose = 2;  // in the keys of generators

data::FeatureStreams open_video(const data::DetectionVideo& video, const data::DetectionOptions& options) {
  return data::FeatureStreams(video.streams, options.order);
}

Tensor load_video(const data::DetectionVideo& video, const data::DetectionOptions& options,
                  std::int64_t sample) {
  const data::FeatureStreams streams = open_video(video, options);
  return streams.read(0, streams.num_sampled(sample), sample);
}

void check_features(const data::DetectionSet& set, const char* which) {
  for (const data::DetectionVideo& video : set.videos) {
    if (video.streams.empty())
      throw Error::usage("data.{}.features is missing: the folder of the videos' features", which);
  }
}

void check_classes(const data::DetectionSet& set, const char* which) {
  for (const data::DetectionVideo& video : set.videos) {
    if (video.classes.empty()) {
      throw Error::usage("data.{}: the video '{}' has no class; leave it out of the annotations", which,
                         video.annotated.name);
    }
  }
}

void check_data(const DetectionRecipe& recipe, const DetectionData& data) {
  check_features(data.train, "train");
  check_classes(data.train, "train");
  if (data.trimmed) {
    check_features(*data.trimmed, "trimmed");
    check_classes(*data.trimmed, "trimmed");
  }
  if (data.validation) check_features(*data.validation, "validation");
  if (!data.trimmed && recipe.loss.transfer + recipe.loss.trimmed_classes > 0)
    throw Error::usage(
        "data.trimmed.annotations is missing: what is transferred; loss.transfer=0 goes without");
  if (data.validation && data.validation->classes != data.train.classes)
    throw Error::usage("training and validation data differ in their classes");
}

// What the data says of the model: its classes, and of streams with files of their own, names and dimensions.
bundle::ModelSection fitted_to(bundle::ModelSection model, const DetectionData& data,
                               const data::DetectionOptions& options) {
  ConfigValue table{model.options};
  apply_override(table, fmt::format("num_classes={}", data.train.classes.size()));
  if (!options.streams.empty()) {
    const auto dimensions = open_video(data.train.videos.front(), options).dimensions();
    apply_override(table, fmt::format("streams=[\"{}\"]", fmt::join(options.streams, "\",\"")));
    apply_override(table, fmt::format("dimensions=[{}]", fmt::join(dimensions, ",")));
  }
  model.options = std::get<ConfigTable>(table.data);
  return model;
}

// Frames of the features a second.
double rate_of(const data::DetectionVideo& video, double fps) {
  if (fps > 0) return fps;
  const double duration = video.annotated.duration;
  if (duration <= 0)
    throw Error::usage("nothing says how long the video '{}' is; data.fps would", video.annotated.name);
  return static_cast<double>(video.num_frames) / duration;
}

// A set beside that of training.
void check_streams(const DetectionDataOptions& data, const data::DetectionSet& set,
                   const data::DetectionOptions& options, const char* which,
                   const data::DetectionSet& train) {
  if (options.streams != data.train.streams) {
    throw Error::usage("data.{}.streams [{}] and data.train.streams [{}] differ", which,
                       fmt::join(options.streams, ", "), fmt::join(data.train.streams, ", "));
  }
  const std::vector<std::int64_t>& found = set.videos.front().dimensions;
  const std::vector<std::int64_t>& wanted = train.videos.front().dimensions;
  if (found != wanted) {
    throw Error::usage("data.{}: features of {} numbers a frame, but data.train has {}", which,
                       fmt::join(found, " and "), fmt::join(wanted, " and "));
  }
}

// The rate that all videos have; 0 where they differ by more than a part in twenty.
double common_rate(const data::DetectionSet& set, double fps) {
  double low = fps, high = fps;
  for (const data::DetectionVideo& video : set.videos) {
    if (fps > 0 || video.annotated.duration <= 0) return fps;
    const double rate = rate_of(video, 0);
    low = low > 0 ? std::min(low, rate) : rate;
    high = std::max(high, rate);
  }
  return high <= 1.05 * low ? (low + high) / 2 : 0;
}

std::vector<std::size_t> shuffled(std::size_t count, RandomGenerator random) {
  std::vector<std::size_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  shuffle(order, random);
  return order;
}

}  // namespace

DetectionObjective::DetectionObjective(DetectionRecipe recipe, DetectionData data,
                                       const models::ModelList& models)
    : recipe_(std::move(recipe)), data_(data) {
  check_data(recipe_, data_);
  bundle::ModelSection& model = recipe_.run.model;
  model = fitted_to(model, data_, recipe_.data.train);
  const auto built = models::find_model(model.name, models).build({model.options});
  const auto* network = dynamic_cast<const models::Tsrnet*>(built.get());
  if (!network)
    throw Error::usage("'{}' does not learn from the classes of whole videos; 'tsrnet' does", model.name);
  const std::int64_t found = open_video(data_.train.videos.front(), recipe_.data.train).num_dimensions();
  const std::int64_t wanted = network->native_inputs().front().shape[1];
  if (found != wanted)
    throw Error::usage("data.train: features of {} numbers a frame; the model takes {}", found, wanted);
  if (data_.validation) {
    check_streams(recipe_.data, *data_.validation, recipe_.data.validation, "validation", data_.train);
    for (const data::DetectionVideo& video : data_.validation->videos) (void)rate_of(video, recipe_.data.fps);
  }
  if (data_.trimmed)
    check_streams(recipe_.data, *data_.trimmed, recipe_.data.trimmed, "trimmed", data_.train);
  if (!data_.trimmed) return;
  for (const std::string& name : data_.trimmed->classes) {
    const auto place = std::ranges::find(data_.train.classes, name);
    shared_.push_back(place == data_.train.classes.end() ? -1 : place - data_.train.classes.begin());
  }
}

std::int64_t DetectionObjective::steps() const {
  return (std::ssize(data_.train.videos) + recipe_.batch - 1) / recipe_.batch;
}

void DetectionObjective::begin_epoch(std::int64_t epoch) {
  const auto random = [&](std::uint64_t purpose) {
    return keyed_generator(recipe_.run.seed, {static_cast<std::uint64_t>(epoch), purpose});
  };
  order_ = shuffled(data_.train.videos.size(), random(kOrderPurpose));
  if (data_.trimmed) trimmed_order_ = shuffled(data_.trimmed->videos.size(), random(kTrimmedPurpose));
}

std::string DetectionObjective::name_of(std::int64_t index) const {
  const auto first = static_cast<std::size_t>(index * recipe_.batch);
  return fmt::format("the batch of video '{}'", data_.train.videos[order_[first]].annotated.name);
}

bool DetectionObjective::transfers() const {
  return data_.trimmed && recipe_.loss.transfer + recipe_.loss.trimmed_classes > 0;
}

DetectionObjective::Batch DetectionObjective::untrimmed_batch(const ObjectiveStep& step) const {
  const auto first = static_cast<std::size_t>(step.index * recipe_.batch);
  const std::size_t last = std::min(first + static_cast<std::size_t>(recipe_.batch), order_.size());
  Batch batch{.features = {},
              .labels = torch::zeros({static_cast<std::int64_t>(last - first), std::ssize(labels())})};
  for (std::size_t i = first; i < last; ++i) {
    const data::DetectionVideo& video = data_.train.videos[order_[i]];
    batch.features.push_back(load_video(video, recipe_.data.train, recipe_.data.sample).to(step.device));
    for (const std::int64_t label : video.classes)
      batch.labels[static_cast<std::int64_t>(i - first)][label] = 1;
  }
  batch.labels = batch.labels.to(step.device);
  return batch;
}

DetectionObjective::Batch DetectionObjective::trimmed_batch(const ObjectiveStep& step,
                                                            std::int64_t count) const {
  Batch batch{.features = {}, .labels = torch::zeros({count, std::ssize(labels())})};
  for (std::int64_t i = 0; i < count; ++i) {
    const auto place = static_cast<std::size_t>(step.index * recipe_.batch + i) % trimmed_order_.size();
    const data::DetectionVideo& clip = data_.trimmed->videos[trimmed_order_[place]];
    batch.features.push_back(load_video(clip, recipe_.data.trimmed, recipe_.data.sample).to(step.device));
    for (const std::int64_t label : clip.classes) {
      const std::int64_t id = shared_[static_cast<std::size_t>(label)];
      if (id >= 0) batch.labels[i][id] = 1;
    }
  }
  batch.labels = batch.labels.to(step.device);
  return batch;
}

nn::TsrnetPrediction DetectionObjective::predict(models::Tsrnet& model, std::size_t index,
                                                 const Batch& untrimmed, const Batch& trimmed) const {
  models::TsrnetStream& stream = model.stream(index);
  nn::TsrnetPrediction prediction;
  std::vector<Tensor> features;
  for (const Tensor& video : untrimmed.features) {
    const auto [attention, feature] = stream.attention().forward(model.part(video, index));
    prediction.attention.push_back(attention);
    features.push_back(feature);
  }
  prediction.feature = torch::cat(features);
  prediction.hidden = stream.hidden(prediction.feature);
  prediction.logits = stream.classify(prediction.hidden);
  if (trimmed.features.empty()) return prediction;
  features.clear();
  for (const Tensor& clip : trimmed.features) {
    const Tensor part = model.part(clip, index);
    features.push_back(recipe_.trimmed == TrimmedFeature::kMean ? part.mean(2)
                                                                : stream.attention().forward(part).feature);
  }
  prediction.trimmed_feature = torch::cat(features);
  prediction.trimmed_hidden = stream.hidden(prediction.trimmed_feature);
  prediction.trimmed_logits = stream.classify(prediction.trimmed_hidden);
  return prediction;
}

torch::Tensor DetectionObjective::loss(const ObjectiveStep& step) {
  auto& model = dynamic_cast<models::Tsrnet&>(step.model);
  const Batch untrimmed = untrimmed_batch(step);
  const Batch trimmed = transfers() ? trimmed_batch(step, std::ssize(untrimmed.features)) : Batch{};
  Tensor total;
  for (std::size_t i = 0; i < model.num_streams(); ++i) {
    const Tensor loss = nn::tsrnet_losses(predict(model, i, untrimmed, trimmed), untrimmed.labels,
                                          trimmed.labels, model.options().attention, recipe_.loss)
                            .total;
    total = total.defined() ? total + loss : loss;
  }
  return total;
}

std::vector<tasks::HeadMetrics> DetectionObjective::validate(models::Model& model, torch::Device device) {
  tasks::DetectionScoring scoring(data_.validation->classes);
  const std::int64_t sample = recipe_.data.sample;
  for (const data::DetectionVideo& video : data_.validation->videos) {
    const data::FeatureStreams features = open_video(video, recipe_.data.validation);
    const tasks::VideoScores scores = tasks::observe(model, features, sample, device);
    const double rate = rate_of(video, recipe_.data.fps) / static_cast<double>(sample);
    std::vector<metrics::TrueSegment> truth;
    for (std::size_t i = 0; i < video.labels.size(); ++i) {
      const data::LabelledSegment& segment = video.annotated.segments[i];
      truth.push_back({.label = video.labels[i], .start = segment.start, .end = segment.end});
    }
    scoring.add(scores, tasks::detect(scores, rate, recipe_.decoding), std::move(truth));
    throw_if_interrupted();
  }
  return {scoring.result()};
}

void DetectionObjective::describe_bundle(bundle::BundleConfig& config) const {
  config.task = kDetectionTask;
  config.sequence = {.fps = common_rate(data_.train, recipe_.data.fps), .sample = recipe_.data.sample};
  set_extractor(*config.sequence, recipe_.extractor);
  config.detection = recipe_.decoding;
}

}  // namespace zoetrope::training
