#include "zoetrope/tasks/scoring.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/metrics/multilabel.h"

namespace zoetrope::tasks {
namespace {

// A label of an exclusive head is the first of a sample's positives.
std::vector<std::int64_t> labels_of(const std::vector<std::uint8_t>& positives, std::size_t num_classes) {
  std::vector<std::int64_t> labels;
  for (std::size_t row = 0; row + num_classes <= positives.size(); row += num_classes) {
    const auto begin = positives.begin() + static_cast<std::ptrdiff_t>(row);
    labels.push_back(std::find(begin, begin + static_cast<std::ptrdiff_t>(num_classes), 1) - begin);
  }
  return labels;
}

void measure_labels(const metrics::TagTable& tags, const std::vector<std::uint8_t>& positives,
                    HeadMetrics& head) {
  constexpr std::size_t kTop = 5;
  const std::size_t num_classes = tags.scores.num_classes;
  const std::vector<std::int64_t> truth = labels_of(positives, num_classes);
  const auto predicted = metrics::predicted_classes(tags.scores);
  head.class_measure = "accuracy";
  head.confusion = metrics::count_confusions(predicted, truth, num_classes);
  head.values.emplace_back("top1", head.confusion->accuracy());
  if (num_classes > kTop) head.values.emplace_back("top5", metrics::top_k_accuracy(tags.scores, truth, kTop));
  head.values.emplace_back("mean_class_accuracy", head.confusion->mean_class_accuracy());
  for (std::size_t c = 0; c < num_classes; ++c) {
    const std::int64_t size = head.confusion->class_size(c);
    head.class_samples.push_back(size);
    head.class_values.push_back(size == 0 ? std::nullopt
                                          : std::optional(head.confusion->class_counts(c).recall()));
  }
}

constexpr double kThreshold = 0.5;

std::vector<double> fit_thresholds(const metrics::TagTable& tags) {
  constexpr double kDigits = 1e4;  // what a bundle keeps
  std::vector<double> thresholds;
  for (const metrics::ClassThreshold& found : metrics::best_thresholds(tags))
    thresholds.push_back(std::isfinite(found.value) ? std::round(found.value * kDigits) / kDigits
                                                    : kThreshold);
  return thresholds;
}

double fitted_f1(const metrics::TagTable& tags, const std::vector<double>& thresholds) {
  std::vector<metrics::ClassThreshold> classes;
  for (const double threshold : thresholds) classes.push_back({.value = threshold});
  return metrics::f_measures(metrics::decide(tags.scores, classes), tags.positives, tags.scores.num_classes)
      .micro.f1;
}

void measure_tags(const metrics::TagTable& tags, const std::vector<double>& thresholds, HeadMetrics& head) {
  const std::size_t num_classes = tags.scores.num_classes;
  const metrics::AveragePrecisions precisions = metrics::class_average_precisions(tags);
  head.values.emplace_back("map", precisions.mean());
  head.values.emplace_back("gap", metrics::global_average_precision(tags));
  const auto decided = metrics::decide(tags.scores, kThreshold);
  head.values.emplace_back("f1", metrics::f_measures(decided, tags.positives, num_classes).micro.f1);
  if (!thresholds.empty()) head.values.emplace_back("f1_fitted", fitted_f1(tags, thresholds));
  head.thresholds = fit_thresholds(tags);
  head.class_values = precisions.each;
  head.class_samples.assign(num_classes, 0);
  for (std::size_t i = 0; i < tags.positives.size(); ++i)
    head.class_samples[i % num_classes] += tags.positives[i];
}

}  // namespace

Scoring::Scoring(Heads heads) : heads_(std::move(heads)), rows_(heads_.size()) {}

void Scoring::add(const torch::Tensor& logits, const std::vector<torch::Tensor>& targets,
                  const std::vector<torch::Tensor>& known) {
  add_scores(scores_of(heads_, logits), targets, known);
}

void Scoring::add_scores(const std::vector<torch::Tensor>& scores, const std::vector<torch::Tensor>& targets,
                         const std::vector<torch::Tensor>& known) {
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const torch::Tensor rows = known[i].to(torch::kCPU);
    const torch::Tensor values = scores[i].detach().to(torch::kCPU, torch::kFloat).index({rows}).contiguous();
    const torch::Tensor truth =
        (targets[i].to(torch::kCPU).index({rows}) > 0.5).to(torch::kUInt8).contiguous();
    const auto* value = values.data_ptr<float>();
    const auto* positive = truth.data_ptr<std::uint8_t>();
    rows_[i].scores.insert(rows_[i].scores.end(), value, value + values.numel());
    rows_[i].positives.insert(rows_[i].positives.end(), positive, positive + truth.numel());
  }
}

std::vector<HeadMetrics> Scoring::result() const {
  std::vector<HeadMetrics> result;
  for (std::size_t i = 0; i < heads_.size(); ++i) {
    const auto num_classes = static_cast<std::size_t>(heads_[i].count);
    HeadMetrics head{.name = heads_[i].name,
                     .samples = std::ssize(rows_[i].scores) / heads_[i].count,
                     .class_names = heads_[i].names};
    const metrics::TagTable tags{{rows_[i].scores, num_classes}, rows_[i].positives};
    if (head.samples > 0) {
      heads_[i].exclusive ? measure_labels(tags, rows_[i].positives, head)
                          : measure_tags(tags, heads_[i].thresholds, head);
    }
    result.push_back(std::move(head));
  }
  return result;
}

double overall(const std::vector<HeadMetrics>& heads) {
  double sum = 0;
  int count = 0;
  for (const HeadMetrics& head : heads) {
    if (head.values.empty()) continue;
    sum += head.values.front().second;
    ++count;
  }
  return count == 0 ? 0 : sum / count;
}

std::optional<OverallMap> overall_map(const std::vector<HeadMetrics>& heads) {
  double sum = 0;
  std::int64_t labels = 0;
  for (const HeadMetrics& head : heads) {
    if (head.values.empty() || head.values.front().first != "map") return std::nullopt;
    for (const std::optional<double>& value : head.class_values) {
      sum += value.value_or(0);
      labels += value ? 1 : 0;
    }
  }
  if (heads.size() < 2 || labels == 0) return std::nullopt;
  return OverallMap{.mean_of_heads = overall(heads), .mean_of_labels = sum / static_cast<double>(labels)};
}

}  // namespace zoetrope::tasks
