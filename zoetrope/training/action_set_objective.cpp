#include "zoetrope/training/action_set_objective.h"

#include <algorithm>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/random.h"
#include "zoetrope/decoding/set_grammar.h"
#include "zoetrope/models/action_set.h"

namespace zoetrope::training {
namespace {

constexpr std::uint64_t kPoolPurpose = 7, kGrammarPurpose = 8;  // in the keys of generators

}  // namespace

ActionSetObjective::ActionSetObjective(SequenceRecipe recipe, SequenceData data,
                                       const models::ModelList& models)
    : SequenceObjective(brought(std::move(recipe), Supervision::kSets, tasks::Decode::kAlignment), data,
                        models) {
  const bundle::ModelSection& section = recipe_.run.model;
  const auto model = models::find_model(section.name, models).build({section.options});
  if (!dynamic_cast<const models::ActionSet*>(model.get()))
    throw Error::usage("method 'action_set' trains the model 'action_set', not '{}'", section.name);
  std::vector<decoding::SetVideo> videos;
  for (std::size_t v = 0; v < data_.train.videos.size(); ++v)
    videos.push_back({.actions = data_.train.videos[v].actions, .num_frames = frames_of(v)});
  const ActionSetTraining& options = recipe_.action_set;
  const std::vector<std::int64_t>& background = data_.train.background;
  RandomGenerator random = keyed_generator(recipe_.run.seed, {kGrammarPurpose});
  try {
    std::vector<double> means = decoding::set_mean_lengths(videos, num_classes(), options.min_length);
    alignment_.transcripts = decoding::monte_carlo_grammar(
        videos, means, background.empty() ? -1 : background.front(), options.transcripts, random);
    alignment_.mean_lengths = std::move(means);
  } catch (const Error& error) {
    throw Error::usage("{}; a smaller action_set.min_length than {} may mend it", error.what(),
                       options.min_length);
  }
  alignment_.prior = decoding::set_prior(videos, num_classes());
  alignment_.frame_sampling = recipe_.alignment.frame_sampling;
  alignment_.beam = recipe_.alignment.beam;
  alignment_.max_length = recipe_.alignment.max_length;
}

void ActionSetObjective::begin_epoch(std::int64_t epoch) {
  order_ = order_of(epoch);
  loaded_.reset();
  begins_ = {0};
  const std::int64_t batch = recipe_.action_set.batch, all = std::ssize(order_);
  for (std::int64_t begin = 0; begin < all; begin += recipe_.action_set.pool) {
    std::int64_t frames = 0;
    for (std::int64_t i = begin; i < std::min(begin + recipe_.action_set.pool, all); ++i)
      frames += frames_of(video_at(i));
    begins_.push_back(begins_.back() + (frames + batch - 1) / batch);
  }
}

std::size_t ActionSetObjective::pool_of(std::int64_t index) const {
  return static_cast<std::size_t>(std::ranges::upper_bound(begins_, index) - begins_.begin()) - 1;
}

std::string ActionSetObjective::name_of(std::int64_t index) const {
  const auto place = static_cast<std::int64_t>(pool_of(index)) * recipe_.action_set.pool;
  return fmt::format("the pool of video '{}'", data_.train.videos[video_at(place)].name);
}

void ActionSetObjective::load_pool(std::int64_t epoch, std::size_t pool) {
  const auto begin = static_cast<std::int64_t>(pool) * recipe_.action_set.pool;
  const std::int64_t end = std::min(begin + recipe_.action_set.pool, std::ssize(order_));
  std::int64_t frames = 0;
  for (std::int64_t i = begin; i < end; ++i) frames += frames_of(video_at(i));
  std::vector<std::int64_t> places(static_cast<std::size_t>(frames));
  for (std::int64_t i = 0; i < frames; ++i) places[static_cast<std::size_t>(i)] = i;
  RandomGenerator random =
      keyed_generator(recipe_.run.seed, {static_cast<std::uint64_t>(epoch), kPoolPurpose, pool});
  shuffle(places, random);
  frames_ = torch::empty({frames, data_.train.num_dimensions});
  occurs_ = torch::zeros({frames, num_classes()}, torch::kLong);
  std::int64_t at = 0;
  for (std::int64_t i = begin; i < end; ++i) {
    const std::size_t video = video_at(i);
    const std::int64_t count = frames_of(video);
    const std::span<const std::int64_t> own =
        std::span(places).subspan(static_cast<std::size_t>(at), static_cast<std::size_t>(count));
    const torch::Tensor rows = torch::tensor(std::vector<std::int64_t>(own.begin(), own.end()), torch::kLong);
    torch::Tensor set = torch::zeros({num_classes()}, torch::kLong);
    for (const std::int64_t action : data_.train.videos[video].actions) set[action] = 1;
    frames_.index_copy_(0, rows, features_of(video)[0].t());
    occurs_.index_copy_(0, rows, set.expand({count, num_classes()}));
    at += count;
  }
  loaded_ = pool;
}

torch::Tensor ActionSetObjective::loss(const ObjectiveStep& step) {
  const std::size_t pool = pool_of(step.index);
  if (loaded_ != pool) load_pool(step.epoch, pool);
  const std::int64_t begin = (step.index - begins_[pool]) * recipe_.action_set.batch;
  const std::int64_t end = std::min(begin + recipe_.action_set.batch, frames_.size(0));
  auto& model = dynamic_cast<models::ActionSet&>(step.model);
  const torch::Tensor answers = model.classify_frames(frames_.slice(0, begin, end).to(step.device));
  const torch::Tensor wanted = occurs_.slice(0, begin, end).to(step.device).unsqueeze(2);
  return -answers.gather(2, wanted).sum() / static_cast<double>(end - begin);
}

}  // namespace zoetrope::training
