#pragma once
// Lists as people type them.

#include <cstdint>
#include <string>
#include <vector>

namespace zoetrope::cli {

/// "0,30,60" and "first:last:step" (half open, each part may be left out, as in Python): indices in the order
/// given. Negative numbers count from the end. Throws Error (kUsage) at what is no number or outside [0,
/// size).
[[nodiscard]] std::vector<std::int64_t> parse_indices(const std::string& list, std::int64_t size);

/// "1.5,01:02.25,1:00:00": seconds, minutes:seconds or hours:minutes:seconds. Throws Error (kUsage).
[[nodiscard]] std::vector<double> parse_times(const std::string& list);

}  // namespace zoetrope::cli
