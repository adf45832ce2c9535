#include "zoetrope/metrics/segmentation.h"

#include <algorithm>
#include <numeric>

#include "zoetrope/core/error.h"
#include "zoetrope/metrics/clustering.h"

namespace zoetrope::metrics {
namespace {

void require_equal_length(Labels predicted, Labels truth) {
  if (predicted.size() != truth.size()) {
    throw Error::failed("segmentation metrics: {} predicted frames but {} true ones", predicted.size(),
                        truth.size());
  }
}

bool contains(Labels labels, std::int64_t label) {
  return std::find(labels.begin(), labels.end(), label) != labels.end();
}

std::size_t levenshtein(const std::vector<LabelRun>& a, const std::vector<LabelRun>& b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t substitution = diagonal + (a[i - 1].label == b[j - 1].label ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substitution});
    }
  }
  return row[b.size()];
}

// Over the hull of the two runs, as the authors' code has it: the union where they overlap, and negative or
// zero, so never a match, where they do not.
double run_iou(const LabelRun& a, const LabelRun& b) {
  const std::int64_t intersection = std::min(a.end, b.end) - std::max(a.start, b.start);
  const std::int64_t hull = std::max(a.end, b.end) - std::min(a.start, b.start);
  return static_cast<double>(intersection) / static_cast<double>(hull);
}

double overlap(const LabelRun& predicted, const LabelRun& truth, OverlapOf of) {
  if (of == OverlapOf::kUnion) return run_iou(predicted, truth);
  const std::int64_t common = std::min(predicted.end, truth.end) - std::max(predicted.start, truth.start);
  return static_cast<double>(common) / static_cast<double>(predicted.end - predicted.start);
}

}  // namespace

std::vector<LabelRun> label_runs(Labels labels, Labels background) {
  std::vector<LabelRun> runs;
  const auto num_frames = static_cast<std::int64_t>(labels.size());
  for (std::int64_t start = 0, end = 0; start < num_frames; start = end) {
    const std::int64_t label = labels[static_cast<std::size_t>(start)];
    while (end < num_frames && labels[static_cast<std::size_t>(end)] == label) ++end;
    if (!contains(background, label)) runs.push_back({label, start, end});
  }
  return runs;
}

FrameCounts count_frames(Labels predicted, Labels truth, Labels background) {
  require_equal_length(predicted, truth);
  FrameCounts counts;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    if (contains(background, truth[i])) continue;
    ++counts.total;
    if (predicted[i] == truth[i]) ++counts.correct;
  }
  return counts;
}

double edit_score(Labels predicted, Labels truth, Labels background) {
  require_equal_length(predicted, truth);
  const std::vector<LabelRun> a = label_runs(predicted, background);
  const std::vector<LabelRun> b = label_runs(truth, background);
  const std::size_t longest = std::max(a.size(), b.size());
  if (longest == 0) return 1;
  return 1 - static_cast<double>(levenshtein(a, b)) / static_cast<double>(longest);
}

MatchCounts count_segments(Labels predicted, Labels truth, double min_iou, Labels background) {
  require_equal_length(predicted, truth);
  if (!(min_iou > 0))
    throw Error::failed("segmentation metrics: the least IoU must be above 0, not {}", min_iou);
  const std::vector<LabelRun> true_runs = label_runs(truth, background);
  std::vector<bool> taken(true_runs.size(), false);
  MatchCounts counts;
  for (const LabelRun& run : label_runs(predicted, background)) {
    std::size_t best = true_runs.size();
    double best_iou = 0;
    for (std::size_t i = 0; i < true_runs.size(); ++i) {
      if (true_runs[i].label != run.label) continue;
      const double iou = run_iou(run, true_runs[i]);
      if (iou <= best_iou) continue;
      best_iou = iou;
      best = i;
    }
    const bool hit = best < true_runs.size() && best_iou >= min_iou && !taken[best];
    if (hit) taken[best] = true;
    ++(hit ? counts.true_positives : counts.false_positives);
  }
  counts.false_negatives = static_cast<std::int64_t>(true_runs.size()) - counts.true_positives;
  return counts;
}

double mean_best_overlap(Labels predicted, Labels truth, OverlapOf of, Labels background) {
  require_equal_length(predicted, truth);
  const std::vector<LabelRun> predicted_runs = label_runs(predicted, background);
  const std::vector<LabelRun> true_runs = label_runs(truth, background);
  double sum = 0;
  for (const LabelRun& run : true_runs) {
    double best = 0;
    for (const LabelRun& other : predicted_runs) {
      if (other.label == run.label) best = std::max(best, overlap(other, run, of));
    }
    sum += best;
  }
  return true_runs.empty() ? 0 : sum / static_cast<double>(true_runs.size());
}

double mean_aligned_overlap(Labels predicted, Labels truth, OverlapOf of, Labels background) {
  require_equal_length(predicted, truth);
  const std::vector<LabelRun> predicted_runs = label_runs(predicted, background);
  const std::vector<LabelRun> true_runs = label_runs(truth, background);
  const auto same_label = [](const LabelRun& a, const LabelRun& b) { return a.label == b.label; };
  if (!std::equal(predicted_runs.begin(), predicted_runs.end(), true_runs.begin(), true_runs.end(),
                  same_label))
    throw Error::failed("segmentation metrics: alignment needs the true transcript, of {} segments, not {}",
                        true_runs.size(), predicted_runs.size());
  double sum = 0;
  for (std::size_t i = 0; i < true_runs.size(); ++i)
    sum += std::max(0.0, overlap(predicted_runs[i], true_runs[i], of));
  return true_runs.empty() ? 0 : sum / static_cast<double>(true_runs.size());
}

std::vector<ClassFrames> count_class_frames(Labels predicted, Labels truth, std::int64_t num_classes) {
  require_equal_length(predicted, truth);
  std::vector<ClassFrames> classes(static_cast<std::size_t>(num_classes));
  for (std::size_t t = 0; t < truth.size(); ++t) {
    if (std::min(predicted[t], truth[t]) < 0 || std::max(predicted[t], truth[t]) >= num_classes)
      throw Error::failed("segmentation metrics: a label outside of {} classes at frame {}", num_classes, t);
    ++classes[static_cast<std::size_t>(predicted[t])].predicted;
    ++classes[static_cast<std::size_t>(truth[t])].truth;
    if (predicted[t] == truth[t]) ++classes[static_cast<std::size_t>(truth[t])].correct;
  }
  return classes;
}

PartAgreement match_parts(Labels predicted, Labels truth) {
  require_equal_length(predicted, truth);
  const ClusterAgreement clusters = match_clusters(predicted, truth);
  const Contingency& table = clusters.table;
  PartAgreement agreement{.frames = {clusters.matched, clusters.total}};
  if (truth.empty()) return agreement;
  std::vector<std::int64_t> predicted_frames(table.rows.size(), 0), true_frames(table.columns.size(), 0);
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    for (std::size_t j = 0; j < table.columns.size(); ++j) {
      predicted_frames[i] += table.count(i, j);
      true_frames[j] += table.count(i, j);
    }
  }
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    if (clusters.class_of_row[i] < 0) continue;
    const auto j = static_cast<std::size_t>(clusters.class_of_row[i]);
    const std::int64_t common = table.count(i, j);
    agreement.mean_iou +=
        static_cast<double>(common) / static_cast<double>(predicted_frames[i] + true_frames[j] - common);
  }
  agreement.mean_iou /= static_cast<double>(table.columns.size());
  return agreement;
}

}  // namespace zoetrope::metrics
