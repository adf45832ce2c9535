#pragma once
// Metrics of single-label classification: one true class a sample.
//
//   const std::vector<std::int64_t> predicted = predicted_classes(scores);
//   const ConfusionMatrix confusion = count_confusions(predicted, truth, 400);
//   confusion.accuracy();  confusion.mean_class_accuracy();  top_k_accuracy(scores, truth, 5);
//
// Everything is a share in [0, 1]; tables print percent. Without samples shares are 0. Classes of equal score
// are ordered by their index, so that a network whose scores are all equal predicts class 0. Labels are
// indices of classes; one that is none, or a number of labels that is not that of the samples, is an Error,
// as is a NaN score.
//
// Sources: M. Fayyaz, Holistic Video Understanding, section 2.10 (2.13); agrees with MMAction2's
// top_k_accuracy, mean_class_accuracy and confusion_matrix where no scores are equal.

#include <cstdint>
#include <span>
#include <vector>

#include "zoetrope/metrics/match_counts.h"
#include "zoetrope/metrics/score_table.h"

namespace zoetrope::metrics {

/// The class of highest score of each sample.
[[nodiscard]] std::vector<std::int64_t> predicted_classes(const ScoreTable& table);

/// The share of samples whose true class is among the `k` of highest score; 1 for `k` of all classes or more.
/// For segments of a video with one true class each, this is the Hamming score of CoVieW 2019's scenes and
/// actions. Throws Error for `k` of 0.
[[nodiscard]] double top_k_accuracy(const ScoreTable& table, std::span<const std::int64_t> truth,
                                    std::size_t k);

/// Which classes the mean class accuracy is over. The same where every class has samples.
enum class ClassMean {
  kOccurring,  ///< those that are true or predicted; one that is only predicted counts as 0 (MMAction2)
  kTrue        ///< those that are true: balanced accuracy
};

/// Samples by their true and their predicted class.
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(std::size_t num_classes)
      : num_classes_(num_classes), counts_(num_classes * num_classes, 0) {}

  /// Throws Error for what is no class.
  void add(std::int64_t truth, std::int64_t predicted);
  /// Throws Error for another number of classes.
  ConfusionMatrix& operator+=(const ConfusionMatrix& other);

  [[nodiscard]] std::size_t num_classes() const { return num_classes_; }
  [[nodiscard]] std::int64_t count(std::size_t truth, std::size_t predicted) const {
    return counts_[truth * num_classes_ + predicted];
  }
  /// [num_classes, num_classes], a row for each true class.
  [[nodiscard]] std::span<const std::int64_t> counts() const { return counts_; }
  /// Samples of that true class.
  [[nodiscard]] std::int64_t class_size(std::size_t truth) const;

  /// Right samples of all samples (2.13), the top-1 accuracy.
  [[nodiscard]] double accuracy() const;
  /// The mean over classes of the share of their samples that are right.
  [[nodiscard]] double mean_class_accuracy(ClassMean classes = ClassMean::kOccurring) const;
  /// The class against all others, for precision, recall and F1.
  [[nodiscard]] MatchCounts class_counts(std::size_t index) const;

 private:
  std::size_t num_classes_ = 0;
  std::vector<std::int64_t> counts_;
};

[[nodiscard]] ConfusionMatrix count_confusions(std::span<const std::int64_t> predicted,
                                               std::span<const std::int64_t> truth, std::size_t num_classes);

}  // namespace zoetrope::metrics
