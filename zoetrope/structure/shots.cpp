#include "zoetrope/structure/shots.h"

#include <algorithm>

#include "zoetrope/structure/cuts.h"
#include "zoetrope/structure/gradual.h"

namespace zoetrope::structure {
namespace {

bool inside(const Transition& cut, const Transition& gradual) {
  return cut.begin >= gradual.begin && cut.begin <= gradual.end;
}

/// Gradual transitions that follow one another without a shot between are one, longer than was looked for.
std::vector<Transition> join_gradual(const std::vector<Transition>& transitions) {
  constexpr double kNoShot = 0.15;  // seconds
  std::vector<Transition> joined;
  for (const Transition& next : transitions) {
    const bool follows = !joined.empty() && joined.back().kind != TransitionKind::kCut &&
                         next.kind != TransitionKind::kCut && next.begin - joined.back().end <= kNoShot;
    if (!follows) {
      joined.push_back(next);
      continue;
    }
    Transition& last = joined.back();
    if (next.kind == TransitionKind::kFade) last.kind = TransitionKind::kFade;
    last.end = next.end;
    last.last_frame = next.last_frame;
    last.to_even = next.to_even;
    last.score = std::max(last.score, next.score);
  }
  return joined;
}

/// Fade-out, an even stretch and fade-in (or a cut on one side) are one fade.
std::vector<Transition> join_fades(const std::vector<Transition>& transitions, double max_even) {
  std::vector<Transition> joined;
  for (const Transition& next : transitions) {
    if (!joined.empty()) {
      Transition& last = joined.back();
      const bool fades = last.kind != TransitionKind::kCut || next.kind != TransitionKind::kCut;
      if (fades && last.to_even && next.from_even && next.begin - last.end <= max_even) {
        last.kind = TransitionKind::kFade;
        last.end = next.end;
        last.last_frame = next.last_frame;
        last.to_even = next.to_even;
        last.score = std::max(last.score, next.score);
        continue;
      }
    }
    joined.push_back(next);
  }
  return joined;
}

}  // namespace

const char* transition_name(TransitionKind kind) {
  switch (kind) {
    case TransitionKind::kCut:
      return "cut";
    case TransitionKind::kDissolve:
      return "dissolve";
    case TransitionKind::kFade:
      return "fade";
    case TransitionKind::kWipe:
      return "wipe";
  }
  return "";
}

ShotDetector::ShotDetector(ShotOptions options)
    : options_(options),
      cuts_(std::make_unique<CutDetector>(options)),
      gradual_(std::make_unique<GradualDetector>(options)) {}
ShotDetector::~ShotDetector() = default;

void ShotDetector::push(const FrameFeatures& features, std::int64_t index, double pts) {
  cuts_->push(features, index, pts);
  gradual_->push(features, index, pts);
}

std::vector<Transition> ShotDetector::finish() {
  const std::vector<Transition> gradual = gradual_->finish();
  std::vector<Transition> all = gradual;
  for (const Transition& cut : cuts_->finish()) {
    const auto covers = [&](const Transition& other) { return inside(cut, other); };
    if (std::none_of(gradual.begin(), gradual.end(), covers)) all.push_back(cut);
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.begin < b.begin; });
  return join_gradual(join_fades(all, options_.max_even));
}

}  // namespace zoetrope::structure
