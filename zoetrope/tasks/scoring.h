#pragma once
// How good a network's outputs are, head by head, over the samples of a data set.
//
//   tasks::Scoring scoring(heads);
//   for (batch) scoring.add(logits, batch.targets, batch.known);
//   for (const tasks::HeadMetrics& head : scoring.result()) print(head.name, head.values);
//
// An exclusive head is measured by top-1 and top-5 accuracy and by the mean of the classes' accuracies; any other by
// mAP (mean over classes with positives), GAP@20 and F1 (micro, at a probability of 0.5 and, as f1_fitted, at the head's
// own thresholds where it has them). Samples that are not labelled for a head do not count for it. The first value is the
// one by which models are compared.

#include <torch/torch.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "zoetrope/metrics/classification.h"
#include "zoetrope/tasks/heads.h"

namespace zoetrope::tasks {

struct HeadMetrics {
  std::string name = {};
  std::int64_t samples = 0;                                 ///< labelled for it
  std::vector<std::pair<std::string, double>> values = {};  ///< shares in [0, 1]; none without samples
  std::vector<std::string> class_names = {};                ///< where the head's are known
  std::vector<std::int64_t> class_samples = {};             ///< positives of each class
  std::vector<std::optional<double>> class_values = {};     ///< of each class, what `class_measure` says
  std::string class_measure = "average precision";          ///< "accuracy" of an exclusive head
  std::string unit = "samples";                             ///< what is counted in class_samples
  std::optional<metrics::ConfusionMatrix> confusion = {};   ///< of an exclusive head
  /// Of any other: for each class the threshold of best F1 on these samples (0.5 for one without positives), for use on
  /// others.
  std::vector<double> thresholds = {};
};

class Scoring {
 public:
  explicit Scoring(Heads heads);

  /// `logits` [N, outputs]; targets and known as in loss_of; a target above a half is a positive.
  void add(const torch::Tensor& logits, const std::vector<torch::Tensor>& targets,
           const std::vector<torch::Tensor>& known);
  /// The same for probabilities, one tensor [N, count] a head (means over views).
  void add_scores(const std::vector<torch::Tensor>& scores, const std::vector<torch::Tensor>& targets,
                  const std::vector<torch::Tensor>& known);

  [[nodiscard]] std::vector<HeadMetrics> result() const;

 private:
  struct Rows {
    std::vector<float> scores;
    std::vector<std::uint8_t> positives;
  };
  Heads heads_;
  std::vector<Rows> rows_;
};

/// The mean over heads of their first values: by which runs of several heads are compared. 0 without any.
[[nodiscard]] double overall(const std::vector<HeadMetrics>& heads);

/// Of several heads of many labels, in [0, 1]: the two numbers that are both called overall mAP.
struct OverallMap {
  double mean_of_heads = 0;   ///< of the heads' mAP: what HVU's tables print
  double mean_of_labels = 0;  ///< of the average precisions of all labels of all heads that have positives
};

/// None where there is one head alone, or an exclusive one, or one without samples.
[[nodiscard]] std::optional<OverallMap> overall_map(const std::vector<HeadMetrics>& heads);

}  // namespace zoetrope::tasks
