#include "zoetrope/metrics/multilabel.h"

#include <algorithm>
#include <cmath>
#include <functional>
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

double share(std::int64_t part, std::int64_t whole) {
  return divide(static_cast<double>(part), static_cast<double>(whole));
}

// A ranking at a score that positives have: what is retrieved from that score on.
struct Step {
  float score = 0;
  std::int64_t true_positives = 0;
  std::int64_t retrieved = 0;
  std::int64_t retrieved_before = 0;                     // of higher scores alone
  float next = -std::numeric_limits<float>::infinity();  // the highest of the lower scores
};

std::size_t count_positives(const std::vector<Entry>& entries) {
  return static_cast<std::size_t>(
      std::count_if(entries.begin(), entries.end(), [](const Entry& entry) { return entry.positive; }));
}

// The steps of a ranking, highest score first. Positives are mostly few, so that alone their scores are
// sorted, and all others looked up among them.
std::vector<Step> steps_of(const std::vector<Entry>& entries) {
  std::vector<float> scores;
  for (const Entry& entry : entries) {
    if (entry.positive) scores.push_back(entry.score);
  }
  std::sort(scores.begin(), scores.end(), std::greater<>());
  scores.erase(std::unique(scores.begin(), scores.end()), scores.end());
  std::vector<Step> steps(scores.size());
  for (std::size_t i = 0; i < steps.size(); ++i) {
    steps[i].score = scores[i];
    if (i + 1 < steps.size()) steps[i].next = scores[i + 1];
  }
  for (const Entry& entry : entries) {
    const auto at = static_cast<std::size_t>(
        std::lower_bound(scores.begin(), scores.end(), entry.score, std::greater<>()) - scores.begin());
    const bool equal = at < scores.size() && scores[at] == entry.score;
    if (!equal && at > 0) steps[at - 1].next = std::max(steps[at - 1].next, entry.score);
    if (at == scores.size()) continue;
    ++(equal ? steps[at].retrieved : steps[at].retrieved_before);
    steps[at].true_positives += entry.positive ? 1 : 0;
  }
  Step sums;
  for (Step& step : steps) {
    step.retrieved_before += sums.retrieved;
    step.retrieved += step.retrieved_before;
    step.true_positives += sums.true_positives;
    sums = step;
  }
  return steps;
}

// The area over recall, times the number of positives: recall in units of one positive.
double precision_sum(const std::vector<Entry>& entries, PrecisionArea area) {
  double sum = 0;
  std::int64_t previous = 0;
  for (const Step& step : steps_of(entries)) {
    double height = share(step.true_positives, step.retrieved);
    if (area == PrecisionArea::kTrapezoids) {
      height = (height + (step.retrieved_before == 0 ? 1 : share(previous, step.retrieved_before))) / 2;
    }
    sum += static_cast<double>(step.true_positives - previous) * height;
    previous = step.true_positives;
  }
  return sum;
}

std::optional<double> area_of(const std::vector<Entry>& entries, PrecisionArea area) {
  const std::size_t num_positives = count_positives(entries);
  if (num_positives == 0) return std::nullopt;
  return precision_sum(entries, area) / static_cast<double>(num_positives);
}

std::vector<Entry> row_entries(std::span<const float> scores, std::span<const std::uint8_t> positives) {
  std::vector<Entry> entries(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) entries[i] = {scores[i], positives[i] != 0};
  return entries;
}

// Calls visit(entries) for each class in order. Some are gathered together, as neighbours share cache lines.
template <typename Visit>
void visit_classes(const TagTable& tags, Visit&& visit) {
  constexpr std::size_t kTogether = 16;
  const std::size_t num_classes = tags.scores.num_classes;
  std::vector<std::vector<Entry>> columns;
  for (std::size_t begin = 0; begin < num_classes; begin += kTogether) {
    columns.assign(std::min(kTogether, num_classes - begin), std::vector<Entry>(tags.scores.num_samples()));
    for (std::size_t sample = 0; sample < tags.scores.num_samples(); ++sample) {
      const std::size_t at = sample * num_classes + begin;
      for (std::size_t i = 0; i < columns.size(); ++i) {
        columns[i][sample] = {tags.scores.scores[at + i], tags.positives[at + i] != 0};
      }
    }
    for (const std::vector<Entry>& entries : columns) visit(entries);
  }
}

// Midway to what is not accepted: strictly between, as doubles are finer than floats.
double threshold_below(const Step& step, std::size_t num_entries) {
  const double accepted = step.score;
  if (step.retrieved == static_cast<std::int64_t>(num_entries)) return accepted;
  const double midway = (accepted + step.next) / 2;
  return std::isfinite(midway) ? midway : accepted;
}

// F1 is 2 TP / (retrieved + positives). Below a score that positives have, it only falls up to the next one.
ClassThreshold best_threshold(const std::vector<Entry>& entries) {
  const auto num_positives = static_cast<std::int64_t>(count_positives(entries));
  ClassThreshold best{std::numeric_limits<double>::infinity(), 0};
  std::int64_t best_hits = 0;
  std::int64_t best_whole = 1;
  for (const Step& step : steps_of(entries)) {
    const std::int64_t whole = step.retrieved + num_positives;
    if (step.true_positives * best_whole <= best_hits * whole) continue;
    best_hits = step.true_positives;
    best_whole = whole;
    best = {threshold_below(step, entries.size()), share(2 * best_hits, whole)};
  }
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
  visit_classes(tags,
                [&](const std::vector<Entry>& entries) { result.each.push_back(area_of(entries, area)); });
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
  return divide(precision_sum(pool, PrecisionArea::kSteps), num_positives);
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
    precisions.push_back(
        divide(precision_sum(entries[i], PrecisionArea::kSteps), static_cast<double>(num_positives[i])));
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
  visit_classes(validation,
                [&](const std::vector<Entry>& entries) { thresholds.push_back(best_threshold(entries)); });
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
