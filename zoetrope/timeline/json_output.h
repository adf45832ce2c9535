#pragma once
// JSON as people and diff like it, for the writers of this folder.

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace zoetrope::timeline {

/// Members in the order in which they were put in, indented by two; but what holds nothing larger than a pair
/// (a segment, the numbers of a curve) stands on one line. Bytes that are no UTF-8 become U+FFFD; NaN becomes
/// null.
[[nodiscard]] std::string print_json(const nlohmann::ordered_json& document);

}  // namespace zoetrope::timeline
