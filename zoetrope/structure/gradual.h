#pragma once
// The detector of gradual transitions of shots.h.

#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include "zoetrope/structure/shots.h"

namespace zoetrope::structure {

class GradualDetector {
 public:
  explicit GradualDetector(ShotOptions options) : options_(options) {}
  void push(const FrameFeatures& features, std::int64_t index, double pts);
  [[nodiscard]] std::vector<Transition> finish();

 private:
  struct Entry {
    FrameFeatures features;
    std::int64_t index = 0;
    double pts = 0;
    float energy = 0;              ///< mean squared difference of neighbouring pixels of the luma
    std::vector<float> distance2;  ///< to the entry 1, 2, ... places before
  };
  /// How the frames between two entries lead from one to the other; see shots.h.
  struct Walk {
    float whole = 0;  ///< squared distance of the ends, levels^2
    float bend = 0;   ///< squared distance from the line, relative to alpha (1 - alpha) whole
    float dip = 0;   ///< loss of gradient energy between the ends: 1 as a mixture of strangers has it, 0 none
    float ramp = 0;  ///< root mean square deviation of alpha from a steady rise
    float backwards = 0;  ///< sum of alpha's steps back
    float largest = 0;    ///< alpha's largest step
  };
  /// A stretch of the window that may be a transition: entries [first, last] by their running number.
  struct Candidate {
    std::int64_t first = 0;
    std::int64_t last = 0;
    TransitionKind kind = TransitionKind::kDissolve;
    float gain = 0;  ///< the greater the better the stretch fits
    float score = 0;
  };

  const Entry& entry(std::int64_t number) const {
    return window_[static_cast<std::size_t>(number - first_number_)];
  }
  float distance2(std::int64_t earlier, std::int64_t later) const;
  float alpha(std::int64_t first, std::int64_t last, std::int64_t at) const;
  Walk walk(std::int64_t first, std::int64_t last) const;
  std::optional<Candidate> judge(std::int64_t first, std::int64_t last) const;
  float wipe_mix(std::int64_t first, std::int64_t last) const;
  void consider(std::int64_t last);
  bool verify(Candidate& candidate);
  double settle_seconds() const;
  void refine(Candidate& candidate) const;
  void settle();

  ShotOptions options_;
  SceneComparer comparer_;
  std::deque<Entry> window_;
  std::int64_t first_number_ = 0;  ///< running number of window_.front()
  std::int64_t free_from_ = 0;     ///< entries before belong to a transition that is settled
  std::optional<Candidate> best_;
  std::vector<Transition> found_;
};

}  // namespace zoetrope::structure
