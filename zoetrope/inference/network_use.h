#pragma once
// How much of a network that adapts to its clips (models/adaptive.h) clips have used: the maps that they kept, and the
// multiply-adds of the run (models/multiply_adds.h) beside those of a run that keeps every frame.
//
//   inference::NetworkUse use;
//   engine.run(clips, use);      // inference/engine.h
//   sums.add(use);
//   std::cout << inference::format_use(sums);

#include <cstdint>
#include <string>
#include <vector>

namespace zoetrope::inference {

/// Of one batch. What is counted is the work after and before the sampling, and the sampling itself.
struct NetworkUse {
  std::vector<std::int64_t> bins = {};  ///< maps that each clip kept, of all pathways together
  std::int64_t all_bins = 0;            ///< maps of a clip where every frame is kept
  double multiply_adds = 0;             ///< a clip, the mean over the batch
  double all_multiply_adds = 0;         ///< a clip, where every frame is kept

  /// Multiply-adds of all multiply-adds, in (0, 1] where there are no more bins than frames.
  [[nodiscard]] double share() const { return multiply_adds / all_multiply_adds; }
};

/// Of many batches of clips of one shape.
struct NetworkUseSums {
  std::vector<std::int64_t> clips_of_bins = {};  ///< [b]: clips that kept b maps
  std::int64_t all_bins = 0;
  std::int64_t clips = 0;
  double multiply_adds = 0;  ///< of all clips together
  double all_multiply_adds = 0;

  void add(const NetworkUse& use);
  [[nodiscard]] double mean_bins() const;
};

/// Lines for people: means over the clips, and a histogram of the maps kept, in 16 steps at most.
[[nodiscard]] std::string format_use(const NetworkUseSums& sums);
/// The histogram alone.
[[nodiscard]] std::string format_bins(const NetworkUseSums& sums);

}  // namespace zoetrope::inference
