#include "zoetrope/structure/camera.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numbers>
#include <numeric>

namespace zoetrope::structure {
namespace {

constexpr int kAxes = 4;
constexpr std::array<std::array<const char*, 2>, kAxes> kLabels = {
    {{"pan left", "pan right"},
     {"tilt down", "tilt up"},
     {"zoom out", "zoom in"},
     {"roll counter-clockwise", "roll clockwise"}}};
// Mean distance of a picture's points from its centre, in diagonals: zoom and roll move them in proportion to
// it.
constexpr double kMeanRadius = 0.28;

using Speeds = std::array<double, kAxes>;

/// What each axis does to the picture, in percent of the diagonal a second.
Speeds speeds_of(const CameraMotion& motion, double aspect) {
  const double diagonal = std::hypot(aspect, 1);
  return {100 * motion.pan * aspect / diagonal, 100 * motion.tilt / diagonal, 100 * motion.zoom * kMeanRadius,
          100 * motion.roll * std::numbers::pi / 180 * kMeanRadius};
}

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::nth_element(values.begin(), middle, values.end());
  return *middle;
}

/// The mean of the middle half: unmoved by outliers as a median is, but about zero where a shake goes to and
/// fro.
double middle_mean(std::vector<double>& values) {
  std::sort(values.begin(), values.end());
  const std::size_t cut = values.size() / 4;
  const double sum = std::accumulate(values.begin() + static_cast<std::ptrdiff_t>(cut),
                                     values.end() - static_cast<std::ptrdiff_t>(cut), 0.0);
  return sum / static_cast<double>(values.size() - 2 * cut);
}

struct Named {
  std::string label = "static";
  double speed = 0;
};

Named name_motion(std::span<const Speeds> around, const CameraOptions& options) {
  std::vector<double> values(around.size());
  Speeds smooth{};
  for (int axis = 0; axis < kAxes; ++axis) {
    std::transform(around.begin(), around.end(), values.begin(), [axis](const Speeds& s) { return s[axis]; });
    smooth[axis] = middle_mean(values);
  }
  const auto fastest = std::max_element(smooth.begin(), smooth.end(),
                                        [](double a, double b) { return std::abs(a) < std::abs(b); });
  if (std::abs(*fastest) >= options.slowest) {
    return {kLabels[fastest - smooth.begin()][*fastest > 0 ? 1 : 0], std::abs(*fastest)};
  }
  std::transform(around.begin(), around.end(), values.begin(),
                 [](const Speeds& s) { return std::hypot(s[0], s[1]); });
  const double shake = median(values);
  if (shake >= options.shaking) return {"handheld", shake};
  return {"static", shake};
}

/// Labels too short to be a move take the longer neighbour's name.
void absorb_short(std::vector<CameraSegment>& segments, double shortest) {
  while (segments.size() > 1) {
    const auto length = [](const CameraSegment& s) { return s.end - s.begin; };
    const auto least = std::min_element(segments.begin(), segments.end(),
                                        [&](const auto& a, const auto& b) { return length(a) < length(b); });
    if (length(*least) >= shortest) return;
    const bool to_next = least == segments.begin() ||
                         (least + 1 != segments.end() && length(*(least + 1)) > length(*(least - 1)));
    auto& heir = to_next ? *(least + 1) : *(least - 1);
    heir.begin = std::min(heir.begin, least->begin);
    heir.end = std::max(heir.end, least->end);
    auto after = segments.erase(least);
    if (after != segments.begin() && after != segments.end() && (after - 1)->label == after->label) {
      (after - 1)->end = after->end;
      segments.erase(after);
    }
  }
}

/// Samples of one shot, gradual transitions at its ends left out of the measurement.
void label_shot(std::span<const MotionSample> samples, double begin, double end, double aspect,
                const CameraOptions& options, std::vector<CameraSegment>& out) {
  if (samples.empty()) {
    out.push_back({begin, end, "static", 0});
    return;
  }
  std::vector<Speeds> speeds;
  speeds.reserve(samples.size());
  for (const MotionSample& sample : samples) speeds.push_back(speeds_of(sample.camera, aspect));
  std::vector<CameraSegment> segments;
  std::size_t from = 0, to = 0;
  for (std::size_t i = 0; i < samples.size(); ++i) {
    const double middle = (samples[i].begin + samples[i].end) / 2;
    while (samples[from].end < middle - options.smoothing / 2) ++from;
    while (to < samples.size() && samples[to].begin <= middle + options.smoothing / 2) ++to;
    const Named named = name_motion(std::span(speeds).subspan(from, to - from), options);
    const double length = samples[i].end - samples[i].begin;
    if (segments.empty() || segments.back().label != named.label) {
      segments.push_back({samples[i].begin, samples[i].end, named.label, named.speed});
    } else {
      CameraSegment& last = segments.back();
      last.speed += (named.speed - last.speed) * length / (samples[i].end - last.begin);
      last.end = samples[i].end;
    }
  }
  for (std::size_t i = 1; i < segments.size(); ++i) segments[i - 1].end = segments[i].begin;
  segments.front().begin = begin;
  segments.back().end = end;
  absorb_short(segments, options.shortest);
  out.insert(out.end(), segments.begin(), segments.end());
}

}  // namespace

std::vector<CameraSegment> label_camera(std::span<const MotionSample> samples,
                                        std::span<const Transition> transitions, double begin, double end,
                                        double aspect, CameraOptions options) {
  std::vector<CameraSegment> segments;
  double shot = begin;   // where the shot begins
  double clear = begin;  // where the transition before it ends
  std::size_t next = 0;
  // A flow counts if both of its frames show this shot alone: a cut's first frame belongs to the next one.
  const auto close_shot = [&](double shot_end, double mixed_from) {
    while (next < samples.size() && samples[next].begin < clear) ++next;
    std::size_t stop = next;
    while (stop < samples.size() && samples[stop].end < mixed_from) ++stop;
    if (shot_end > shot) {
      label_shot(samples.subspan(next, stop - next), shot, shot_end, aspect, options, segments);
    }
    next = stop;
    shot = shot_end;
  };
  for (const Transition& transition : transitions) {
    close_shot((transition.begin + transition.end) / 2, transition.begin);
    clear = transition.end;
  }
  close_shot(end, std::numeric_limits<double>::infinity());
  return segments;
}

}  // namespace zoetrope::structure
