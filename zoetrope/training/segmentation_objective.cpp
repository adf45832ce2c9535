#include "zoetrope/training/segmentation_objective.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <utility>

#include "zoetrope/core/error.h"
#include "zoetrope/core/random.h"

namespace zoetrope::training {
namespace {

constexpr std::uint64_t kLabelledPurpose = 3;  // in the keys of generators

// Which videos carry labels: all, none, or a share of them that the seed draws.
std::vector<bool> draw_labelled(const SequenceRecipe& recipe, std::size_t videos) {
  if (recipe.supervision != Supervision::kMixed)
    return std::vector<bool>(videos, recipe.supervision == Supervision::kFrames);
  std::vector<std::size_t> order(videos);
  std::iota(order.begin(), order.end(), 0);
  RandomGenerator random = keyed_generator(recipe.run.seed, {kLabelledPurpose});
  shuffle(order, random);
  const auto count = static_cast<std::size_t>(std::lround(recipe.labelled * static_cast<double>(videos)));
  if (count == 0) {
    throw Error::usage("labelled: {} of {} videos is none; {:.2g} is one of them", recipe.labelled, videos,
                       1.0 / static_cast<double>(videos));
  }
  std::vector<bool> labelled(videos, false);
  for (std::size_t i = 0; i < count; ++i) labelled[order[i]] = true;
  return labelled;
}

// The class that losses weigh otherwise is a background of the data, or none.
void take_background(SequenceRecipe& recipe, const std::vector<std::int64_t>& background) {
  for (std::int64_t* id : {&recipe.sct.background, &recipe.mucon.background}) {
    if (std::ranges::find(background, *id) == background.end())
      *id = background.empty() ? -1 : background.front();
  }
}

}  // namespace

SegmentationObjective::SegmentationObjective(SequenceRecipe recipe, SequenceData data,
                                             const models::ModelList& models)
    : SequenceObjective(std::move(recipe), data, models),
      labelled_(draw_labelled(recipe_, data_.train.videos.size())) {
  take_background(recipe_, data_.train.background);
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
  const std::size_t video = video_at(step.index);
  return tasks::sequence_loss(
      step.model, features_of(video).to(step.device), target_of(video),
      {.mucon = recipe_.mucon, .sct = recipe_.sct, .teacher_forcing = is_taught(step.epoch)});
}

}  // namespace zoetrope::training
