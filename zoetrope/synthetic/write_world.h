#pragma once
// A world as files.
//
//   OUT/videos/SUBSET/ID.mp4       every video, once
//   OUT/videos/SUBSET/ID.json      all that is true of it, as a timeline (labels.h)
//   OUT/annotations/LAYOUT/...     the true labels in each layout (layouts.h)
//   OUT/annotations_noisy/...      where the world has label noise: the same with wrong labels in training
//   OUT/world.toml                 every option; written last, so that a folder without it is not whole

#include <cstdint>
#include <filesystem>
#include <functional>

#include "zoetrope/synthetic/world.h"

namespace zoetrope::synthetic {

inline constexpr const char* kWorldFile = "world.toml";

struct WriteOptions {
  int num_threads = 0;  ///< videos rendered at a time; 0: as many as the machine has cores
  bool force = false;  ///< replace an earlier world: its videos, annotations and world.toml are removed first
  /// Called for each video that is written, from any thread.
  std::function<void()> on_video = [] {};
};

struct WorldSummary {
  std::int64_t clips = 0;
  std::int64_t untrimmed = 0;
  double seconds = 0;  ///< of video
};

/// How many videos write_world writes.
[[nodiscard]] std::int64_t count_videos(const WorldOptions& world);

/// The world is one that check_world takes. Throws Error: kUsage where the folder holds anything and `force`
/// is not set, kFailed where it cannot be written, kInterrupted.
WorldSummary write_world(const WorldOptions& world, const std::filesystem::path& folder,
                         const WriteOptions& options = {});

}  // namespace zoetrope::synthetic
