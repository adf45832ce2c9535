#pragma once
// The alignments that NNV and CDFL have made: of the last so many videos, from which the classes' prior and
// mean lengths follow, and from whose frames NNV learns once more (its "robustness enhancement").

#include <torch/torch.h>

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

#include "zoetrope/bundle/bundle_config.h"
#include "zoetrope/decoding/class_statistics.h"
#include "zoetrope/training/sequence_recipe.h"

namespace zoetrope::training {

struct AlignedVideo {
  std::size_t video = 0;                      ///< in the training set
  std::vector<std::int64_t> transcript = {};  ///< classes of its segments
  std::vector<std::int64_t> lengths = {};     ///< frames
  torch::Tensor frames = {};  ///< [T + window - 1, D], for windows; undefined where none are wanted
  std::vector<std::int64_t> labels = {};  ///< [T]; empty where `frames` is undefined
};

class AlignmentBuffer {
 public:
  /// Keeps `capacity` videos; another drives out the oldest.
  AlignmentBuffer(std::int64_t num_classes, std::size_t capacity);

  void add(AlignedVideo video);

  /// The place-th of all its frames, [0, num_frames()): the video that holds it, and the frame.
  [[nodiscard]] std::pair<const AlignedVideo*, std::int64_t> frame_at(std::int64_t place) const;
  [[nodiscard]] std::int64_t num_frames() const noexcept { return ends_.empty() ? 0 : ends_.back(); }
  [[nodiscard]] const std::deque<AlignedVideo>& videos() const noexcept { return videos_; }
  [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
  [[nodiscard]] const decoding::ClassStatistics& statistics() const noexcept { return statistics_; }

 private:
  std::size_t capacity_;
  std::deque<AlignedVideo> videos_;  // oldest first
  std::vector<std::int64_t> ends_;   // of each, among all frames
  decoding::ClassStatistics statistics_;
};

/// What the bundle says of alignment, and what training aligns by.
[[nodiscard]] bundle::AlignmentSection alignment_section(const AlignmentRecipe& recipe,
                                                         const decoding::ClassStatistics& statistics,
                                                         std::vector<std::vector<std::int64_t>> transcripts);

/// Videos and lengths as int64 tensors "buffer.videos" and "buffer.lengths"; none where it is empty.
[[nodiscard]] models::NamedTensors state_of(const AlignmentBuffer& buffer);

/// What `state_of` wrote, without frames and labels. Throws Error (kModel) for what is of other videos.
[[nodiscard]] std::vector<AlignedVideo> alignments_of(const models::NamedTensors& state,
                                                      const data::SegmentationSet& train);

/// Integers of a state by name; empty where there are none. Throws Error (kModel) for another type.
[[nodiscard]] std::vector<std::int64_t> integers_of(const models::NamedTensors& state, const char* name);

}  // namespace zoetrope::training
