#include "zoetrope/metrics/classification.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

std::size_t class_index(std::int64_t label, std::size_t num_classes) {
  if (label < 0 || static_cast<std::uint64_t>(label) >= num_classes) {
    throw Error::failed("classification metrics: label {} is none of {} classes", label, num_classes);
  }
  return static_cast<std::size_t>(label);
}

double share(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

}  // namespace

std::vector<std::int64_t> predicted_classes(const ScoreTable& table) {
  check_scores(table, "classification metrics");
  std::vector<std::int64_t> predicted;
  predicted.reserve(table.num_samples());
  for (std::size_t sample = 0; sample < table.num_samples(); ++sample) {
    const std::span<const float> row = table.row(sample);
    predicted.push_back(std::max_element(row.begin(), row.end()) - row.begin());  // the first of equals
  }
  return predicted;
}

double top_k_accuracy(const ScoreTable& table, std::span<const std::int64_t> truth, std::size_t k) {
  check_scores(table, "top-k accuracy");
  if (k == 0) throw Error::failed("top-k accuracy: k must be at least 1");
  if (truth.size() != table.num_samples()) {
    throw Error::failed("top-k accuracy: {} labels for {} samples", truth.size(), table.num_samples());
  }
  std::int64_t correct = 0;
  for (std::size_t sample = 0; sample < truth.size(); ++sample) {
    const std::size_t label = class_index(truth[sample], table.num_classes);
    if (rank_of(table.row(sample), label) < k) ++correct;
  }
  return share(correct, static_cast<std::int64_t>(truth.size()));
}

void ConfusionMatrix::add(std::int64_t truth, std::int64_t predicted) {
  const std::size_t row = class_index(truth, num_classes_);
  ++counts_[row * num_classes_ + class_index(predicted, num_classes_)];
}

ConfusionMatrix& ConfusionMatrix::operator+=(const ConfusionMatrix& other) {
  if (other.num_classes_ != num_classes_) {
    throw Error::failed("classification metrics: confusions of {} classes cannot be added to those of {}",
                        other.num_classes_, num_classes_);
  }
  std::transform(counts_.begin(), counts_.end(), other.counts_.begin(), counts_.begin(), std::plus<>());
  return *this;
}

std::int64_t ConfusionMatrix::class_size(std::size_t truth) const {
  const auto row = counts_.begin() + static_cast<std::ptrdiff_t>(truth * num_classes_);
  return std::accumulate(row, row + static_cast<std::ptrdiff_t>(num_classes_), std::int64_t{0});
}

double ConfusionMatrix::accuracy() const {
  std::int64_t correct = 0;
  for (std::size_t i = 0; i < num_classes_; ++i) correct += count(i, i);
  return share(correct, std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0}));
}

double ConfusionMatrix::mean_class_accuracy(ClassMean classes) const {
  double sum = 0;
  std::size_t num_present = 0;
  for (std::size_t i = 0; i < num_classes_; ++i) {
    const MatchCounts counts = class_counts(i);
    sum += counts.recall();
    const bool is_true = counts.true_positives + counts.false_negatives > 0;
    const bool is_predicted = counts.true_positives + counts.false_positives > 0;
    if (is_true || (is_predicted && classes == ClassMean::kOccurring)) ++num_present;
  }
  return num_present == 0 ? 0 : sum / static_cast<double>(num_present);
}

MatchCounts ConfusionMatrix::class_counts(std::size_t index) const {
  MatchCounts counts{.true_positives = count(index, index)};
  counts.false_negatives = class_size(index) - counts.true_positives;
  for (std::size_t row = 0; row < num_classes_; ++row) {
    if (row != index) counts.false_positives += count(row, index);
  }
  return counts;
}

ConfusionMatrix count_confusions(std::span<const std::int64_t> predicted, std::span<const std::int64_t> truth,
                                 std::size_t num_classes) {
  if (predicted.size() != truth.size()) {
    throw Error::failed("classification metrics: {} predicted labels but {} true ones", predicted.size(),
                        truth.size());
  }
  ConfusionMatrix confusion(num_classes);
  for (std::size_t i = 0; i < truth.size(); ++i) confusion.add(truth[i], predicted[i]);
  return confusion;
}

}  // namespace zoetrope::metrics
