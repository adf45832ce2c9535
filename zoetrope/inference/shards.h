#pragma once
// A part of a list of inputs for each of several processes, on one machine or many, that never talk.
//
//   const inference::Shard shard = inference::shard_of("2/4", this_environment());   // the second of four
//   for (const VideoFile& video : inference::share_of(shard, videos)) ...            // the 2nd, the 6th, ...
//
// Shards count from 1, as those of split(1) and of test runners do. All shards of the same list are disjoint
// and together the list.

#include <cstddef>
#include <string>
#include <vector>

#include "zoetrope/core/launch.h"

namespace zoetrope::inference {

struct Shard {
  std::size_t number = 1;  ///< from 1
  std::size_t count = 1;
};

/// Of "2/4"; of "env", as the launcher's variables say (core/launch.h), rank 0 being the first shard; of "",
/// all. Throws Error (kUsage) for anything else.
[[nodiscard]] Shard shard_of(const std::string& text, const Environment& environment);

/// Every count-th, so that no shard gets all of one folder's long videos.
template <typename T>
[[nodiscard]] std::vector<T> share_of(const Shard& shard, const std::vector<T>& all) {
  std::vector<T> share;
  for (std::size_t i = shard.number - 1; i < all.size(); i += shard.count) share.push_back(all[i]);
  return share;
}

}  // namespace zoetrope::inference
