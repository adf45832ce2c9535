#include "zoetrope/decoding/threshold_segments.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"

namespace zoetrope::decoding {
namespace {

using Spans = std::vector<std::pair<std::int64_t, std::int64_t>>;

// Sums of the first 0, 1, 2, ... values, for means over spans.
class RunningSums {
 public:
  explicit RunningSums(std::span<const double> values) : sums_(values.size() + 1) {
    for (std::size_t i = 0; i < values.size(); ++i) sums_[i + 1] = sums_[i] + values[i];
  }
  [[nodiscard]] double sum(std::int64_t begin, std::int64_t end) const {
    return sums_[static_cast<std::size_t>(end)] - sums_[static_cast<std::size_t>(begin)];
  }
  [[nodiscard]] std::int64_t size() const { return std::ssize(sums_) - 1; }

 private:
  std::vector<double> sums_;
};

Spans runs_above(std::span<const double> values, double threshold, std::int64_t max_gap) {
  Spans runs;
  const std::int64_t size = std::ssize(values);
  for (std::int64_t begin = 0, end = 0; begin < size; begin = end + 1) {
    end = begin;
    while (end < size && values[static_cast<std::size_t>(end)] > threshold) ++end;
    if (end == begin) continue;
    if (!runs.empty() && begin - runs.back().second <= max_gap) {
      runs.back().second = end;
    } else {
      runs.emplace_back(begin, end);
    }
  }
  return runs;
}

double contrast(const RunningSums& sums, std::int64_t begin, std::int64_t end, double margin) {
  const auto length = static_cast<double>(end - begin);
  const auto reach = static_cast<std::int64_t>(std::ceil(margin * length));
  const std::int64_t from = std::max<std::int64_t>(begin - reach, 0), to = std::min(end + reach, sums.size());
  const std::int64_t outside = begin - from + to - end;
  const double outer =
      outside == 0 ? 0 : (sums.sum(from, begin) + sums.sum(end, to)) / static_cast<double>(outside);
  return sums.sum(begin, end) / length - outer;
}

double score_of(std::span<const double> values, const RunningSums& sums, std::int64_t begin, std::int64_t end,
                const DetectOptions& options) {
  if (options.score == SegmentScore::kContrast) return contrast(sums, begin, end, options.margin);
  if (options.score == SegmentScore::kMax)
    return *std::max_element(values.begin() + begin, values.begin() + end);
  return sums.sum(begin, end) / static_cast<double>(end - begin);
}

double iou(const ActivationSegment& a, const ActivationSegment& b) {
  const std::int64_t common = std::max<std::int64_t>(std::min(a.end, b.end) - std::max(a.start, b.start), 0);
  return static_cast<double>(common) / static_cast<double>(a.end - a.start + b.end - b.start - common);
}

}  // namespace

std::vector<double> smooth(std::span<const double> values, std::int64_t width) {
  const RunningSums sums(values);
  const std::int64_t reach = std::max<std::int64_t>(width, 1) / 2, size = std::ssize(values);
  std::vector<double> result(values.begin(), values.end());
  if (reach == 0) return result;
  for (std::int64_t i = 0; i < size; ++i) {
    const std::int64_t begin = std::max<std::int64_t>(i - reach, 0), end = std::min(i + reach + 1, size);
    result[static_cast<std::size_t>(i)] = sums.sum(begin, end) / static_cast<double>(end - begin);
  }
  return result;
}

std::vector<ActivationSegment> suppress_overlaps(std::vector<ActivationSegment> segments, double max_iou) {
  std::stable_sort(segments.begin(), segments.end(),
                   [](const auto& a, const auto& b) { return a.score > b.score; });
  std::vector<ActivationSegment> kept;
  for (const ActivationSegment& segment : segments) {
    const bool is_covered = std::any_of(kept.begin(), kept.end(), [&](const ActivationSegment& better) {
      return iou(better, segment) > max_iou || (better.start == segment.start && better.end == segment.end);
    });
    if (!is_covered) kept.push_back(segment);
  }
  return kept;
}

void describe(ConfigFields& f, DetectOptions& o) {
  f.field("class_score", o.class_score,
          "lowest score of a class whose segments are searched; the best always is")
      .range(0, 1);
  f.field("thresholds", o.thresholds, "each makes segments of its own").range(0, 1e6);
  f.field("threshold_of", o.of, "the range of a video's activations, or their mean");
  f.field("smoothing", o.smoothing, "seconds of a moving average before; 0: none").range(0, 1e6);
  f.field("max_gap", o.max_gap, "seconds between segments that are joined").range(0, 1e6);
  f.field("min_length", o.min_length, "seconds; what is shorter is dropped").range(0, 1e6);
  f.field("score", o.score, "of a segment");
  f.field("margin", o.margin, "of the contrast: what is around a segment, in lengths of it").range(0, 100);
  f.field("nms", o.nms, "highest overlap of two segments of a class").range(0, 1);
}

std::vector<ActivationSegment> threshold_segments(std::span<const double> activations,
                                                  const DetectOptions& options, double rate) {
  if (std::any_of(activations.begin(), activations.end(), [](double value) { return std::isnan(value); }))
    throw Error::failed("decoding: an activation is no number");
  if (activations.empty()) return {};
  const auto positions = [&](double seconds) { return std::llround(seconds * rate); };
  const std::vector<double> values = smooth(activations, positions(options.smoothing));
  const RunningSums sums(values);
  const std::int64_t size = std::ssize(values);
  // Before smoothing, whose rounding makes a flat line rough.
  const auto [least, most] = std::minmax_element(activations.begin(), activations.end());
  if (*least == *most) return {{0, size, score_of(values, sums, 0, size, options)}};
  const auto [lowest, highest] = std::minmax_element(values.begin(), values.end());
  std::vector<ActivationSegment> segments;
  for (const double share : options.thresholds) {
    const double threshold = options.of == ThresholdOf::kRange
                                 ? *lowest + share * (*highest - *lowest)
                                 : share * sums.sum(0, size) / static_cast<double>(size);
    for (const auto& [begin, end] : runs_above(values, threshold, positions(options.max_gap))) {
      if (end - begin >= positions(options.min_length))
        segments.push_back({begin, end, score_of(values, sums, begin, end, options)});
    }
  }
  return suppress_overlaps(std::move(segments), options.nms);
}

}  // namespace zoetrope::decoding
