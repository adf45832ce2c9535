#pragma once
// Ceilings for the files that this folder reads: what lies beyond them is refused in one line, before memory
// is.

#include <cstddef>
#include <cstdint>

namespace zoetrope::timeline {

inline constexpr std::uint64_t kMaxFileBytes = std::uint64_t{256} << 20;
inline constexpr int kMaxJsonDepth = 32;
inline constexpr std::size_t kMaxJsonValues = std::size_t{16} << 20;  ///< some 1 GiB of memory
inline constexpr std::int64_t kMaxFrames = 20'000'000;                ///< of one video: a week at 30 a second
inline constexpr int kShownColumns = 60;                              ///< of a file's own words in a message

}  // namespace zoetrope::timeline
