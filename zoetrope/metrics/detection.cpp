#include "zoetrope/metrics/detection.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>
#include <utility>

#include "zoetrope/core/error.h"

namespace zoetrope::metrics {
namespace {

using VideoAndLabel = std::pair<std::int64_t, std::int64_t>;
using Group = std::vector<std::size_t>;  // indices

constexpr int kCurvePoints = 100;

void check_numbers(std::span<const Detection> detections, std::span<const TrueSegment> truth) {
  for (const Detection& each : detections) {
    if (std::isnan(each.start) || std::isnan(each.end) || std::isnan(each.score))
      throw Error::failed("detection metrics: a detection in video {} with a NaN", each.video);
  }
  for (const TrueSegment& each : truth) {
    if (std::isnan(each.start) || std::isnan(each.end))
      throw Error::failed("detection metrics: a true segment in video {} with a NaN", each.video);
  }
}

/// Of detections of one class, by descending score.
std::map<std::int64_t, Group> ranked_by_label(std::span<const Detection> detections) {
  std::map<std::int64_t, Group> groups;
  for (std::size_t i = 0; i < detections.size(); ++i) groups[detections[i].label].push_back(i);
  for (auto& [label, group] : groups) {
    std::stable_sort(group.begin(), group.end(),
                     [&](std::size_t a, std::size_t b) { return detections[a].score > detections[b].score; });
  }
  return groups;
}

struct Truth {
  std::map<std::int64_t, std::int64_t> count;  // by label
  std::map<VideoAndLabel, Group> groups;
};

Truth grouped(std::span<const TrueSegment> truth) {
  Truth grouped;
  for (std::size_t i = 0; i < truth.size(); ++i) {
    ++grouped.count[truth[i].label];
    grouped.groups[{truth[i].video, truth[i].label}].push_back(i);
  }
  return grouped;
}

/// The area under the precision made non-increasing; hits[i] says whether the i-th detection is one.
double interpolated_precision(const std::vector<bool>& hits, std::int64_t num_true) {
  std::vector<double> precision, recall;
  std::int64_t found = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    found += hits[i] ? 1 : 0;
    precision.push_back(static_cast<double>(found) / static_cast<double>(i + 1));
    recall.push_back(static_cast<double>(found) / static_cast<double>(num_true));
  }
  double area = 0, highest = 0;
  for (std::size_t i = hits.size(); i-- > 0;) {
    highest = std::max(highest, precision[i]);
    area += (recall[i] - (i == 0 ? 0 : recall[i - 1])) * highest;
  }
  return area;
}

double plain_precision(const std::vector<bool>& hits, std::int64_t num_true) {
  double sum = 0;
  std::int64_t found = 0;
  for (std::size_t i = 0; i < hits.size(); ++i) {
    if (hits[i]) sum += static_cast<double>(++found) / static_cast<double>(i + 1);
  }
  return sum / static_cast<double>(num_true);
}

/// The order in which a detection looks at the true segments of its video and class, with their IoUs.
using Looks = std::vector<std::pair<double, std::size_t>>;

Looks look_by_overlap(const Detection& detection, std::span<const TrueSegment> truth, const Group& group) {
  Looks looks;
  for (std::size_t k = group.size(); k-- > 0;) {
    const TrueSegment& each = truth[group[k]];
    looks.emplace_back(temporal_iou(detection.start, detection.end, each.start, each.end), group[k]);
  }
  std::stable_sort(looks.begin(), looks.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  return looks;
}

Looks look_in_order(const Detection& detection, std::span<const TrueSegment> truth, const Group& group) {
  Looks looks;
  for (const std::size_t i : group)
    looks.emplace_back(temporal_iou(detection.start, detection.end, truth[i].start, truth[i].end), i);
  return looks;
}

/// Which of the ranked detections take a true segment.
template <typename Look>
std::vector<bool> find_hits(std::span<const Detection> detections, const Group& ranked,
                            std::span<const TrueSegment> truth, const Truth& groups, double min_iou,
                            const Look& look) {
  std::vector<bool> taken(truth.size(), false), hits;
  for (const std::size_t i : ranked) {
    bool hit = false;
    const auto group = groups.groups.find({detections[i].video, detections[i].label});
    if (group != groups.groups.end()) {
      for (const auto& [iou, at] : look(detections[i], truth, group->second)) {
        if (iou < min_iou || taken[at]) continue;
        taken[at] = hit = true;
        break;
      }
    }
    hits.push_back(hit);
  }
  return hits;
}

template <typename Look, typename Area>
DetectionPrecisions precisions(std::span<const Detection> detections, std::span<const TrueSegment> truth,
                               std::span<const double> min_ious, const Look& look, const Area& area) {
  check_numbers(detections, truth);
  const Truth groups = grouped(truth);
  const std::map<std::int64_t, Group> ranked = ranked_by_label(detections);
  DetectionPrecisions result;
  for (const auto& [label, count] : groups.count) result.classes.push_back(label);
  for (const double min_iou : min_ious) {
    std::vector<double>& each = result.each.emplace_back();
    for (const auto& [label, count] : groups.count) {
      const auto found = ranked.find(label);
      each.push_back(found == ranked.end()
                         ? 0
                         : area(find_hits(detections, found->second, truth, groups, min_iou, look), count));
    }
    const double sum = std::accumulate(each.begin(), each.end(), 0.0);
    result.mean.push_back(each.empty() ? 0 : sum / static_cast<double>(each.size()));
  }
  return result;
}

/// By video, in the given order.
std::map<std::int64_t, Group> by_video(std::span<const Detection> detections) {
  std::map<std::int64_t, Group> videos;
  for (std::size_t i = 0; i < detections.size(); ++i) videos[detections[i].video].push_back(i);
  return videos;
}

/// Overlaps of a video's true segments with its kept proposals, in order: [true segment][proposal].
using Overlaps = std::vector<std::vector<float>>;

float single_iou(const Detection& a, const TrueSegment& b) {
  const auto start_a = static_cast<float>(a.start), end_a = static_cast<float>(a.end);
  const auto start_b = static_cast<float>(b.start), end_b = static_cast<float>(b.end);
  const float common = std::max(std::min(end_a, end_b) - std::max(start_a, start_b), 0.0F);
  const float whole = (end_b - start_b) + (end_a - start_a) - common;
  return whole > 0 ? common / whole : 0;
}

/// How many rows have a value of `min_iou` or more among their first `count`.
std::int64_t count_found(const Overlaps& overlaps, std::size_t count, double min_iou) {
  return std::count_if(overlaps.begin(), overlaps.end(), [&](const std::vector<float>& row) {
    const auto end = row.begin() + static_cast<std::ptrdiff_t>(std::min(count, row.size()));
    return std::any_of(row.begin(), end, [&](float iou) { return iou >= min_iou; });
  });
}

/// Of each video of the truth, with its share of the proposals, the best by score.
std::vector<Overlaps> keep_best(std::span<const Detection> proposals, std::span<const TrueSegment> truth,
                                double max_average) {
  std::map<std::int64_t, std::vector<TrueSegment>> segments_by_video;
  for (const TrueSegment& each : truth) segments_by_video[each.video].push_back(each);
  std::map<std::int64_t, Group> videos = by_video(proposals);
  const double ratio =
      max_average * static_cast<double>(segments_by_video.size()) / static_cast<double>(proposals.size());
  std::vector<Overlaps> overlaps;
  for (const auto& [video, segments] : segments_by_video) {
    Group& group = videos[video];
    std::stable_sort(group.begin(), group.end(),
                     [&](std::size_t a, std::size_t b) { return proposals[a].score > proposals[b].score; });
    const auto share = static_cast<std::size_t>(static_cast<double>(group.size()) * ratio);
    group.resize(std::min(group.size(), share));
    Overlaps& each = overlaps.emplace_back(segments.size());
    for (std::size_t s = 0; s < segments.size(); ++s) {
      for (const std::size_t i : group) each[s].push_back(single_iou(proposals[i], segments[s]));
    }
  }
  return overlaps;
}

}  // namespace

double temporal_iou(double start_a, double end_a, double start_b, double end_b) {
  const double common = std::max(std::min(end_a, end_b) - std::max(start_a, start_b), 0.0);
  const double whole = (end_a - start_a) + (end_b - start_b) - common;
  return whole > 0 ? common / whole : 0;
}

double DetectionPrecisions::average() const {
  const double sum = std::accumulate(mean.begin(), mean.end(), 0.0);
  return mean.empty() ? 0 : sum / static_cast<double>(mean.size());
}

DetectionPrecisions activitynet_precisions(std::span<const Detection> detections,
                                           std::span<const TrueSegment> truth,
                                           std::span<const double> min_ious) {
  return precisions(detections, truth, min_ious, look_by_overlap, interpolated_precision);
}

DetectionPrecisions weakly_supervised_precisions(std::span<const Detection> detections,
                                                 std::span<const TrueSegment> truth,
                                                 std::span<const TrueSegment> ambiguous,
                                                 std::span<const double> min_ious, bool as_published) {
  std::vector<Detection> kept;
  for (const Detection& each : detections) {
    const bool drop = std::any_of(ambiguous.begin(), ambiguous.end(), [&](const TrueSegment& other) {
      return other.video == each.video && temporal_iou(each.start, each.end, other.start, other.end) > 0;
    });
    if (!drop) kept.push_back(each);
  }
  DetectionPrecisions result = precisions(kept, truth, min_ious, look_in_order, plain_precision);
  std::set<std::int64_t> detected;
  for (const Detection& each : kept) detected.insert(each.label);
  const bool gave_up = std::any_of(result.classes.begin(), result.classes.end(),
                                   [&](std::int64_t label) { return !detected.contains(label); });
  if (as_published && gave_up) std::fill(result.mean.begin(), result.mean.end(), 0.0);
  return result;
}

double to_position(double seconds, double positions_per_second) {
  const double value = seconds * positions_per_second, below = std::floor(value), rest = value - below;
  if (rest != 0.5) return rest < 0.5 ? below : below + 1;
  return std::fmod(below, 2) == 0 ? below : below + 1;
}

std::vector<double> recall_at(std::span<const Detection> detections, std::span<const TrueSegment> truth,
                              std::int64_t n, std::span<const double> min_ious) {
  check_numbers(detections, truth);
  const std::map<std::int64_t, Group> videos = by_video(detections);
  std::vector<double> recall;
  for (const double min_iou : min_ious) {
    std::int64_t found = 0;
    for (const TrueSegment& each : truth) {
      const auto video = videos.find(each.video);
      if (video == videos.end()) continue;
      const auto count =
          std::min(video->second.size(), static_cast<std::size_t>(std::max<std::int64_t>(n, 0)));
      found += std::any_of(video->second.begin(), video->second.begin() + static_cast<std::ptrdiff_t>(count),
                           [&](std::size_t i) {
                             return temporal_iou(detections[i].start, detections[i].end, each.start,
                                                 each.end) >= min_iou;
                           })
                   ? 1
                   : 0;
    }
    recall.push_back(truth.empty() ? 0 : static_cast<double>(found) / static_cast<double>(truth.size()));
  }
  return recall;
}

RecallCurve average_recall(std::span<const Detection> proposals, std::span<const TrueSegment> truth,
                           double max_average, std::span<const double> min_ious) {
  check_numbers(proposals, truth);
  if (truth.empty() || proposals.empty() || !(max_average > 0)) {
    throw Error::failed("average recall: {} true segments, {} proposals, {} on average", truth.size(),
                        proposals.size(), max_average);
  }
  const std::vector<Overlaps> overlaps = keep_best(proposals, truth, max_average);
  const auto num_videos = static_cast<double>(overlaps.size());
  std::size_t kept = 0;
  for (const Overlaps& each : overlaps) kept += each.front().size();
  if (kept == 0) throw Error::failed("average recall: no proposal for a video of the truth is kept");
  RecallCurve curve;
  for (int point = 1; point <= kCurvePoints; ++point) {
    const double part = point / double{kCurvePoints} * (max_average * num_videos / static_cast<double>(kept));
    double sum = 0;
    for (const double min_iou : min_ious) {
      std::int64_t found = 0;
      for (const Overlaps& each : overlaps)
        found += count_found(each, static_cast<std::size_t>(static_cast<double>(each.front().size()) * part),
                             min_iou);
      sum += static_cast<double>(found) / static_cast<double>(truth.size());
    }
    curve.recall.push_back(sum / static_cast<double>(min_ious.size()));
    curve.proposals.push_back(part * (static_cast<double>(kept) / num_videos));
  }
  for (std::size_t i = 1; i < curve.recall.size(); ++i)
    curve.area += (curve.proposals[i] - curve.proposals[i - 1]) * (curve.recall[i] + curve.recall[i - 1]) / 2;
  curve.area /= curve.proposals.back();
  return curve;
}

std::vector<double> thresholds(double first, double step, double last) {
  std::vector<double> values;
  const auto count = static_cast<int>(std::lround((last - first) / step)) + 1;
  for (int i = 0; i < count; ++i) values.push_back(first + i * ((last - first) / std::max(count - 1, 1)));
  return values;
}

}  // namespace zoetrope::metrics
