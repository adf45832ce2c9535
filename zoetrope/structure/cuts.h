#pragma once
// The cut detector of shots.h.

#include <cstdint>
#include <deque>
#include <vector>

#include "zoetrope/structure/shots.h"

namespace zoetrope::structure {

class CutDetector {
 public:
  explicit CutDetector(ShotOptions options) : options_(options) {}
  void push(const FrameFeatures& features, std::int64_t index, double pts);
  [[nodiscard]] std::vector<Transition> finish();

 private:
  struct Entry {
    FrameFeatures features;
    std::int64_t index = 0;
    double pts = 0;
    float step = 0;  ///< dissimilarity to the frame before; 0 for the first
  };
  void decide(std::size_t at);
  bool stands_out(std::size_t at, std::size_t from, std::size_t to) const;
  bool returns(std::size_t at, std::size_t from, std::size_t to);

  ShotOptions options_;
  SceneComparer comparer_;
  std::deque<Entry> window_;
  std::size_t next_ = 1;  ///< place in the window of the next frame to decide on
  std::vector<Transition> cuts_;
};

}  // namespace zoetrope::structure
