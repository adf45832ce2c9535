#include "zoetrope/structure/analyzer.h"

#include <algorithm>
#include <cmath>

#include "zoetrope/core/error.h"

namespace zoetrope::structure {
namespace {

// An even stretch (black, white) at the video's beginning or end is no shot of its own below this many
// seconds.
constexpr double kShortestEvenShot = 2;

std::vector<Shot> shots_between(const std::vector<Transition>& transitions, double begin, double end) {
  std::vector<Shot> shots{{begin, end}};
  for (const Transition& transition : transitions) {
    const double middle = (transition.begin + transition.end) / 2;
    const bool opens =
        transition.from_even && shots.size() == 1 && transition.begin - begin < kShortestEvenShot;
    const bool closes = transition.to_even && end - transition.end < kShortestEvenShot;
    if (opens || closes || middle <= shots.back().begin || middle >= end) continue;
    shots.back().end = middle;
    shots.push_back({middle, end});
  }
  return shots;
}

/// Whether the flow between the sample's two frames runs over a transition.
bool crosses(const MotionSample& sample, const Transition& transition) {
  return sample.end >= transition.begin && sample.begin < transition.end;
}

void drop_crossing(std::vector<MotionSample>& samples, const std::vector<Transition>& transitions) {
  auto next = transitions.begin();
  std::erase_if(samples, [&](const MotionSample& sample) {
    while (next != transitions.end() && next->end <= sample.begin) ++next;
    return next != transitions.end() && crosses(sample, *next);
  });
}

}  // namespace

struct StructureAnalyzer::Impl {
  explicit Impl(StructureOptions o) : options(o), shots(o.shots) {}

  StructureOptions options;
  ShotDetector shots;
  MotionEstimator motion_estimator;
  HalvingBuffer<MotionSample> motion{kMaxMotionSamples};
  SampleCollector samples;
  double last_motion = 0;
  double last_pts = 0;
  double aspect = 1;
  Structure structure;
};

StructureAnalyzer::StructureAnalyzer(StructureOptions options) : impl_(std::make_unique<Impl>(options)) {}
StructureAnalyzer::~StructureAnalyzer() = default;

void StructureAnalyzer::push(const cv::Mat& rgb, double pts, double duration) {
  Structure& structure = impl_->structure;
  const std::int64_t index = structure.num_frames;
  if (rgb.empty() || rgb.type() != CV_8UC3) {
    throw Error::usage("frame {}: structure needs 8-bit RGB, three channels, at least one pixel", index);
  }
  if (!std::isfinite(pts) || !std::isfinite(duration) || duration < 0) {
    throw Error::usage("frame {}: time {} and duration {} must be finite, the duration not negative", index,
                       pts, duration);
  }
  if (index > 0 && pts <= impl_->last_pts) {
    throw Error::usage("frame {}: time {} is not after the frame before's, {}; frames come in order", index,
                       pts, impl_->last_pts);
  }
  const FrameFeatures features = compute_features(rgb);
  if (index == 0) {
    structure.begin = pts;
    impl_->aspect = static_cast<double>(rgb.cols) / rgb.rows;
  }
  impl_->shots.push(features, index, pts);
  if (const auto sample = impl_->motion_estimator.push(features, pts)) {
    impl_->motion.push(*sample);
    impl_->last_motion = sample->motion;
  }
  impl_->samples.push(features, pts, duration, impl_->last_motion);
  impl_->last_pts = pts;
  structure.end = pts + duration;
  ++structure.num_frames;
}

Structure StructureAnalyzer::finish() {
  Structure structure = std::move(impl_->structure);
  if (structure.num_frames == 0) return structure;
  structure.transitions = impl_->shots.finish();
  structure.shots = shots_between(structure.transitions, structure.begin, structure.end);
  structure.motion = impl_->motion.take();
  structure.camera = label_camera(structure.motion, structure.transitions, structure.begin, structure.end,
                                  impl_->aspect, impl_->options.camera);
  drop_crossing(structure.motion, structure.transitions);
  structure.samples = impl_->samples.finish();
  structure.parts = find_parts(structure.samples, structure.transitions, impl_->options.parts);
  structure.representatives =
      choose_representatives(structure.samples, structure.transitions, impl_->options.representatives);
  return structure;
}

}  // namespace zoetrope::structure
