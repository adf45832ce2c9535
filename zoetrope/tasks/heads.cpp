#include "zoetrope/tasks/heads.h"

#include <algorithm>

namespace zoetrope::tasks {
namespace {

torch::Tensor outputs_of(const Head& head, const torch::Tensor& logits) {
  return logits.narrow(1, head.first, head.count);
}

torch::Tensor sample_losses(const Head& head, const torch::Tensor& logits, const torch::Tensor& targets,
                            double smoothing) {
  if (!head.exclusive) {
    return torch::binary_cross_entropy_with_logits(logits, targets, {}, {}, at::Reduction::None).mean(1);
  }
  const torch::Tensor smooth =
      smoothing > 0 ? targets * (1 - smoothing) + smoothing / static_cast<double>(head.count) : targets;
  return -(smooth * logits.log_softmax(1)).sum(1);
}

}  // namespace

Heads heads_of(const std::vector<data::LabelSet>& label_sets) {
  Heads heads;
  std::int64_t first = 0;
  for (const data::LabelSet& set : label_sets) {
    const std::int64_t count = std::ssize(set.names);
    heads.push_back(
        {.name = set.name, .first = first, .count = count, .exclusive = set.exclusive, .names = set.names});
    first += count;
  }
  return heads;
}

Loss loss_of(const Heads& heads, const torch::Tensor& logits, const std::vector<torch::Tensor>& targets,
             const std::vector<torch::Tensor>& known, const LossOptions& options) {
  Loss loss{.total = torch::zeros({}, logits.options().dtype(torch::kFloat)), .heads = {}};
  torch::Tensor joint_sum = torch::zeros_like(loss.total), joint_labels = torch::zeros_like(loss.total);
  for (std::size_t i = 0; i < heads.size(); ++i) {
    // In full precision, also under autocast: a softmax of many classes needs it.
    const torch::Tensor outputs =
        outputs_of(heads[i], logits).to(torch::promoteTypes(logits.scalar_type(), torch::kFloat));
    const torch::Tensor mask = known[i].to(outputs.device(), outputs.scalar_type());
    const torch::Tensor losses =
        sample_losses(heads[i], outputs, targets[i].to(outputs.options()), options.label_smoothing);
    const torch::Tensor sum = (losses * mask).sum();
    const torch::Tensor samples =
        options.labelled.empty() ? mask.sum() : torch::full_like(sum.detach(), options.labelled[i]);
    loss.heads.push_back(sum / samples.clamp_min(1));
    if (options.joint && !heads[i].exclusive) {
      joint_sum = joint_sum + heads[i].weight * static_cast<double>(heads[i].count) * sum;
      joint_labels = joint_labels + static_cast<double>(heads[i].count) * samples;
    } else {
      loss.total = loss.total + heads[i].weight * loss.heads.back();
    }
  }
  loss.total = loss.total + joint_sum / joint_labels.clamp_min(1);
  return loss;
}

std::vector<torch::Tensor> scores_of(const Heads& heads, const torch::Tensor& logits) {
  std::vector<torch::Tensor> scores;
  for (const Head& head : heads) {
    const torch::Tensor outputs = outputs_of(head, logits);
    scores.push_back(head.exclusive ? outputs.softmax(1) : outputs.sigmoid());
  }
  return scores;
}

}  // namespace zoetrope::tasks
