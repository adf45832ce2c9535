#pragma once
// Metrics of multi-label classification: any number of true classes a sample.
//
//   const TagTable tags{{scores, 3142}, positives};
//   const AveragePrecisions aps = class_average_precisions(tags);        // mAP: aps.mean()
//   category_average_precisions(aps, category_of_class, 6).mean();       // HVU's overall mAP
//   global_average_precision(tags);                                      // GAP@20
//   const std::vector<ClassThreshold> thresholds = best_thresholds(validation);
//   f_measures(decide(test.scores, thresholds), test.positives, 3142).macro.f1;
//
// Everything is a share in [0, 1]. Without samples, means are 0. NaN scores and sizes that do not fit are an
// Error.
//
// Equal scores. Along a ranking whose precision is measured, they are one step: all are retrieved before
// precision is taken, so that no order among them matters (as in MMAction2 and scikit-learn; YouTube-8M's
// code draws their order by chance). Where k classes of a sample have to be picked, the one of lower index is
// first.
//
// Sources: M. Fayyaz, Holistic Video Understanding, section 2.10 (2.14); Abu-El-Haija et al., YouTube-8M,
// arXiv:1609.08675, section 5, and its evaluator's code; MMAction2's mean_average_precision and
// mmit_mean_average_precision; scikit-learn's precision_recall_fscore_support.

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "zoetrope/metrics/match_counts.h"
#include "zoetrope/metrics/score_table.h"

namespace zoetrope::metrics {

/// Scores and truth, both [num_samples, num_classes], row after row; a positive is 1, a negative 0, anything
/// else an Error.
struct TagTable {
  ScoreTable scores;
  std::span<const std::uint8_t> positives;
};

// --- Average precision ---------------------------------------------------------------------------------

/// How the area under precision over recall is taken. The two differ: papers that say "mean average
/// precision" mostly print steps.
enum class PrecisionArea {
  kSteps,      ///< sum of (R_n - R_(n-1)) P_n, what the field's evaluators compute
  kTrapezoids  ///< sum of (R_n - R_(n-1)) (P_n + P_(n-1)) / 2 from P_0 = 1, R_0 = 0, as the thesis' text says
};

/// The average precision of one ranking, highest score first; nothing where there are no positives.
[[nodiscard]] std::optional<double> average_precision(std::span<const float> scores,
                                                      std::span<const std::uint8_t> positives,
                                                      PrecisionArea area = PrecisionArea::kSteps);

/// Of each class, sample or category; nothing for one without positives.
struct AveragePrecisions {
  std::vector<std::optional<double>> each;

  /// Over those that have one; 0 where none has.
  [[nodiscard]] double mean() const;
  /// How many have one. Worth a line in a report: a mean over 900 of 1000 classes is another quantity.
  [[nodiscard]] std::size_t num_measured() const;
};

/// Of every class over the samples. Its mean is mAP (2.14), with classes without positives left out.
[[nodiscard]] AveragePrecisions class_average_precisions(const TagTable& tags,
                                                         PrecisionArea area = PrecisionArea::kSteps);

/// Of every sample over the classes. Its mean is the video mAP of Multi-Moments in Time ("mmit").
[[nodiscard]] AveragePrecisions sample_average_precisions(const TagTable& tags,
                                                          PrecisionArea area = PrecisionArea::kSteps);

/// The mAP of each category, where `category_of_class` says the category of every class. Its mean is the
/// overall mAP of HVU: every category counts the same, however many classes it has. Throws Error for a
/// category of `num_categories` or more.
[[nodiscard]] AveragePrecisions category_average_precisions(const AveragePrecisions& classes,
                                                            std::span<const std::size_t> category_of_class,
                                                            std::size_t num_categories);

// --- YouTube-8M ----------------------------------------------------------------------------------------

/// GAP@k: the k best classes of every sample are pooled and ranked; the sum of the precision at each
/// positive, over the number of all positives, also of those that are not among the k best. 0 without
/// positives.
[[nodiscard]] double global_average_precision(const TagTable& tags, std::size_t k = 20);

/// Of each class, ranked among the samples that have it among their k best, over all its positives. 0 for a
/// class without such samples or without positives: YouTube-8M's mAP is the plain mean over all classes.
[[nodiscard]] std::vector<double> top_k_class_precisions(const TagTable& tags, std::size_t k = 20);

/// The share of samples whose best class is positive. A sample without positives counts as a miss.
[[nodiscard]] double hit_at_one(const TagTable& tags);

/// PERR: the share of positives among the n best classes of a sample with n positives, mean over the samples
/// with positives. (The authors' code further drops classes of a score of 0 or below, which has no meaning
/// for logits.)
[[nodiscard]] double precision_at_equal_recall_rate(const TagTable& tags);

/// The k best classes and the positives of a sample: the size of their intersection over that of their union,
/// mean over samples. With one positive a sample and k = 1 the accuracy; CoVieW's tables take top_k_accuracy
/// (classification.h) for every k.
[[nodiscard]] double hamming_score(const TagTable& tags, std::size_t k);

// --- Decisions -----------------------------------------------------------------------------------------

/// A class is predicted from this score on.
struct ClassThreshold {
  double value = 0;  ///< infinite for a class without positives: no finite score reaches it
  double f1 = 0;     ///< of the class, on the samples that the threshold was chosen on
};

/// For each class the threshold of highest F1 on these samples. Every distinct score is tried, and F1
/// compared as a fraction of integers. Of equally good ones it is the highest. It lies midway between the
/// last score that is accepted and the next lower one, for the sake of other samples.
[[nodiscard]] std::vector<ClassThreshold> best_thresholds(const TagTable& validation);

/// [num_samples, num_classes] of 1 where the score is at or above its class' threshold, else 0.
[[nodiscard]] std::vector<std::uint8_t> decide(const ScoreTable& table,
                                               std::span<const ClassThreshold> thresholds);
/// The same with one threshold for all classes.
[[nodiscard]] std::vector<std::uint8_t> decide(const ScoreTable& table, double threshold);
/// The same with the `k` best classes of each sample.
[[nodiscard]] std::vector<std::uint8_t> decide_best(const ScoreTable& table, std::size_t k);

struct PrecisionRecall {
  double precision = 0;
  double recall = 0;
  double f1 = 0;
};

struct FMeasures {
  std::vector<MatchCounts> classes;
  PrecisionRecall macro;    ///< means over all classes; F1 is the mean of the classes' F1
  PrecisionRecall micro;    ///< from counts summed over the classes
  PrecisionRecall samples;  ///< means over the samples
};

/// Of decisions and truth, both [num_samples, num_classes] of 0 and 1. A share of nothing is 0, so a class
/// that is neither predicted nor there lowers the macro means (scikit-learn's zero_division=0).
[[nodiscard]] FMeasures f_measures(std::span<const std::uint8_t> predicted,
                                   std::span<const std::uint8_t> positives, std::size_t num_classes);

}  // namespace zoetrope::metrics
