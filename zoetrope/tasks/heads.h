#pragma once
// The tasks of a network whose classifier serves one or several: which outputs are whose, what each is trained by,
// and what its scores are.
//
//   tasks::Heads heads = tasks::heads_of(dataset.label_sets);
//   torch::Tensor loss = tasks::loss_of(heads, logits, targets, known, {.label_smoothing = 0.1}).total;
//   std::vector<torch::Tensor> scores = tasks::scores_of(heads, logits);
//
// An exclusive head is trained by cross-entropy and scored by a softmax, any other by binary cross-entropy and
// sigmoids. Samples that are not labelled for a head do not count in its loss.

#include <torch/torch.h>

#include <cstdint>
#include <string>
#include <vector>

#include "zoetrope/data/dataset.h"

namespace zoetrope::tasks {

/// Outputs [first, first + count) of the classifier.
struct Head {
  std::string name = "label";
  std::int64_t first = 0;
  std::int64_t count = 0;
  bool exclusive = true;
  double weight = 1;                    ///< of its loss in the sum
  std::vector<std::string> names = {};  ///< of its classes, in the order of the outputs; may be empty
  std::vector<double> thresholds =
      {};  ///< of a head that is not exclusive, from where on a class is said; or empty
};
using Heads = std::vector<Head>;

/// One after the other, in the order of the label sets.
[[nodiscard]] Heads heads_of(const std::vector<data::LabelSet>& label_sets);

struct LossOptions {
  /// Of exclusive heads: targets (1 - s) y + s / classes (Szegedy et al., CVPR 2016).
  double label_smoothing = 0;
  /// For each head, the number of samples that its mean is over, where the logits are a part of a batch; empty: those
  /// that `known` says of.
  std::vector<double> labelled = {};
  /// The heads that are not exclusive are one: a mean over all their known labels, not the sum of the heads' means.
  bool joint = false;
};

struct Loss {
  torch::Tensor total;               ///< a number: the weighted sum, or joint mean
  std::vector<torch::Tensor> heads;  ///< one number a head, without its weight; 0 where no sample is labelled
};

/// `logits` [N, outputs]; for each head, `targets` float [N, count] (shares, after mixing) and `known` bool [N]. The
/// loss of an exclusive head is the mean over its labelled samples of -sum_c y_c log softmax_c; of any other the mean
/// over them of the sum over classes of binary cross-entropies, divided by the number of classes.
[[nodiscard]] Loss loss_of(const Heads& heads, const torch::Tensor& logits,
                           const std::vector<torch::Tensor>& targets, const std::vector<torch::Tensor>& known,
                           const LossOptions& options = {});

/// For each head, probabilities [N, count].
[[nodiscard]] std::vector<torch::Tensor> scores_of(const Heads& heads, const torch::Tensor& logits);

}  // namespace zoetrope::tasks
