#include "zoetrope/structure/gradual.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>

namespace zoetrope::structure {
namespace {

constexpr double kMaxRate = 32;      // entries a second; frames of faster videos are skipped
constexpr double kSettle = 0.4;      // seconds without a better candidate after which one is settled
constexpr std::int64_t kFewest = 2;  // steps: one mixed frame

// Mean squared difference of a pixel to its right and lower neighbours.
float gradient_energy(const cv::Mat& luma) {
  std::int64_t sum = 0;
  for (int y = 0; y + 1 < luma.rows; ++y) {
    const auto* row = luma.ptr<unsigned char>(y);
    const auto* below = luma.ptr<unsigned char>(y + 1);
    int of_row = 0;
    for (int x = 0; x + 1 < luma.cols; ++x) {
      const int right = row[x + 1] - row[x], down = below[x] - row[x];
      of_row += right * right + down * down;
    }
    sum += of_row;
  }
  return static_cast<float>(static_cast<double>(sum) / static_cast<double>(luma.total()));
}

}  // namespace

float GradualDetector::distance2(std::int64_t earlier, std::int64_t later) const {
  if (earlier == later) return 0;
  return entry(later).distance2[static_cast<std::size_t>(later - earlier - 1)];
}

float GradualDetector::alpha(std::int64_t first, std::int64_t last, std::int64_t at) const {
  const float whole = distance2(first, last);
  return (distance2(first, at) + whole - distance2(at, last)) / (2 * whole);
}

void GradualDetector::push(const FrameFeatures& features, std::int64_t index, double pts) {
  if (!window_.empty() && pts - window_.back().pts < 0.9 / kMaxRate) return;
  Entry added{features, index, pts, gradient_energy(features.luma), {}};
  added.distance2.reserve(window_.size());
  for (auto earlier = window_.rbegin(); earlier != window_.rend(); ++earlier) {
    added.distance2.push_back(thumb_distance2(features.thumb, earlier->features.thumb));
  }
  window_.push_back(std::move(added));
  const std::int64_t last = first_number_ + static_cast<std::int64_t>(window_.size()) - 1;
  consider(last);
  if (best_ && pts - entry(best_->last).pts > settle_seconds()) settle();
  while (pts - window_.front().pts > options_.gradual_max + 2 * kSettle &&
         !(best_ && best_->first <= first_number_ + 1)) {
    window_.pop_front();
    ++first_number_;
  }
}

std::vector<Transition> GradualDetector::finish() {
  if (best_) settle();
  return std::move(found_);
}

/// A long transition may look complete before it is: what has passed of it must be followed by half as much
/// without a better end.
double GradualDetector::settle_seconds() const {
  const double length = entry(best_->last).pts - entry(best_->first).pts;
  return std::clamp(length / 2, kSettle, 2 * kSettle);
}

/// The best stretch that ends here, against the best so far.
void GradualDetector::consider(std::int64_t last) {
  std::optional<Candidate> best;
  std::int64_t length = kFewest;
  while (last - length >= std::max(first_number_, free_from_)) {
    const std::int64_t first = last - length;
    const double seconds = entry(last).pts - entry(first).pts;
    if (seconds > options_.gradual_max) break;
    const auto candidate = judge(first, last);
    if (candidate && (!best || candidate->gain > best->gain)) best = candidate;
    length += 1 + length / 6;
  }
  if (!best || (best_ && best->gain <= best_->gain)) return;
  if (verify(*best)) best_ = best;
}

/// The costly tests: different scenes at the ends, and frames between that a mixture explains better than
/// motion does.
bool GradualDetector::verify(Candidate& candidate) {
  const FrameFeatures& first = entry(candidate.first).features;
  const FrameFeatures& last = entry(candidate.last).features;
  const float colour = colour_distance(first.colour, last.colour);
  const float structure = comparer_.structure_distance(first.luma, last.luma, colour);
  candidate.score = std::sqrt(colour * structure);
  if (candidate.score < options_.gradual_floor || structure < options_.gradual_structure) return false;
  if (candidate.kind != TransitionKind::kDissolve) return true;
  const std::int64_t middle = (candidate.first + candidate.last) / 2;
  const cv::Mat& between = entry(middle).features.luma;
  const double share = std::clamp(alpha(candidate.first, candidate.last, middle), 0.2F, 0.8F);
  cv::Mat mixture;
  cv::addWeighted(first.luma, 1 - share, last.luma, share, 0, mixture);
  const float by_mixture = comparer_.structure_distance(mixture, between, 0);
  const float by_motion = std::min(comparer_.structure_distance(first.luma, between, 0),
                                   comparer_.structure_distance(between, last.luma, 0));
  return by_mixture <= options_.dissolve_mixture * by_motion;
}

GradualDetector::Walk GradualDetector::walk(std::int64_t first, std::int64_t last) const {
  Walk walk{.whole = distance2(first, last)};
  const float from = entry(first).energy, to = entry(last).energy;
  float off = 0, span = 0, lost = 0, loss = 0, deviation = 0, previous = 0;
  for (std::int64_t at = first + 1; at <= last; ++at) {
    const float here = at == last ? 1 : alpha(first, last, at);
    const float mixed = std::max(here * (1 - here), 0.0F);
    off += std::max(distance2(first, at) - here * here * walk.whole, 0.0F);
    span += mixed * walk.whole;
    if (at < last) {
      const float share = std::clamp(here, 0.0F, 1.0F);
      lost += (1 - share) * from + share * to - entry(at).energy;
      loss += mixed * (from + to);  // (1 - a) E + a F less (1 - a)^2 E + a^2 F
    }
    const float steady = static_cast<float>(at - first) / static_cast<float>(last - first);
    deviation += (here - steady) * (here - steady);
    walk.backwards += std::max(previous - here, 0.0F);
    walk.largest = std::max(walk.largest, here - previous);
    previous = here;
  }
  walk.bend = span > 0 ? off / span : std::numeric_limits<float>::max();
  walk.dip = loss > 0 ? lost / loss : 0;
  walk.ramp = std::sqrt(deviation / static_cast<float>(last - first));
  return walk;
}

std::optional<GradualDetector::Candidate> GradualDetector::judge(std::int64_t first,
                                                                 std::int64_t last) const {
  if (distance2(first, last) < options_.gradual_step * options_.gradual_step) return std::nullopt;
  const Walk w = walk(first, last);
  const float fastest = std::max(options_.gradual_fastest, 1.6F / static_cast<float>(last - first));
  if (w.backwards > options_.gradual_backwards || w.largest > fastest) return std::nullopt;
  Candidate candidate{.first = first, .last = last};
  const float steadiness = std::max(1 - 3 * w.ramp, 0.0F);
  const auto seconds = static_cast<float>(entry(last).pts - entry(first).pts);
  const float bend_limit = std::min(options_.dissolve_bend, options_.still_bend + seconds);
  if (w.bend <= bend_limit && w.dip >= options_.dissolve_dip && w.ramp <= options_.dissolve_ramp) {
    const bool fades = entry(first).features.even || entry(last).features.even;
    candidate.kind = fades ? TransitionKind::kFade : TransitionKind::kDissolve;
    candidate.gain = w.whole * steadiness * std::min(w.dip, 1.0F) * (1 - w.bend / bend_limit / 2);
  } else if (w.bend <= options_.wipe_bend && wipe_mix(first, last) <= options_.wipe_mix) {
    candidate.kind = TransitionKind::kWipe;
    candidate.gain = w.whole * steadiness / 2;
  } else {
    return std::nullopt;
  }
  return candidate;
}

/// How far pixels of the frames between are from being either end's, relative to alpha (1 - alpha) |AB|^2.
float GradualDetector::wipe_mix(std::int64_t first, std::int64_t last) const {
  const Thumbnail& a = entry(first).features.thumb;
  const Thumbnail& b = entry(last).features.thumb;
  const float whole = distance2(first, last);
  float off = 0, span = 0;
  for (std::int64_t at = first + 1; at < last; ++at) {
    const Thumbnail& between = entry(at).features.thumb;
    float sum = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      const float from = between[i] - a[i], to = between[i] - b[i];
      sum += std::min(from * from, to * to);
    }
    const float here = alpha(first, last, at);
    off += sum / static_cast<float>(a.size());
    span += std::max(here * (1 - here), 0.0F) * whole;
  }
  return span > 0 ? off / span : 1;
}

/// The stretch of greatest gain around a candidate: its ends were looked for on a ladder of lengths only.
void GradualDetector::refine(Candidate& candidate) const {
  const std::int64_t reach = 1 + (candidate.last - candidate.first) / 4;
  const Candidate coarse = candidate;
  const std::int64_t newest = first_number_ + static_cast<std::int64_t>(window_.size()) - 1;
  for (std::int64_t first = coarse.first - reach; first <= coarse.first + reach; ++first) {
    for (std::int64_t last = coarse.last - reach; last <= coarse.last + reach; ++last) {
      if (first < std::max(first_number_, free_from_) || last > newest || last - first < kFewest) continue;
      const auto finer = judge(first, last);
      if (!finer || finer->gain <= candidate.gain || finer->kind != coarse.kind) continue;
      candidate = *finer;
      candidate.score = coarse.score;
    }
  }
}

void GradualDetector::settle() {
  Candidate c = *best_;
  best_.reset();
  refine(c);
  free_from_ = c.last;
  const Entry& first = entry(c.first);
  const Entry& mixed = entry(c.first + 1);
  const Entry& last = entry(c.last);
  Transition transition{.kind = c.kind,
                        .begin = mixed.pts,
                        .end = last.pts,
                        .first_frame = mixed.index,
                        .last_frame = last.index,
                        .score = c.score,
                        .from_even = first.features.even,
                        .to_even = last.features.even};
  // One mixed frame is a cut between frames of a converted frame rate, or of an interlaced video.
  if (c.last - c.first == kFewest) {
    transition.kind = TransitionKind::kCut;
    transition.begin = transition.end;
    transition.first_frame = transition.last_frame;
  }
  found_.push_back(transition);
}

}  // namespace zoetrope::structure
