#include "zoetrope/metrics/multilabel.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

struct Entry {
  float score = 0;
  bool positive = false;
};

void check_flags(std::span<const std::uint8_t> flags, std::size_t expected, const char* what) {
  if (flags.size() != expected) {
    throw Error::failed("multi-label metrics: {} {}, but {} scores or decisions", flags.size(), what,
                        expected);
  }
  const auto odd = std::find_if(flags.begin(), flags.end(), [](std::uint8_t flag) { return flag > 1; });
  if (odd != flags.end()) {
    throw Error::failed("multi-label metrics: element {} of the {} is {}, neither 0 nor 1",
                        odd - flags.begin(), what, *odd);
  }
}

void check_tags(const TagTable& tags) {
  check_scores(tags.scores, "multi-label metrics");
  check_flags(tags.positives, tags.scores.scores.size(), "positives");
}

void check_k(std::size_t k) {
  if (k == 0) throw Error::failed("multi-label metrics: k must be at least 1");
}

std::span<const std::uint8_t> positives_of(const TagTable& tags, std::size_t sample) {
  return tags.positives.subspan(sample * tags.scores.num_classes, tags.scores.num_classes);
}

std::int64_t count_positives(std::span<const std::uint8_t> positives) {
  return std::count(positives.begin(), positives.end(), 1);
}

double divide(double part, double whole) {
  return whole == 0 ? 0 : part / whole;
}

void sort_by_score(std::vector<Entry>& entries) {
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) { return a.score > b.score; });
}

// Calls visit(true positives, retrieved, index after the group) after each group of equal scores.
template <typename Visit>
void visit_steps(const std::vector<Entry>& sorted, Visit&& visit) {
  std::int64_t true_positives = 0;
  for (std::size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    for (; end < sorted.size() && sorted[end].score == sorted[begin].score; ++end) {
      true_positives += sorted[end].positive ? 1 : 0;
    }
    visit(true_positives, static_cast<std::int64_t>(end), end);
  }
}

// The area over recall, times the number of positives: recall in units of one positive.
double precision_sum(std::vector<Entry> entries, PrecisionArea area) {
  sort_by_score(entries);
  double sum = 0;
  double previous_precision = 1;
  std::int64_t previous = 0;
  visit_steps(entries, [&](std::int64_t true_positives, std::int64_t retrieved, std::size_t) {
    const double precision = static_cast<double>(true_positives) / static_cast<double>(retrieved);
    const double height = area == PrecisionArea::kSteps ? precision : (precision + previous_precision) / 2;
    sum += static_cast<double>(true_positives - previous) * height;
    previous = true_positives;
    previous_precision = precision;
  });
  return sum;
}

std::optional<double> area_of(std::vector<Entry> entries, PrecisionArea area) {
  const auto num_positives =
      std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return entry.positive; });
  if (num_positives == 0) return std::nullopt;
  return precision_sum(std::move(entries), area) / static_cast<double>(num_positives);
}

std::vector<Entry> row_entries(std::span<const float> scores, std::span<const std::uint8_t> positives) {
  std::vector<Entry> entries(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) entries[i] = {scores[i], positives[i] != 0};
  return entries;
}

std::vector<Entry> class_entries(const TagTable& tags, std::size_t index) {
  std::vector<Entry> entries(tags.scores.num_samples());
  for (std::size_t sample = 0; sample < entries.size(); ++sample) {
    const std::size_t at = sample * tags.scores.num_classes + index;
    entries[sample] = {tags.scores.scores[at], tags.positives[at] != 0};
  }
  return entries;
}

// The threshold that accepts the first `end` entries and no other.
double threshold_after(const std::vector<Entry>& sorted, std::size_t end) {
  const double accepted = sorted[end - 1].score;
  if (end == sorted.size()) return accepted;
  const double midway = (accepted + sorted[end].score) / 2;  // strictly between: doubles are finer
  return std::isfinite(midway) ? midway : accepted;
}

ClassThreshold best_threshold(std::vector<Entry> entries) {
  sort_by_score(entries);
  const auto num_positives =
      std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return entry.positive; });
  ClassThreshold best{std::numeric_limits<double>::infinity(), 0};
  // F1 is 2 TP / (retrieved + positives).
  std::int64_t best_hits = 0;
  std::int64_t best_whole = 1;
  visit_steps(entries, [&](std::int64_t true_positives, std::int64_t retrieved, std::size_t end) {
    const std::int64_t whole = retrieved + num_positives;
    if (true_positives * best_whole <= best_hits * whole) return;
    best_hits = true_positives;
    best_whole = whole;
    best = {threshold_after(entries, end), 2 * static_cast<double>(best_hits) / static_cast<double>(whole)};
  });
  return best;
}

PrecisionRecall shares_of(const MatchCounts& counts) {
  return {counts.precision(), counts.recall(), counts.f1()};
}

PrecisionRecall mean_of(std::span<const MatchCounts> all) {
  PrecisionRecall mean;
  for (const MatchCounts& counts : all) {
    mean.precision += counts.precision();
    mean.recall += counts.recall();
    mean.f1 += counts.f1();
  }
  const auto size = static_cast<double>(all.size());
  return {divide(mean.precision, size), divide(mean.recall, size), divide(mean.f1, size)};
}

}  // namespace

std::optional<double> average_precision(std::span<const float> scores,
                                        std::span<const std::uint8_t> positives, PrecisionArea area) {
  check_tags({{scores, scores.size()}, positives});
  return area_of(row_entries(scores, positives), area);
}

double AveragePrecisions::mean() const {
  double sum = 0;
  for (const std::optional<double>& value : each) sum += value.value_or(0);
  return divide(sum, static_cast<double>(num_measured()));
}

std::size_t AveragePrecisions::num_measured() const {
  return static_cast<std::size_t>(std::count_if(
      each.begin(), each.end(), [](const std::optional<double>& value) { return value.has_value(); }));
}

AveragePrecisions class_average_precisions(const TagTable& tags, PrecisionArea area) {
  check_tags(tags);
  AveragePrecisions result;
  for (std::size_t i = 0; i < tags.scores.num_classes; ++i) {
    result.each.push_back(area_of(class_entries(tags, i), area));
  }
  return result;
}

AveragePrecisions sample_average_precisions(const TagTable& tags, PrecisionArea area) {
  check_tags(tags);
  AveragePrecisions result;
  for (std::size_t sample = 0; sample < tags.scores.num_samples(); ++sample) {
    result.each.push_back(area_of(row_entries(tags.scores.row(sample), positives_of(tags, sample)), area));
  }
  return result;
}

AveragePrecisions category_average_precisions(const AveragePrecisions& classes,
                                              std::span<const std::size_t> category_of_class,
                                              std::size_t num_categories) {
  if (category_of_class.size() != classes.each.size()) {
    throw Error::failed("multi-label metrics: the categories of {} classes for {} classes",
                        category_of_class.size(), classes.each.size());
  }
  std::vector<AveragePrecisions> members(num_categories);
  for (std::size_t i = 0; i < category_of_class.size(); ++i) {
    if (category_of_class[i] >= num_categories) {
      throw Error::failed("multi-label metrics: category {} of class {} is none of {}", category_of_class[i],
                          i, num_categories);
    }
    members[category_of_class[i]].each.push_back(classes.each[i]);
  }
  AveragePrecisions result;
  for (const AveragePrecisions& category : members) {
    result.each.push_back(category.num_measured() == 0 ? std::nullopt : std::optional(category.mean()));
  }
  return result;
}

double global_average_precision(const TagTable& tags, std::size_t k) {
  check_tags(tags);
  check_k(k);
  std::vector<Entry> pool;
  for (std::size_t sample = 0; sample < tags.scores.num_samples(); ++sample) {
    const std::span<const float> row = tags.scores.row(sample);
    const std::span<const std::uint8_t> positives = positives_of(tags, sample);
    for (const std::size_t i : best_indices(row, k)) pool.push_back({row[i], positives[i] != 0});
  }
  const auto num_positives = static_cast<double>(count_positives(tags.positives));
  return divide(precision_sum(std::move(pool), PrecisionArea::kSteps), num_positives);
}

std::vector<double> top_k_class_precisions(const TagTable& tags, std::size_t k) {
  check_tags(tags);
  check_k(k);
  std::vector<std::vector<Entry>> entries(tags.scores.num_classes);
  std::vector<std::int64_t> num_positives(tags.scores.num_classes, 0);
  for (std::size_t sample = 0; sample < tags.scores.num_samples(); ++sample) {
    const std::span<const float> row = tags.scores.row(sample);
    const std::span<const std::uint8_t> positives = positives_of(tags, sample);
    for (const std::size_t i : best_indices(row, k)) entries[i].push_back({row[i], positives[i] != 0});
    for (std::size_t i = 0; i < positives.size(); ++i) num_positives[i] += positives[i];
  }
  std::vector<double> precisions;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    precisions.push_back(divide(precision_sum(std::move(entries[i]), PrecisionArea::kSteps),
                                static_cast<double>(num_positives[i])));
  }
  return precisions;
}

double hit_at_one(const TagTable& tags) {
  check_tags(tags);
  double hits = 0;
  for (std::size_t sample = 0; sample < tags.scores.num_samples(); ++sample) {
    hits += positives_of(tags, sample)[best_indices(tags.scores.row(sample), 1)[0]];
  }
  return divide(hits, static_cast<double>(tags.scores.num_samples()));
}

double precision_at_equal_recall_rate(const TagTable& tags) {
  check_tags(tags);
  double sum = 0;
  double num_measured = 0;
  for (std::size_t sample = 0; sample < tags.scores.num_samples(); ++sample) {
    const std::span<const std::uint8_t> positives = positives_of(tags, sample);
    const std::int64_t num_positives = count_positives(positives);
    if (num_positives == 0) continue;
    double hits = 0;
    for (const std::size_t i :
         best_indices(tags.scores.row(sample), static_cast<std::size_t>(num_positives))) {
      hits += positives[i];
    }
    sum += hits / static_cast<double>(num_positives);
    ++num_measured;
  }
  return divide(sum, num_measured);
}

double hamming_score(const TagTable& tags, std::size_t k) {
  check_tags(tags);
  check_k(k);
  double sum = 0;
  for (std::size_t sample = 0; sample < tags.scores.num_samples(); ++sample) {
    const std::span<const std::uint8_t> positives = positives_of(tags, sample);
    const std::vector<std::size_t> best = best_indices(tags.scores.row(sample), k);
    double common = 0;
    for (const std::size_t i : best) common += positives[i];
    sum += common /
           (static_cast<double>(best.size()) + static_cast<double>(count_positives(positives)) - common);
  }
  return divide(sum, static_cast<double>(tags.scores.num_samples()));
}

std::vector<ClassThreshold> best_thresholds(const TagTable& validation) {
  check_tags(validation);
  std::vector<ClassThreshold> thresholds;
  for (std::size_t i = 0; i < validation.scores.num_classes; ++i) {
    thresholds.push_back(best_threshold(class_entries(validation, i)));
  }
  return thresholds;
}

std::vector<std::uint8_t> decide(const ScoreTable& table, std::span<const ClassThreshold> thresholds) {
  check_scores(table, "multi-label decisions");
  if (thresholds.size() != table.num_classes) {
    throw Error::failed("multi-label decisions: {} thresholds for {} classes", thresholds.size(),
                        table.num_classes);
  }
  for (std::size_t i = 0; i < thresholds.size(); ++i) {
    if (std::isnan(thresholds[i].value)) throw Error::failed("multi-label decisions: threshold {} is NaN", i);
  }
  std::vector<std::uint8_t> predicted(table.scores.size());
  for (std::size_t i = 0; i < predicted.size(); ++i) {
    predicted[i] = table.scores[i] >= thresholds[i % table.num_classes].value ? 1 : 0;
  }
  return predicted;
}

std::vector<std::uint8_t> decide(const ScoreTable& table, double threshold) {
  return decide(table, std::vector<ClassThreshold>(table.num_classes, {threshold, 0}));
}

std::vector<std::uint8_t> decide_best(const ScoreTable& table, std::size_t k) {
  check_scores(table, "multi-label decisions");
  check_k(k);
  std::vector<std::uint8_t> predicted(table.scores.size(), 0);
  for (std::size_t sample = 0; sample < table.num_samples(); ++sample) {
    for (const std::size_t i : best_indices(table.row(sample), k)) {
      predicted[sample * table.num_classes + i] = 1;
    }
  }
  return predicted;
}

FMeasures f_measures(std::span<const std::uint8_t> predicted, std::span<const std::uint8_t> positives,
                     std::size_t num_classes) {
  check_flags(predicted, positives.size(), "decisions");
  check_flags(positives, predicted.size(), "positives");
  if (num_classes == 0 ? !positives.empty() : positives.size() % num_classes != 0) {
    throw Error::failed("multi-label metrics: {} positives are no rows of {} classes", positives.size(),
                        num_classes);
  }
  FMeasures measures;
  measures.classes.resize(num_classes);
  std::vector<MatchCounts> samples(num_classes == 0 ? 0 : positives.size() / num_classes);
  for (std::size_t i = 0; i < positives.size(); ++i) {
    const MatchCounts one{predicted[i] & positives[i], predicted[i] & ~positives[i] & 1,
                          ~predicted[i] & positives[i] & 1};
    measures.classes[i % num_classes] += one;
    samples[i / num_classes] += one;
  }
  MatchCounts total;
  for (const MatchCounts& counts : measures.classes) total += counts;
  measures.macro = mean_of(measures.classes);
  measures.micro = shares_of(total);
  measures.samples = mean_of(samples);
  return measures;
}

}  // namespace zoetrope::metrics
