#include "zoetrope/training/captioning_objective.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/core/interrupt.h"
#include "zoetrope/core/log.h"
#include "zoetrope/core/random.h"
#include "zoetrope/tasks/captioning.h"
#include "zoetrope/tasks/captioning_scoring.h"

namespace zoetrope::training {
namespace {

using torch::Tensor;

// Of features in one file a video.
constexpr const char* kOneStream = "features";

// What the data says of the model.
bundle::ModelSection fitted_to(bundle::ModelSection model, const CaptioningRecipe& recipe,
                               const CaptioningData& data, std::int64_t words) {
  ConfigValue table{model.options};
  std::vector<std::string> streams = recipe.data.train.streams;
  if (streams.empty()) streams = {kOneStream};
  apply_override(table, fmt::format("num_classes={}", words));
  apply_override(table, fmt::format("streams=[\"{}\"]", fmt::join(streams, "\",\"")));
  apply_override(table, fmt::format("dimensions=[{}]", fmt::join(data.train.dimensions, ",")));
  apply_override(table, fmt::format("max_steps={}", recipe.decoding.max_words));
  model.options = std::get<ConfigTable>(table.data);
  return model;
}

void check_data(const CaptioningRecipe& recipe, const CaptioningData& data) {
  if (!data.validation) return;
  if (recipe.data.validation.streams != recipe.data.train.streams)
    throw Error::usage("data.validation.streams are not those of data.train");
  if (data.validation->dimensions != data.train.dimensions) {
    throw Error::usage("data.validation: features of {} numbers a frame; those of data.train have {}",
                       fmt::join(data.validation->dimensions, " and "),
                       fmt::join(data.train.dimensions, " and "));
  }
}

}  // namespace

CaptioningObjective::CaptioningObjective(CaptioningRecipe recipe, CaptioningData data,
                                         const models::ModelList& models)
    : recipe_(std::move(recipe)),
      data_(data),
      words_(data::word_list_of(data.train.captions(), recipe_.data.min_count)) {
  check_data(recipe_, data_);
  bundle::ModelSection& model = recipe_.run.model;
  if (model.name != "captioner") throw Error::usage("'{}' learns no captions; 'captioner' does", model.name);
  model = fitted_to(model, recipe_, data_, words_.size());
  (void)models::find_model(model.name, models).build({model.options});
  std::size_t left_out = 0;
  for (std::size_t i = 0; i < data_.train.videos.size(); ++i) {
    for (const std::string& caption : data_.train.videos[i].captioned.captions) {
      std::vector<std::int64_t> ids = words_.ids_of(caption);
      if (std::ssize(ids) > recipe_.data.max_words)
        ++left_out;
      else
        examples_.push_back({i, std::move(ids)});
    }
  }
  if (examples_.empty())
    throw Error::usage("every caption has more than data.max_words={} words", recipe_.data.max_words);
  if (left_out > 0)
    log_warning("{} captions of more than {} words are left out of training", left_out,
                recipe_.data.max_words);
}

std::int64_t CaptioningObjective::steps() const {
  return (std::ssize(examples_) + recipe_.batch - 1) / recipe_.batch;
}

void CaptioningObjective::begin_epoch(std::int64_t epoch) {
  RandomGenerator random = keyed_generator(recipe_.run.seed, {static_cast<std::uint64_t>(epoch)});
  order_.resize(examples_.size());
  std::iota(order_.begin(), order_.end(), 0);
  shuffle(order_, random);
}

std::string CaptioningObjective::name_of(std::int64_t index) const {
  const Example& first = examples_[order_[static_cast<std::size_t>(index * recipe_.batch)]];
  return fmt::format("the batch of video '{}'", data_.train.videos[first.video].captioned.id);
}

Tensor CaptioningObjective::features_of(const data::CaptioningVideo& video,
                                        const data::CaptioningOptions& options) const {
  std::vector<data::FeatureFile> files;
  for (const std::filesystem::path& path : video.streams) files.emplace_back(path, options.order);
  return tasks::read_streams(files, options.streams, recipe_.data.sample);
}

Tensor CaptioningObjective::loss(const ObjectiveStep& step) {
  const auto first = static_cast<std::size_t>(step.index * recipe_.batch);
  const std::size_t last = std::min(first + static_cast<std::size_t>(recipe_.batch), order_.size());
  std::vector<Tensor> features;
  std::vector<std::vector<std::int64_t>> sentences;
  for (std::size_t i = first; i < last; ++i) {
    const Example& example = examples_[order_[i]];
    features.push_back(features_of(data_.train.videos[example.video], recipe_.data.train));
    sentences.push_back(example.words);
  }
  const tasks::CaptionBatch batch = tasks::caption_batch(features, sentences).to(step.device);
  models::Captioner& model = tasks::captioner_of(step.model);
  const Tensor logits = model.teach(model.encode(batch.features, batch.lengths), batch.before());
  return tasks::caption_loss(logits, batch.words, recipe_.label_smoothing);
}

std::vector<tasks::HeadMetrics> CaptioningObjective::validate(models::Model& model, torch::Device device) {
  tasks::CaptionScoring scoring;
  for (const data::CaptioningVideo& video : data_.validation->videos) {
    const Tensor features = features_of(video, recipe_.data.validation).to(device);
    const tasks::Sentence said = tasks::say(tasks::captioner_of(model), features, recipe_.decoding);
    scoring.add(words_.sentence_of(said.words), video.captioned.captions);
    throw_if_interrupted();
  }
  return {scoring.result()};
}

void CaptioningObjective::describe_bundle(bundle::BundleConfig& config) const {
  config.task = kCaptioningTask;
  config.sequence = {.fps = recipe_.data.fps, .sample = recipe_.data.sample};
  set_extractor(*config.sequence, recipe_.extractor);
  config.captioning = recipe_.decoding;
}

}  // namespace zoetrope::training
