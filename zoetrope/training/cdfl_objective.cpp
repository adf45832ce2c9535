#include "zoetrope/training/cdfl_objective.h"

#include <utility>

#include "zoetrope/inference/segmenter.h"
#include "zoetrope/nn/cdfl_loss.h"

namespace zoetrope::training {
CdflObjective::CdflObjective(SequenceRecipe recipe, SequenceData data, const models::ModelList& models)
    : SequenceObjective(brought(std::move(recipe), Supervision::kTranscripts, tasks::Decode::kAlignment),
                        data, models),
      buffer_(num_classes(), data.train.videos.size()) {
  check_transcripts_fit();
}

torch::Tensor CdflObjective::loss(const ObjectiveStep& step) {
  const std::size_t video = video_at(step.index);
  const std::vector<std::int64_t>& transcript = data_.train.videos[video].transcript;
  const torch::Tensor logits = step.model.forward(features_of(video).to(step.device));
  const torch::Tensor log_probabilities = logits[0].t().log_softmax(1);
  const tasks::AlignmentModel model =
      inference::alignment_of(alignment_section(recipe_.alignment, buffer_.statistics(), {}), num_classes());
  std::vector<std::int64_t> lengths = tasks::fit_alignment(log_probabilities.detach(), transcript, model);
  const torch::Tensor loss = nn::cdfl_losses(log_probabilities, transcript, lengths, recipe_.cdfl).total;
  buffer_.add({.video = video, .transcript = transcript, .lengths = std::move(lengths)});
  return loss;
}

std::optional<bundle::AlignmentSection> CdflObjective::alignment() const {
  return alignment_section(recipe_.alignment, buffer_.statistics(), data::distinct_transcripts(data_.train));
}

void CdflObjective::restore(const models::NamedTensors& state) {
  buffer_ = AlignmentBuffer(num_classes(), buffer_.capacity());
  for (AlignedVideo& video : alignments_of(state, data_.train)) buffer_.add(std::move(video));
}

}  // namespace zoetrope::training
