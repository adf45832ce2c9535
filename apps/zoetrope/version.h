#pragma once
// What this program was built from and what it runs on.

#include <string>
#include <utility>
#include <vector>

namespace zoetrope::cli {

/// "zoetrope 0.1.0 (4f2c1a9, Release, g++ 12.2.0)" and a line a library, each with its version at run time.
[[nodiscard]] std::string version_text();

/// Name and version of every library, as found at run time.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> library_versions();

}  // namespace zoetrope::cli
